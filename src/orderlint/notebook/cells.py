"""The cells of a notebook file, and where in its text each cell's source stands.

The file is never dumped anew: only the sources that change are spliced into its text, so that outputs,
metadata, key order and indentation stay byte for byte as they were.
"""

from __future__ import annotations

import bisect
import json
import re
from dataclasses import dataclass
from itertools import pairwise
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C function, or its Python twin
from typing import TYPE_CHECKING, Any

from orderlint.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DECODER = json.JSONDecoder()
BLANKS = re.compile(r"[ \t\r\n]*")
LINE_END = re.compile(r"\r\n|\r|\n")
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
OLDEST = 4
"""The first version of the notebook format whose files are read; nbformat converts older ones."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its number among all cells (1-based), its source, the stretch of the file that spells it, and
    the stretches of the strings in it (one, or a list's)."""

    number: int
    kind: str
    source: str
    span: tuple[int, int]
    strings: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """A notebook's text, its cells, and the language they are written in."""

    text: str
    cells: tuple[Cell, ...]
    language: str
    newlines: tuple[int, ...]

    @staticmethod
    def of(path: str, content: bytes) -> NotebookFile:
        """Read a notebook.

        Raises:
            InputError: it is not JSON, not a notebook, or one of an older format.
        """
        try:
            text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8")
            document = json.loads(text)
        except UnicodeDecodeError as error:
            raise InputError(path, f"not a notebook: {error.reason}") from error
        except json.JSONDecodeError as error:
            raise InputError(path, f"not a notebook: {error.msg}", error.lineno, error.colno) from error
        except RecursionError as error:
            raise InputError(path, "not a notebook: nested too deeply") from error
        _check(path, document)
        newlines = tuple(match.start() for match in re.finditer("\n", text))
        return NotebookFile(text, tuple(_cells(text)), _language(document), newlines)

    def with_sources(self, sources: Mapping[int, str]) -> str:
        """The file's text with other sources in the cells of these numbers."""
        parts, position = [], 0
        for cell in self.cells:
            if cell.number in sources:
                parts += [self.text[position : cell.span[0]], self._spelled(cell, sources[cell.number])]
                position = cell.span[1]
        return "".join([*parts, self.text[position:]])

    def lines_of(self, cell: Cell) -> tuple[int, ...]:
        """The lines (1-based) of the file on which those of a cell's source stand; the last one is that of
        the end of the source."""
        lines: list[int] = []
        here = self._line(cell.span[0])
        for start, end in cell.strings:
            here = self._line(start)
            lines += [here] * len(LINE_END.findall(json.loads(self.text[start:end])))
        return (*lines, here)

    def _line(self, offset: int) -> int:
        return bisect.bisect_left(self.newlines, offset) + 1

    def _spelled(self, cell: Cell, source: str) -> str:
        """A source as the cell spells its own: one string, or a list with the same blanks between."""
        if self.text[cell.span[0]] != "[":
            return json.dumps(source, ensure_ascii=False)
        known = {json.loads(text): text for text in (self.text[slice(*span)] for span in cell.strings)}
        lines = LINE.findall(source)
        first, between, last = self._gaps(cell)
        return (
            f"[{first}{between.join(known.get(x) or json.dumps(x, ensure_ascii=False) for x in lines)}{last}]"
        )

    def _gaps(self, cell: Cell) -> tuple[str, str, str]:
        """What stands before, between and behind the strings of a list."""
        (start, end), strings = cell.span, cell.strings
        if not strings:
            return "", ", ", ""
        first = self.text[start + 1 : strings[0][0]]
        betweens = [self.text[one[1] : two[0]] for one, two in pairwise(strings)]
        return first, betweens[0] if betweens else f",{first or ' '}", self.text[strings[-1][1] : end - 1]


def _check(path: str, document: Any) -> None:
    version = document.get("nbformat") if isinstance(document, dict) else None
    if not isinstance(version, int):
        raise InputError(path, "not a notebook: it names no nbformat")
    if version < OLDEST:
        raise InputError(path, f"notebook format {version} is not read; `jupyter nbconvert` writes format 4")
    cells = document.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise InputError(path, "not a notebook: its cells are not as the format says")


def _is_cell(cell: Any) -> bool:
    source = cell.get("source") if isinstance(cell, dict) else None
    lines = source if isinstance(source, list) else [source]
    return all(isinstance(line, str) for line in lines)


def _language(document: dict[str, Any]) -> str:
    """The language that the notebook names; Python where it names none."""
    metadata = document.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        table = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(table, dict) and isinstance(table.get(name), str):
            return str(table[name]).lower()
    return "python"


def _cells(text: str) -> Iterator[Cell]:
    start = next(span[0] for key, span in _members(text, _skip(text, 0)) if key == "cells")
    for number, (cell, _) in enumerate(_items(text, start), 1):
        kind, span = "", (0, 0)
        for key, place in _members(text, cell):
            if key == "source":
                span = place
            elif key == "cell_type":
                kind = str(json.loads(text[slice(*place)]))
        strings = tuple(_items(text, span[0])) if text[span[0]] == "[" else (span,)
        yield Cell(number, kind, "".join(json.loads(text[slice(*one)]) for one in strings), span, strings)


def _members(text: str, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The keys of the object that starts at an offset, each with the stretch of its value."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, end = scanstring(text, at + 1)
        start = _skip(text, _skip(text, end) + 1)
        end = DECODER.raw_decode(text, start)[1]
        yield key, (start, end)
        at = _behind(text, end)


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The stretches of the items of the list that starts at an offset."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = DECODER.raw_decode(text, at)[1]
        yield at, end
        at = _behind(text, end)


def _behind(text: str, end: int) -> int:
    at = _skip(text, end)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    match = BLANKS.match(text, at)
    return match.end() if match else at
