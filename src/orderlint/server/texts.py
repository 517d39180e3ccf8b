"""Texts of documents, and places in them as ranges in the code units that the client counts in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls import uris

from orderlint.errors import InputError
from orderlint.follow import read_file

if TYPE_CHECKING:
    from pygls.workspace import PositionCodec, Workspace

    from orderlint.graph.model import Place

LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line for Python and for the protocol; `str.splitlines` knows more, such as form feeds."""


@dataclass(frozen=True, slots=True)
class Text:
    """The lines of a document, without what ends them."""

    lines: tuple[str, ...]
    newline: str = "\n"

    @staticmethod
    def of(source: str) -> Text:
        end = LINE_END.search(source)
        return Text(tuple(LINE_END.split(source)), end[0] if end else "\n")

    def line(self, number: int) -> str:
        """A line by its 0-based number; empty behind the last."""
        return self.lines[number] if number < len(self.lines) else ""


@dataclass(slots=True)
class Texts:
    """Texts by path, as the editor has them or else as they are on disk, each read once."""

    workspace: Workspace
    known: dict[str, Text] = field(default_factory=dict)

    def at(self, path: str) -> Text:
        if path not in self.known:
            self.known[path] = Text.of(self._source(path))
        return self.known[path]

    def _source(self, path: str) -> str:
        document = self.workspace.text_documents.get(uri_of(path))
        if document is not None:
            return str(document.source)
        try:
            return read_file(path).decode("utf-8-sig", errors="replace")
        except InputError:
            return ""

    def range_of(self, place: Place) -> types.Range:
        """The range of a place, to the end of its line where it says no end."""
        text = self.at(place.path)
        end_line = place.end_line or place.line
        end = place.end_column if place.end_column is not None else len(text.line(end_line - 1)) + 1
        return types.Range(
            self._position(text, place.line, place.column), self._position(text, end_line, end)
        )

    def _position(self, text: Text, line: int, column: int) -> types.Position:
        before = text.line(line - 1)[: column - 1]
        return types.Position(line - 1, self.codec.client_num_units(before))

    def position(self, path: str, line: int, column: int) -> types.Position:
        """The position of a 1-based line and column."""
        return self._position(self.at(path), line, column)

    @property
    def codec(self) -> PositionCodec:
        return self.workspace.position_codec


def uri_of(path: str) -> str:
    uri = uris.from_fs_path(path)
    assert uri is not None
    return str(uri)


def contains(outer: types.Range, position: types.Position) -> bool:
    """Whether a position lies in a range, its end included."""
    return _key(outer.start) <= _key(position) <= _key(outer.end)


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a position, ends included."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
