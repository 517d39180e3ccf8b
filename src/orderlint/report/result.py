"""What a run found, as every renderer takes it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.notebook.paths import split_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderlint.diagnostic import Diagnostic
    from orderlint.discovery import Input
    from orderlint.engine.schema import Rule
    from orderlint.graph.model import Place, Status, Unresolved
    from orderlint.notebook.program import Program


@dataclass(frozen=True, slots=True)
class FollowedModel:
    """A model, how far it was followed, and how many layer applications it has."""

    entry: str
    path: str
    line: int
    status: Status
    layers: int
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class InputProblem:
    """An input that could not be linted, in one line.

    `internal` marks a fault of orderlint's own, `usage` one of the command line (an entry that is no
    expression).
    """

    path: str
    problem: str
    line: int | None = None
    column: int | None = None
    internal: bool = False
    usage: bool = False

    def __str__(self) -> str:
        place = ":".join(
            str(part) for part in (shown_path(self.path), self.line, self.column) if part is not None
        )
        return f"{place}: error: {self.problem}"


@dataclass(frozen=True, slots=True)
class InputResult:
    """What one input gave: `program` is a notebook's text, `sites` the places of all layers met (where fixes
    are worked out)."""

    input: Input
    models: tuple[FollowedModel, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    problem: InputProblem | None = None
    program: Program | None = None
    sites: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `checked` counts the inputs, those with nothing to lint included; `suppressed` silenced
    findings; `rules` are those in force; `sources` holds the text of what is no file of its own (standard
    input, cells), `cell_lines` the lines of the notebook file on which those of each cell stand."""

    diagnostics: tuple[Diagnostic, ...] = ()
    models: tuple[FollowedModel, ...] = ()
    problems: tuple[InputProblem, ...] = ()
    checked: int = 0
    suppressed: int = 0
    baselined: int = 0
    sources: Mapping[str, bytes] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    cell_lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def followed(self, status: Status) -> int:
        return sum(model.status == status for model in self.models)


def shown_path(path: str) -> str:
    """The path relative to the current folder where it lies below it, else absolute, with forward slashes;
    `<entry>` for what an expression builds in no file.
    """
    if path.startswith("<") or not path:
        return path or "<entry>"
    folder = os.getcwd()
    absolute = os.path.normpath(os.path.join(folder, path))
    inside = absolute.startswith(folder.rstrip(os.sep) + os.sep)
    return (os.path.relpath(absolute, folder) if inside else absolute).replace(os.sep, "/")


def shown_parts(path: str) -> dict[str, object]:
    """`{"path": …}`, and for what lies in a notebook its `"cell"` (its number among all cells, from 1)."""
    file, cell = split_path(path)
    return {"path": shown_path(file)} | ({} if cell is None else {"cell": cell})


def file_line(report: Report, path: str, line: int) -> tuple[str, int]:
    """The file of a place and the line there; a cell's line is looked up in the notebook's own text."""
    file, cell = split_path(path)
    lines = report.cell_lines.get(path)
    if cell is None or not lines:
        return file, line
    return file, lines[min(line, len(lines)) - 1]


def counted(number: int, noun: str) -> str:
    """`1 model`, `2 models`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
