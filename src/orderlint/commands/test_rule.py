"""`orderlint test-rule`: run the examples of rule files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orderlint.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from orderlint.engine.schema import Rule


@click.command("test-rule")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE..."
)
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...]) -> None:
    """Check rule files and run their examples: a bad one must report on the lines marked with the rule's
    code, a good one nowhere.

    Exit status: 0 all examples are as they should be, 1 some are not, 2 a file is no rule.
    """
    from orderlint.engine.loader import load_rule

    failed = sum(_test(load_rule(Path(name))) for name in files)
    if failed:
        ctx.exit(EXIT_FINDINGS)


def _test(rule: Rule) -> int:
    """Print the outcomes of one rule; the number of examples that fail."""
    from orderlint.report.result import counted
    from orderlint.rule_examples import run_examples

    outcomes = run_examples(rule)
    for item in outcomes:
        verdict = "fail" if item.problem else "ok" if item.run else "not run (a graph)"
        detail = f": {item.problem}" if item.problem else ""
        click.echo(f"{rule.code} {item.example.side} {item.number} {item.example.title!r}: {verdict}{detail}")
    for side in ("bad", "good"):
        if not any(item.example.side == side for item in outcomes):
            click.echo(f"{rule.code}: no {side} example")
    failed = sum(bool(item.problem) for item in outcomes)
    click.echo(f"{rule.code} {rule.name}: {counted(len(outcomes), 'example')}, {failed} failed")
    return failed
