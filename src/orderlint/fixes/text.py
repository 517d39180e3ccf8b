"""The text of a source file: how its bytes were decoded, and places as offsets into it."""

from __future__ import annotations

import bisect
import io
import re
import tokenize
from dataclasses import dataclass

from orderlint.fixes.changes import NotCleanError
from orderlint.graph.model import Place

LINE_END = re.compile(r"\r\n|\r|\n")


def starts_of(text: str) -> tuple[int, ...]:
    """The offsets where the lines of a text start."""
    return (0, *(match.end() for match in LINE_END.finditer(text)))


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text with its own newlines, the encoding it came in, and the offset where each line starts."""

    path: str
    text: str
    encoding: str
    starts: tuple[int, ...]

    @staticmethod
    def of(path: str, content: bytes) -> SourceText:
        """Decode a file by its byte order mark or coding line.

        Raises:
            NotCleanError: it does not decode, or not so that the same bytes could be written again.
        """
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
            text = content.decode(encoding)
            same = text.encode(encoding) == content
        except (SyntaxError, LookupError, UnicodeError) as error:
            raise NotCleanError(f"the file cannot be decoded: {error}") from error
        if not same:
            raise NotCleanError("the file's encoding does not give back its bytes")
        return SourceText(path, text, encoding, starts_of(text))

    def encoded(self, text: str) -> bytes:
        """Another text in the encoding of this one."""
        return text.encode(self.encoding)

    @property
    def newline(self) -> str:
        """How the file ends its lines, by its first one."""
        match = LINE_END.search(self.text)
        return match[0] if match else "\n"

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column; one line behind the last is the end of the text."""
        return self.starts[line - 1] + column - 1 if line <= len(self.starts) else len(self.text)

    def span(self, place: Place) -> tuple[int, int]:
        """Start and end of a place that says where it ends.

        Raises:
            NotCleanError: it does not, or lies outside the text.
        """
        if place.end_line is None or place.end_column is None or place.end_line > len(self.starts):
            raise NotCleanError("the place has no end in this text")
        start = self.offset(place.line, place.column)
        end = self.offset(place.end_line, place.end_column)
        if not 0 <= start <= end <= len(self.text):
            raise NotCleanError("the place lies outside the text")
        return start, end

    def place(self, start: int, end: int) -> Place:
        """The place of a stretch of the text."""
        (line, column), (end_line, end_column) = self._position(start), self._position(end)
        return Place(self.path, line, column, end_line, end_column)

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line_start(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return self.starts[bisect.bisect_right(self.starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends, before its newline."""
        match = LINE_END.search(self.text, offset)
        return match.start() if match else len(self.text)

    def next_line(self, offset: int) -> int:
        """Where the line behind that of an offset starts, or the end of the text."""
        match = LINE_END.search(self.text, offset)
        return match.end() if match else len(self.text)
