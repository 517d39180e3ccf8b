"""Findings of notebooks, told by cell: places in a notebook's program become places in its cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderlint.notebook.paths import cell_path
from orderlint.report.result import InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orderlint.diagnostic import Diagnostic, DiagnosticLayer, Fix
    from orderlint.graph.model import Place, Unresolved
    from orderlint.notebook.program import Program
    from orderlint.report.result import FollowedModel, InputResult


def programs_of(results: Iterable[InputResult]) -> dict[str, Program]:
    """The programs of the notebooks among the inputs, by path."""
    return {result.program.path: result.program for result in results if result.program is not None}


def cell_problems(programs: Mapping[str, Program]) -> Iterator[InputProblem]:
    """The cells that are no Python, each a problem of its own."""
    for path, program in programs.items():
        for item in program.problems:
            yield InputProblem(cell_path(path, item.number), item.problem, item.line, item.column)


def diagnostic_by_cell(diagnostic: Diagnostic, programs: Mapping[str, Program]) -> Diagnostic:
    """A finding with every place in a notebook told by cell."""
    if diagnostic.place.path not in programs:
        return diagnostic
    return replace(
        diagnostic,
        place=_place(diagnostic.place, programs),
        layers=tuple(_layer(layer, programs) for layer in diagnostic.layers),
        fix=_fix(diagnostic.fix, programs) if diagnostic.fix else None,
    )


def model_by_cell(model: FollowedModel, programs: Mapping[str, Program]) -> FollowedModel:
    """A model with its line, and those of what was not followed, told by cell."""
    program = programs.get(model.path)
    if program is None or not program.cells:
        return model
    cell = program.cell_at(model.line)
    return replace(
        model,
        path=cell_path(model.path, cell.number),
        line=model.line - cell.line + 1,
        unresolved=tuple(_unresolved(item, programs) for item in model.unresolved),
    )


def _place(place: Place, programs: Mapping[str, Program]) -> Place:
    program = programs.get(place.path)
    return place if program is None else program.shown(place)


def _layer(layer: DiagnosticLayer, programs: Mapping[str, Program]) -> DiagnosticLayer:
    built, used = (None if place is None else _place(place, programs) for place in (layer.built, layer.used))
    frames = tuple(_place(place, programs) for place in layer.frames)
    return replace(layer, built=built, used=used, frames=frames)


def _fix(fix: Fix, programs: Mapping[str, Program]) -> Fix:
    edits = tuple(replace(edit, place=_place(edit.place, programs)) for edit in fix.edits)
    return replace(fix, edits=edits)


def _unresolved(item: Unresolved, programs: Mapping[str, Program]) -> Unresolved:
    return item if item.place is None else replace(item, place=_place(item.place, programs))
