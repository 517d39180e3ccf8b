"""The command line: a group whose default command is `lint`; each command is imported when it is run."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from orderlint import __version__
from orderlint.errors import OrderlintError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "lint": "Lint PyTorch source and ONNX graphs (the default command).",
    "explain": "Say what a rule reports, why, and on what evidence.",
    "rules": "List the rules.",
    "test-rule": "Run the examples of rule files.",
    "graph": "Print the layer graph of a model.",
    "trace": "Run a live model once and lint what ran (needs torch).",
    "measure": "Measure the variance shift at each batch norm of a live model (needs torch).",
    "server": "Serve an editor by the language server protocol (needs pygls).",
    "config": "Show the configuration in force and where each value came from.",
    "cache": "Manage what orderlint keeps between runs.",
    "completion": "Print the completion script of a shell.",
}
OWN_OPTIONS = ("--help", "-h", "--version")


class DefaultGroup(click.Group):
    """Runs `lint` where the first word is no command; loads the module of a command only when it is asked
    for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first_word = ctx.resilient_parsing and not args  # a shell completes it: `shell_complete`
        if not first_word and (not args or (args[0] not in COMMANDS and args[0] not in OWN_OPTIONS)):
            args = ["lint", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """A first word is a command, or an option or path of `lint`."""
        if incomplete.startswith("-"):
            lint = self.get_command(ctx, "lint")
            assert lint is not None  # it is one of COMMANDS
            within = lint.make_context("lint", [], ctx, resilient_parsing=True)
            return [*lint.shell_complete(within, incomplete), *super().shell_complete(ctx, incomplete)]
        commands = [name for name in COMMANDS if name.startswith(incomplete)]
        if commands:  # bash takes either words or files
            return [CompletionItem(name) for name in commands]
        return [CompletionItem(incomplete, type="file")]

    def list_commands(self, _ctx: click.Context, /) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(
            f"orderlint.commands.{cmd_name.replace('-', '_')}"
        ).command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=DefaultGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[COMMAND] [OPTIONS] [PATH]...",
)
@click.version_option(__version__, prog_name="orderlint", message="%(prog)s %(version)s")
def group() -> None:
    """Find layer-order faults in neural networks, by data flow, without running them.

    `orderlint model.py` lints a file, `orderlint src` a folder, `orderlint --onnx net.onnx` a graph. The
    options of linting are listed by `orderlint lint --help`.

    Exit status: 0 nothing found that fails the run, 1 findings, 2 wrong usage or configuration, 3 an input
    could not be read or parsed.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors meant for the user end it with one line and their exit status."""
    try:
        group.main(args=None if arguments is None else list(arguments), prog_name="orderlint")
    except OrderlintError as error:
        click.echo(f"orderlint: error: {error}", err=True)
        sys.exit(error.exit_code)
