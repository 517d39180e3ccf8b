"""Lowering of string literals, formatted strings and their implicit concatenation."""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import Any

import libcst as cst

from orderlint.source.lowering_cursor import Cursor, place, skip, skip_around
from orderlint.source.lowering_table import EXPRESSIONS, expr, lowers

_CONVERSIONS = {"s": 115, "r": 114, "a": 97}
_SIMPLE_ESCAPES = {
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_ESCAPE = re.compile(
    r"\\(?:([\n\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^{}]+)\}|([xuUN]))"
)
_BYTES_ESCAPE = re.compile(r"\\(?:([\n\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})()()()|(x))")


@lowers(EXPRESSIONS, "SimpleString")
def _string(c: Cursor, n: cst.SimpleString) -> ast.expr:
    token = n.value
    value, kind = _value(c, token)
    c.advance(token)
    return ast.Constant(value) if kind is None else ast.Constant(value, kind)


def _value(c: Cursor, token: str) -> tuple[str | bytes, str | None]:
    """The value of a string token, and `u` if it has that prefix."""
    start = 0
    while token[start] not in "'\"":
        start += 1
    prefix = token[:start].lower()
    width = 3 if token.startswith(('"""', "'''"), start) else 1
    body = token[start + width : -width]
    is_bytes = "b" in prefix
    if is_bytes and not body.isascii():
        raise c.error("bytes can only contain ASCII literal characters")
    if "\\" in body and "r" not in prefix:
        body = _unescape(c, body, _BYTES_ESCAPE if is_bytes else _ESCAPE)
    return body.encode("latin-1") if is_bytes else body, "u" if prefix == "u" and token[0] == "u" else None


def _unescape(c: Cursor, body: str, escape: re.Pattern[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        simple, octal, byte, short, long, named, broken = match.groups()
        if simple is not None:
            return _SIMPLE_ESCAPES[simple]
        if octal is not None:
            code = int(octal, 8)
            return chr(code & 0xFF if escape is _BYTES_ESCAPE else code)
        if broken is not None:
            raise c.error(f"truncated \\{broken} escape in a string")
        if named:
            return _named(c, named)
        code = int(byte or short or long, 16)
        if code > 0x10FFFF:
            raise c.error(f"illegal Unicode character in the string escape {match.group()}")
        return chr(code)

    return escape.sub(replaced, body)


def _named(c: Cursor, name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        raise c.error(f"unknown Unicode character name in the string escape \\N{{{name}}}") from None


@lowers(EXPRESSIONS, "FormattedString", "TemplatedString")
def _formatted(c: Cursor, n: cst.FormattedString) -> ast.expr:
    """A formatted string; a template string (Python 3.14) is lowered as the formatted string of its text."""
    return _joined(_formatted_values(c, n))


def _formatted_values(c: Cursor, n: cst.FormattedString) -> list[ast.expr]:
    c.col += len(n.start)
    values = _parts(c, n.parts, raw="r" in n.start.lower())
    c.col += len(n.end)
    return values


def _parts(c: Cursor, parts: Any, raw: bool) -> list[ast.expr]:
    values = []
    for part in parts:
        if hasattr(part, "value"):
            values.append(_text(c, part.value, raw))
        else:
            values.extend(_replacement(c, part, raw))
    return values


def _text(c: Cursor, text: str, raw: bool) -> ast.expr:
    line, col = c.line, c.col
    value = text.replace("{{", "{").replace("}}", "}")
    if "\\" in value and not raw:
        value = _unescape(c, value, _ESCAPE)
    c.advance(text)
    node = ast.Constant(value)
    place(c, node, line, col)
    return node


def _replacement(c: Cursor, n: Any, raw: bool) -> list[ast.expr]:
    """Lower `{expression!r:spec}`; with `=` the source text of the expression goes before it."""
    line, col = c.line, c.col
    c.col += 1
    values: list[ast.expr] = []
    skip(c, n.whitespace_before_expression)
    value = expr(c, n.expression)
    if n.equal is not None:
        skip_around(c, n.equal, 1)
    skip(c, n.whitespace_after_expression)
    if n.equal is not None:
        shown = ast.Constant(c.between(line, col + 1))
        place(c, shown, line, col + 1)
        values.append(shown)
    conversion = -1
    if n.conversion is not None:
        conversion = _CONVERSIONS[n.conversion]
        c.col += 1 + len(n.conversion)
        c.skip_blanks()  # libcst drops the whitespace behind a conversion
    elif n.equal is not None and n.format_spec is None:
        conversion = _CONVERSIONS["r"]
    spec = None if n.format_spec is None else _format_spec(c, n.format_spec, raw)
    c.col += 1
    node = ast.FormattedValue(value, conversion, spec)
    place(c, node, line, col)
    return [*values, node]


def _format_spec(c: Cursor, parts: Any, raw: bool) -> ast.expr:
    line, col = c.line, c.col
    c.col += 1
    node = _joined(_parts(c, parts, raw))
    place(c, node, line, col)
    return node


def _joined(values: list[ast.expr]) -> ast.JoinedStr:
    """A formatted string of these parts, with neighbouring texts merged and empty ones left out."""
    merged: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant):
            if value.value == "":
                continue
            if merged and isinstance(merged[-1], ast.Constant):
                merged[-1] = _merge(merged[-1], value)
                continue
        merged.append(value)
    return ast.JoinedStr(merged)


def _merge(first: ast.Constant, second: ast.Constant) -> ast.Constant:
    node = ast.Constant(first.value + second.value)  # type: ignore[operator]
    node.lineno, node.col_offset = first.lineno, first.col_offset
    node.end_lineno, node.end_col_offset = second.end_lineno, second.end_col_offset
    return node


@lowers(EXPRESSIONS, "ConcatenatedString")
def _concatenated(c: Cursor, n: cst.ConcatenatedString) -> ast.expr:
    """Fold `"a" "b"` into one constant, or into one formatted string if a part is formatted."""
    constants: list[ast.Constant] = []
    values: list[ast.expr] = []
    formatted = False
    part: Any = n
    while part is not None:
        piece, rest = (part.left, part.right) if isinstance(part, cst.ConcatenatedString) else (part, None)
        if isinstance(piece, cst.SimpleString):
            constants.append(expr(c, piece))  # type: ignore[arg-type]
            values.append(constants[-1])
        else:
            formatted = True
            values.extend(_formatted_values(c, piece))
        if rest is not None:
            skip(c, part.whitespace_between)
        part = rest
    if len({type(constant.value) for constant in constants} | ({str} if formatted else set())) > 1:
        raise c.error("cannot mix bytes and nonbytes literals")
    if formatted:
        return _joined(values)
    joiner = constants[0].value[:0]  # type: ignore[index]
    return ast.Constant(joiner.join(constant.value for constant in constants), constants[0].kind)  # type: ignore
