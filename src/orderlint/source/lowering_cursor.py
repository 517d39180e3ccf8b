"""The cursor that follows the source text while the syntax tree is walked in source order.

libcst nodes carry no positions, and computing them in a pass of its own costs more than parsing. Every
lowering function advances the cursor over exactly the tokens and whitespace of its node; lines count from 1,
columns from 0 in code points. The source has been normalised to `\\n` newlines.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import libcst as cst

from orderlint.errors import InputError

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

__all__ = [
    "Cursor",
    "comma",
    "end_statement",
    "identifier",
    "last_comma",
    "lines",
    "place",
    "skip",
    "skip_around",
    "start_line",
    "trailing",
]

_Simple = cst.SimpleWhitespace
_Parenthesized = cst.ParenthesizedWhitespace
_Comma = cst.Comma


class Cursor:
    """Where lowering stands: next character, current indentation, end of the last simple statement.

    `deferred` is whitespace that libcst hangs on the last token of a node although the node ends before it;
    whoever sets the node's end position skips it afterwards.
    """

    __slots__ = (
        "col",
        "continued",
        "default_indent",
        "deferred",
        "end_col",
        "end_line",
        "indent",
        "irregular",
        "line",
        "path",
        "text",
        "text_lines",
    )

    def __init__(self, text: str, path: str, default_indent: str) -> None:
        self.line, self.col, self.indent = 1, 0, 0
        self.end_line, self.end_col = 1, 0
        self.default_indent = default_indent
        self.continued = "\\\n" in text
        self.irregular = self.continued or "\f" in text
        self.deferred: Any = None
        self.path, self.text = path, text
        self.text_lines: list[str] | None = None

    def advance(self, token: str) -> None:
        """Move over a token that may span lines."""
        newlines = token.count("\n")
        if newlines:
            self.line += newlines
            self.col = len(token) - token.rindex("\n") - 1
        else:
            self.col += len(token)

    def flush(self) -> None:
        """Skip the deferred whitespace, if there is any."""
        if self.deferred is not None:
            whitespace, self.deferred = self.deferred, None
            skip(self, whitespace)

    def between(self, line: int, col: int) -> str:
        """The source text from a position to the cursor."""
        rows = self._rows()
        if line == self.line:
            return rows[line - 1][col : self.col]
        return "\n".join([rows[line - 1][col:], *rows[line : self.line - 1], rows[self.line - 1][: self.col]])

    def skip_blanks(self) -> None:
        """Move over spaces and tabs that the syntax tree does not hold."""
        row = self._rows()[self.line - 1]
        while row[self.col : self.col + 1] in (" ", "\t"):
            self.col += 1

    def start_irregular_line(self) -> None:
        """Find the first token by the text: libcst drops form feeds and continued blank lines before it."""
        rows = self._rows()
        while rows[self.line - 1].strip(" \t\f") == "\\" and self.line < len(rows):
            self.line += 1
        row = rows[self.line - 1]
        self.col = len(row) - len(row.lstrip(" \t\f"))

    def _rows(self) -> list[str]:
        if self.text_lines is None:
            self.text_lines = self.text.split("\n")
        return self.text_lines

    def error(self, problem: str) -> InputError:
        """The error to raise for a fault at the cursor."""
        return InputError(self.path, problem, self.line, self.col + 1)


def place(c: Cursor, node: Any, line: int, col: int) -> None:
    """Give a node the range from a position to the cursor."""
    node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = line, col, c.line, c.col


def skip(c: Cursor, whitespace: Any) -> None:
    """Move over whitespace inside a statement; a sentinel for whitespace that is not there moves nothing."""
    if type(whitespace) is _Simple:
        value = whitespace.value
        if value:
            if "\\" in value:
                c.advance(value)
            else:
                c.col += len(value)
    elif type(whitespace) is _Parenthesized:
        _next_line(c, whitespace.first_line)
        lines(c, whitespace.empty_lines)
        c.col = c.indent if whitespace.indent else 0
        skip(c, whitespace.last_line)


def skip_around(c: Cursor, token: Any, width: int) -> None:
    """Move over a token of `width` characters with its whitespace on both sides."""
    skip(c, token.whitespace_before)
    c.col += width
    skip(c, token.whitespace_after)


def comma(c: Cursor, token: Any) -> None:
    """Move over a comma, if there is one."""
    if type(token) is _Comma:
        skip(c, token.whitespace_before)
        c.col += 1
        skip(c, token.whitespace_after)


def last_comma(c: Cursor, token: Any) -> None:
    """Move over the comma that ends a node, if there is one: the whitespace behind it is outside the node."""
    if type(token) is _Comma:
        c.flush()
        skip(c, token.whitespace_before)
        c.col += 1
        c.deferred = token.whitespace_after


def _next_line(c: Cursor, line: Any) -> None:
    c.line += 1
    if c.continued:
        c.line += line.whitespace.value.count("\n")


def lines(c: Cursor, empty: Sequence[cst.EmptyLine]) -> None:
    """Move over whole blank or comment lines."""
    if empty:
        c.line += len(empty)
        if c.continued:
            c.line += sum(line.whitespace.value.count("\n") for line in empty)


def trailing(c: Cursor, whitespace: cst.TrailingWhitespace) -> None:
    """Move over the rest of a line."""
    _next_line(c, whitespace)


def start_line(c: Cursor) -> None:
    """Move to the first token of a line that begins a statement or clause."""
    c.col = c.indent
    if c.irregular:
        c.start_irregular_line()


def identifier(name: str) -> str:
    """The identifier as Python compares it: NFKC-normalised (Language Reference, 2.3)."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def end_statement(c: Cursor, node: ast.stmt | ast.ExceptHandler, line: int, col: int) -> None:
    """Give a compound statement the range from a position to the end of the last simple statement in it."""
    node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = line, col, c.end_line, c.end_col
