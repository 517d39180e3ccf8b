"""`orderlint cache`: the results, and the programs of newer syntax, that are kept between runs."""

from __future__ import annotations

import click

from orderlint.errors import UsageError
from orderlint.report.result import counted
from orderlint.source.cache import Cache


@click.group("cache")
def command() -> None:
    """Manage what orderlint keeps between runs: results, and programs of syntax newer than its Python."""


@command.command("clean")
def clean() -> None:
    """Delete what is kept."""
    cache = Cache()
    try:
        freed = cache.clean()
    except OSError as error:
        raise UsageError(f"{cache.directory}: {error.strerror or error}") from error
    click.echo(f"{cache.directory}: {counted(freed, 'byte')} freed")
