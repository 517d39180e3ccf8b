"""Parsing of Python source: bytes to the compact program, an `ast.Module` with exact positions.

libcst parses (any syntax from Python 3.8 on, whatever Python runs) and `lowering` turns its tree into `ast`
nodes. Lines count from 1; `col_offset` and `end_col_offset` count from 0 in **code points**, where
`ast.parse` counts UTF-8 bytes. libcst is imported on the first parse only, so that a run served from the
cache never pays for it.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import threading
import tokenize
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orderlint.collector import collector_paused
from orderlint.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.cache import Cache

__all__ = ["parse_cached", "parse_source"]

# A parsed file takes up to 700 times its bytes while libcst holds it; the largest module of torch has 1.4 MB.
MAX_SOURCE = 2_000_000

# Lowering takes three Python frames a level, and `check_nesting` admits about 3000 levels.
RECURSION_LIMIT = 20_000

_ENCODING_LINE = re.compile(rb"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)
_PYTHON_2 = re.compile(
    r"\s*(?:(?P<print>print\s+[^\s=(.,\[]|print\s*>>)|(?P<exec>exec\s+[^\s=(.,\[])"
    r"|(?P<except>except\s+[^:]+,\s*\w+\s*:)|(?P<raise>raise\s+\w+\s*,))"
)
_PYTHON_2_PROBLEMS = {
    "print": "print statement",
    "exec": "exec statement",
    "except": "`except Type, name` instead of `except Type as name`",
    "raise": "`raise Type, value` instead of `raise Type(value)`",
}


def parse_cached(source: bytes, path: str, cache: Cache | None) -> ast.Module:
    """Parse through a cache: load the program if this source was parsed before, else parse and store it."""
    if cache is None:
        return parse_source(source, path)
    module = cache.load(source)
    if module is None:
        module = parse_source(source, path)
        cache.store(source, module)
    return module


def parse_source(source: bytes, path: str) -> ast.Module:
    """Parse a Python file; `path` is for errors.

    Raises InputError, with line and column where they are known, for bytes that do not decode, for syntax
    errors and for source that is too large or nested too deeply to be parsed.
    """
    from orderlint.source.lowering_nesting import check_nesting

    if len(source) > MAX_SOURCE:
        sizes = f"{len(source) / 1e6:.1f} MB, at most {MAX_SOURCE / 1e6:.0f} MB are parsed"
        raise InputError(path, f"source too large: {sizes}")

    text = _decode(source, path)
    check_nesting(text, path)
    try:
        with collector_paused(), _deep_recursion():
            return _parse(text, path)
    except (RecursionError, MemoryError):
        raise InputError(path, "nested too deeply") from None


def _decode(source: bytes, path: str) -> str:
    """The text of a source file, by its byte order mark or coding line (PEP 263), with `\\n` newlines."""
    if b"\0" in source:
        line = source.count(b"\n", 0, source.index(b"\0")) + 1
        raise InputError(path, "source contains null bytes", line)
    encoding = "utf-8"
    try:
        if source.startswith(b"\xef\xbb\xbf") or _ENCODING_LINE.search(
            b"\n".join(source[:2000].splitlines()[:2])
        ):
            encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        problem = f"cannot decode byte 0x{source[error.start]:02x} as {encoding}"
        raise InputError(path, problem, line) from None
    except (SyntaxError, LookupError, ValueError) as error:
        raise InputError(path, f"cannot decode: {error}", 1) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _parse(text: str, path: str) -> ast.Module:
    import libcst

    from orderlint.source.lowering import lower

    try:
        tree = libcst.parse_module(text)
    except Exception as error:  # ParserSyntaxError, CSTValidationError and whatever else its builders raise
        return _second_opinion(text, path, error)
    try:
        return lower(tree, text, path)
    except KeyError as error:  # a node type that has no entry in the dispatch tables
        name = getattr(error.args[0], "__name__", error.args[0])
        raise InputError(path, f"syntax newer than this version of orderlint: {name}") from None


def _second_opinion(text: str, path: str, error: Exception) -> ast.Module:
    """What the running Python says of source that libcst refuses: a clearer error, or its own tree."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError) as refusal:
        raise _syntax_error(text, path, refusal, error) from None
    return count_code_points(module, text)


def _syntax_error(text: str, path: str, refusal: Exception, error: Exception) -> InputError:
    line = getattr(refusal, "lineno", None) or getattr(error, "raw_line", None)
    column = getattr(refusal, "offset", None)
    rows = text.split("\n")
    shown = rows[line - 1] if line and line <= len(rows) else ""
    match = _PYTHON_2.match(shown)
    if match and match.lastgroup:
        problem = f"not Python 3 syntax: {_PYTHON_2_PROBLEMS[match.lastgroup]}"
        return InputError(path, problem, line, len(shown) - len(shown.lstrip()) + 1)
    message = getattr(refusal, "msg", None) or str(refusal) or "invalid syntax"
    return InputError(path, f"syntax error: {message}", line, column or None)


def count_code_points(module: ast.Module, text: str) -> ast.Module:
    """Turn the UTF-8 byte columns of a tree from `ast.parse` into code points, in place."""
    if text.isascii():
        return module
    rows = [row.encode() for row in text.split("\n")]
    for node in ast.walk(module):
        for line, column in (("lineno", "col_offset"), ("end_lineno", "end_col_offset")):
            row = getattr(node, line, None)
            if row is not None and not rows[row - 1].isascii():
                prefix = rows[row - 1][: getattr(node, column)]
                setattr(node, column, len(prefix.decode(errors="replace")))
    return module


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Raise Python's recursion limit; with several threads it stays raised, as others may be deep in it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION_LIMIT))
    try:
        yield
    finally:
        if threading.active_count() == 1:
            sys.setrecursionlimit(before)
