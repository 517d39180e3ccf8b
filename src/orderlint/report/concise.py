"""Concise report: one line a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.report.result import shown_path

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.report.result import Report


def render_concise(report: Report) -> str:
    """`path:line:column: severity[CODE] message`, a line a finding; nothing where there is none.

    A finding in a library's own layers, of a model that an expression built, has no place: the expression
    stands for it.
    """
    return "".join(f"{headline(diagnostic)}\n" for diagnostic in report.diagnostics)


def headline(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    where = f"{shown_path(place.path)}:{place.line}:{place.column}" if place.path else f"`{diagnostic.model}`"
    return f"{where}: {diagnostic.severity}[{diagnostic.code}] {diagnostic.message}"
