"""`orderlint explain`: a rule's page in the terminal."""

from __future__ import annotations

from typing import Any

import click

from orderlint.commands.options import config_options, read_config
from orderlint.report.page import page_lines
from orderlint.selection import all_rules, rule_named


@click.command("explain")
@click.argument("code")
@click.option("--format", "style", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
@config_options
def command(code: str, style: str, **options: Any) -> None:
    """Say what a rule reports, why, on what evidence and who disagrees, with examples. CODE is a code or a
    name."""
    rules = all_rules(read_config(**options).rules)
    page = "\n".join(page_lines(rule_named(code, rules)))
    if style == "markdown":
        click.echo(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page, code_theme="ansi_dark"))
