"""`orderlint rules`: the list of rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from orderlint.commands.options import config_options, read_config
from orderlint.selection import all_rules, select_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.engine.schema import Rule

WIDE = 110
"""Columns from which on there is room to say what each rule reports."""


@click.command("rules")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@config_options
def command(style: str, **options: Any) -> None:
    """List the rules: code, name, severity, whether it runs, and what it reports."""
    config = read_config(**options)
    selection = select_rules(config)
    rules = [(rule, selection.severity(rule), selection.runs(rule.code)) for rule in all_rules(config.rules)]
    if style == "json":
        click.echo(json.dumps([_as_json(*row) for row in rules], indent=2, ensure_ascii=False))
    else:
        _print_table(rules)


def _as_json(rule: Rule, severity: str, runs: bool) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "severity": severity,
        "confidence": rule.confidence,
        "enabled": runs,
        "fix": {"title": rule.fix.title, "safe": rule.fix.safe} if rule.fix else None,
        "what": " ".join(rule.what.split()),
    }


def _print_table(rules: Iterable[tuple[Rule, str, bool]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("code", "name", "default", "fix"):
        table.add_column(heading, no_wrap=True)
    if wide:
        table.add_column("reports")
    for rule, severity, runs in rules:
        fix = "" if rule.fix is None else "safe" if rule.fix.safe else "unsafe"
        reports = (" ".join(rule.what.split()),) if wide else ()
        table.add_row(rule.code, rule.name, severity if runs else "off", fix, *reports)
    console.print(table)
