"""`orderlint server`: a language server on standard input and output."""

from __future__ import annotations

import click

from orderlint.errors import UsageError

NO_PYGLS = "this needs pygls; install it with: pip install 'orderlint[lsp]'"


@click.command("server")
@click.option(
    "--delay",
    type=click.IntRange(min=0),
    default=300,
    show_default=True,
    metavar="MS",
    help="Milliseconds to wait after the last change before linting.",
)
def command(delay: int) -> None:
    """Serve an editor: findings as the text changes, by the language server protocol on standard input and
    output."""
    try:
        from orderlint.server.app import make_server
    except ModuleNotFoundError as error:
        raise UsageError(NO_PYGLS) from error
    make_server(delay / 1000).start_io()
