"""Source frames: the lines a finding speaks of, with a marker and a label under each."""

from __future__ import annotations

import io
import tokenize
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orderlint.graph.model import Place

TAB = "    "
GRAPH_START = b"\x08"
"""What an ONNX graph starts with, and no text does: it has no lines, and maybe many gigabytes."""


@dataclass(slots=True)
class SourceLines:
    """Lines of source files, read when first asked for; a file that cannot be read has none."""

    given: Mapping[str, bytes] = field(default_factory=dict)
    _files: dict[str, list[str]] = field(default_factory=dict)

    def line(self, path: str, number: int) -> str | None:
        if path not in self._files:
            self._files[path] = _read_lines(path, self.given.get(path))
        lines = self._files[path]
        return lines[number - 1] if 1 <= number <= len(lines) else None


def _read_lines(path: str, content: bytes | None) -> list[str]:
    try:
        if content is None:
            with open(path, "rb") as file:
                start = file.read(1)
                content = b"" if start == GRAPH_START else start + file.read()
        encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        return content.decode(encoding, errors="replace").splitlines()
    except (OSError, SyntaxError, LookupError):
        return []


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to show, the label under it, and whether it is the finding's own (`^^^`) or another (`---`)."""

    place: Place
    label: str
    primary: bool


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One line of a frame: its gutter, its text, and what it is (for colours)."""

    gutter: str
    text: str
    role: str  # "source" | "primary" | "secondary" | "gap" | "file"


def frame(marks: Iterable[Mark], sources: SourceLines, path: str, width: int) -> Iterator[FrameLine]:
    """The lines of a frame, at most `width` columns wide; `path` is the file already named above it."""
    shown = [
        (mark, text) for mark in marks if (text := sources.line(mark.place.path, mark.place.line)) is not None
    ]
    gutter = max((len(str(mark.place.line)) for mark, _ in shown), default=1)
    last = 0
    for mark, text in shown:
        place = mark.place
        if place.path != path:
            yield FrameLine(" " * gutter, f"{place.path}:{place.line}:{place.column}", "file")
            path, last = place.path, 0
        elif last and place.line > last + 1:
            yield FrameLine(" " * gutter, "", "gap")
        line, start, end = _clip(_expand(text), *_span(text, place), width - gutter - 3)
        if place.line != last:
            yield FrameLine(f"{place.line:>{gutter}}", line, "source")
        for marker in _markers(line, start, end, mark, width - gutter - 3):
            yield FrameLine(" " * gutter, marker, "primary" if mark.primary else "secondary")
        last = place.line


def _expand(text: str) -> str:
    return text.replace("\t", TAB).rstrip()


def _span(text: str, place: Place) -> tuple[int, int]:
    """Start and end of the place within its first line, tabs expanded; at least one column."""
    start = len(text[: place.column - 1].replace("\t", TAB))
    one_line = place.end_line in (None, place.line) and place.end_column is not None
    end = len(text[: (place.end_column or 0) - 1].replace("\t", TAB)) if one_line else len(_expand(text))
    return start, max(end, start + 1)


def _clip(text: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """The part of a long line around the span, with dots where something was cut off."""
    if columns(text) <= width:
        return text, start, end
    indent = min(len(text) - len(text.lstrip()), start)
    text, start, end = text[indent:], start - indent, end - indent
    offset = max(0, min(start - 8, len(text) - width)) if end >= width else 0
    part = text[offset : offset + width]
    if offset:
        part = "…" + part[1:]
    if offset + width < len(text):
        part = part[:-1] + "…"
    return part, max(start - offset, 0), min(end - offset, width)


def _markers(text: str, start: int, end: int, mark: Mark, width: int) -> Iterator[str]:
    """The marker and its label; the label stands on a line of its own where it does not fit behind."""
    before = columns(text[:start])
    line = " " * before + ("^" if mark.primary else "-") * max(1, columns(text[start:end]) or end - start)
    if not mark.label or columns(line) + 1 + columns(mark.label) <= width:
        yield f"{line} {mark.label}".rstrip()
        return
    yield line
    yield " " * max(0, min(before, width - columns(mark.label))) + mark.label


def columns(text: str) -> int:
    """Terminal columns of a text; wide East Asian characters take two."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
        if not unicodedata.combining(char)
    )
