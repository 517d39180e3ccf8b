"""A notebook's code cells as one Python text: its places told by cell and line, its changes put back."""

from __future__ import annotations

import ast
import bisect
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.graph.model import Place
from orderlint.notebook.cells import LINE_END, NotebookFile
from orderlint.notebook.magics import plain_python
from orderlint.notebook.paths import cell_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell: its number among all cells, and where it starts in the Python text (offset and line)."""

    number: int
    source: str
    start: int
    line: int
    file_lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that is no Python: it is left out, and said to be."""

    number: int
    line: int
    column: int
    problem: str


@dataclass(frozen=True, slots=True)
class Program:
    """The code cells of a notebook, in order, as one Python text."""

    path: str
    text: str
    cells: tuple[CodeCell, ...]
    problems: tuple[CellProblem, ...]

    @staticmethod
    def of(path: str, content: bytes) -> Program:
        """The program of a notebook; an empty one where its language is not Python.

        Raises:
            InputError: it cannot be read.
        """
        file = NotebookFile.of(path, content)
        texts: list[str] = []
        cells: list[CodeCell] = []
        problems: list[CellProblem] = []
        start, line = 0, 1
        for cell in file.cells if file.language in ("python", "ipython") else ():
            if cell.kind != "code":
                continue
            text = plain_python(cell.source)
            problem = _problem(cell.number, text)
            if problem is not None:
                problems.append(problem)
                text = re.sub(r"[^\r\n]", " ", text)
            text += "" if text.endswith("\n") else "\n"
            lines = len(LINE_END.findall(text))
            cells.append(CodeCell(cell.number, cell.source, start, line, file.lines_of(cell)))
            texts.append(text)
            start, line = start + len(text), line + lines
        return Program(path, "".join(texts), tuple(cells), tuple(problems))

    def cell_at(self, line: int) -> CodeCell:
        """The cell that holds a line of the text; the last one for a line behind it."""
        number = bisect.bisect_right([cell.line for cell in self.cells], line)
        return self.cells[max(0, number - 1)]

    def shown(self, place: Place) -> Place:
        """A place of the text as one of its cell: `net.ipynb:cell 3`, and the line there."""
        if place.path != self.path or not self.cells:
            return place
        cell = self.cell_at(place.line)
        before = cell.line - 1
        end = None if place.end_line is None else place.end_line - before
        return Place(
            cell_path(self.path, cell.number), place.line - before, place.column, end, place.end_column
        )

    def sources(self) -> Iterator[tuple[str, bytes]]:
        """The path by which each cell goes in a report, and its source."""
        for cell in self.cells:
            yield cell_path(self.path, cell.number), cell.source.encode("utf-8", "surrogatepass")

    def file_lines(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The path of each cell, and the lines of the file on which the lines of its source stand."""
        for cell in self.cells:
            yield cell_path(self.path, cell.number), cell.file_lines


def changed_notebook(path: str, content: bytes, changes: Iterable[tuple[int, int, str]]) -> bytes | None:
    """A notebook with changes (start and end in the text of its program, and what stands there then) made in
    its cells; None if one of them does not lie within a cell."""
    file, program = NotebookFile.of(path, content), Program.of(path, content)
    sources = {cell.number: cell.source for cell in program.cells}
    starts = [cell.start for cell in program.cells]
    touched: set[int] = set()
    for start, end, text in sorted(changes, reverse=True):
        cell = program.cells[bisect.bisect_right(starts, start) - 1]
        first, last = start - cell.start, end - cell.start
        source = sources[cell.number]
        if last > len(cell.source) + 1 or program.text[start:end] != (cell.source + "\n")[first:last]:
            return None
        sources[cell.number] = source[:first] + text + source[last:]
        touched.add(cell.number)
    marked = content.startswith(b"\xef\xbb\xbf")
    new = file.with_sources({number: sources[number] for number in touched})
    return new.encode("utf-8-sig" if marked else "utf-8")


def _problem(number: int, text: str) -> CellProblem | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return CellProblem(number, error.lineno or 1, error.offset or 1, f"cannot be parsed: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return CellProblem(number, 1, 1, f"cannot be parsed: {error}")
    return None
