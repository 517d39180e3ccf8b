"""`orderlint completion`: the script by which a shell completes commands, options and paths."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from orderlint.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the completion script of a shell.

    bash: eval "$(orderlint completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc; fish: orderlint
    completion fish > ~/.config/fish/completions/orderlint.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for {shell}")
    click.echo(kind(ctx.find_root().command, {}, "orderlint", "_ORDERLINT_COMPLETE").source())
