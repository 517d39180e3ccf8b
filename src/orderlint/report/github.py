"""GitHub report: workflow commands, which a run turns into annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.report.result import file_line, shown_path

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.report.result import InputProblem, Report

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render_github(report: Report) -> str:
    """One workflow command a finding, and one for each input that could not be linted."""
    lines = [_problem(report, item) for item in report.problems]
    lines += [_finding(report, item) for item in report.diagnostics]
    return "".join(f"{line}\n" for line in lines)


def _finding(report: Report, diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    path, line = file_line(report, place.path, place.line)
    properties: dict[str, object] = {"file": shown_path(path), "line": line}
    if path == place.path:  # columns of a cell's source are none of the notebook's
        properties["col"] = place.column
    if path == place.path and place.end_line is not None:
        properties["endLine"] = place.end_line
        if place.end_line == place.line and place.end_column is not None:
            properties["endColumn"] = place.end_column
    properties["title"] = f"{diagnostic.code} {diagnostic.rule}"
    return _command(
        LEVELS[diagnostic.severity], properties, f"{diagnostic.message}\n{diagnostic.help}".strip()
    )


def _problem(report: Report, problem: InputProblem) -> str:
    path, line = file_line(report, problem.path, problem.line or 1)
    properties: dict[str, object] = {"file": shown_path(path)}
    if problem.line is not None:
        properties["line"] = line
    return _command("error", {**properties, "title": "orderlint"}, problem.problem)


def _command(level: str, properties: dict[str, object], message: str) -> str:
    listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    return f"::{level} {listed}::{_escaped(message, '')}"


def _escaped(text: str, more: str) -> str:
    """As actions/toolkit's `command.ts` escapes data and, with `more`, properties."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
