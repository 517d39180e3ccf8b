"""Markdown report: a summary for a pull request or a job page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.report.result import shown_path
from orderlint.report.text import layer_path, summary_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.diagnostic import Diagnostic
    from orderlint.report.result import Report


def render_markdown(report: Report) -> str:
    """A heading, the summary line, a table of findings, and what was not followed or not read."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from ("## orderlint", "", _cell(summary_text(report)))
    if report.diagnostics:
        yield from ("", "| place | finding | path |", "|--|--|--|")
        yield from (_row(diagnostic) for diagnostic in report.diagnostics)
    partial = [model for model in report.models if model.status != "complete"]
    if partial:
        yield from ("", "Not wholly followed:", "")
    for model in partial:
        reason = model.unresolved[0].reason if model.unresolved else "no reason given"
        yield f"- {_code(model.entry)} ({_code(f'{shown_path(model.path)}:{model.line}')}): {_cell(reason)}"
    if report.problems:
        yield from ("", "Not linted:", "")
    for problem in report.problems:
        yield f"- {_cell(str(problem))}"


def _row(diagnostic: Diagnostic) -> str:
    place = f"{shown_path(diagnostic.place.path)}:{diagnostic.place.line}"
    finding = f"{diagnostic.severity} **{diagnostic.code}** {_cell(diagnostic.message)}"
    path = _cell(layer_path(diagnostic)) if len(diagnostic.layers) > 1 else ""
    return f"| {_code(place)} | {finding} | {path} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _code(text: str) -> str:
    return f"`{text.replace('`', '').replace('|', chr(92) + '|')}`"
