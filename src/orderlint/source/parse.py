"""Parsing of Python source: bytes to the compact program, an `ast.Module` with exact positions.

The running Python's own parser reads (`ast.parse`, which runs nothing of what it reads), in a tenth of the
time that libcst takes. What it refuses may be syntax of a newer Python: libcst reads that, and `lowering`
turns its tree into `ast` nodes; it is imported for the first such file. Lines count from 1; `col_offset` and
`end_col_offset` count from 0 in **code points**, where `ast.parse` counts UTF-8 bytes.
"""

from __future__ import annotations

import ast
import re
import sys
import threading
import warnings
from bisect import bisect_left, bisect_right
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orderlint.collector import collector_paused
from orderlint.errors import InputError
from orderlint.source.nesting import check_nesting, check_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.cache import Cache

__all__ = ["count_code_points", "decode", "parse_source", "parse_with_libcst"]

# A file takes up to 700 times its bytes where libcst has to hold it; the largest module of torch has 1.4 MB.
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


def parse_source(source: bytes, path: str, cache: Cache | None = None) -> ast.Module:
    """Parse a Python file; `path` is for errors, and `cache` keeps the programs that libcst had to read.

    Raises InputError, with line and column where they are known, for bytes that do not decode, for syntax
    errors and for source that is too large or nested too deeply to be parsed.
    """
    if len(source) > MAX_SOURCE:
        sizes = f"{len(source) / 1e6:.1f} MB, at most {MAX_SOURCE / 1e6:.0f} MB are parsed"
        raise InputError(path, f"source too large: {sizes}")

    text = decode(source, path)
    check_nesting(text, path)
    with collector_paused(), _deep_recursion():
        try:
            return count_code_points(_parse(text), text)
        except ValueError as error:  # surrogates, which some encodings can spell
            raise _syntax_error(text, path, error) from None
        except (SyntaxError, MemoryError, RecursionError) as error:
            refusal = error.with_traceback(None)  # which would keep all of this alive
        module = cache.load(source) if cache else None
        if module is None:
            module = parse_with_libcst(text, path, refusal)
            if cache:
                cache.store(source, module)
        return module


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes and numbers, which are not our business
        return ast.parse(text)


def parse_with_libcst(text: str, path: str, refusal: Exception | None = None) -> ast.Module:
    """The program of a text, whose newlines are all `\n`, as libcst reads it.

    `refusal` is why the running Python did not, the clearer reason of the two. Raises InputError where libcst
    refuses the text too.
    """
    import libcst

    from orderlint.source.lowering import lower

    check_patterns(text, path)
    try:
        tree = libcst.parse_module(text)
    except Exception as error:  # ParserSyntaxError, CSTValidationError and whatever else its builders raise
        if isinstance(refusal, (MemoryError, RecursionError)):
            raise InputError(path, "nested too deeply") from None
        raise _syntax_error(text, path, refusal or error, error) from None
    try:
        return lower(tree, text, path)
    except KeyError as error:  # a node type that has no entry in the dispatch tables
        name = getattr(error.args[0], "__name__", error.args[0])
        raise InputError(path, f"syntax newer than this version of orderlint: {name}") from None
    except (RecursionError, MemoryError):
        raise InputError(path, "nested too deeply") from None


def decode(source: bytes, path: str) -> str:
    """The text of a source file, by its byte order mark or coding line (PEP 263), with `\\n` newlines."""
    if b"\0" in source:
        line = source.count(b"\n", 0, source.index(b"\0")) + 1
        raise InputError(path, "source contains null bytes", line)
    encoding = "utf-8"
    try:
        if source.startswith(b"\xef\xbb\xbf") or _ENCODING_LINE.search(
            b"\n".join(source[:2000].splitlines()[:2])
        ):
            import io
            import tokenize  # takes as long as a small file takes to parse; few files name an encoding

            encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        problem = f"cannot decode byte 0x{source[error.start]:02x} as {encoding}"
        raise InputError(path, problem, line) from None
    except (SyntaxError, LookupError, ValueError) as error:
        raise InputError(path, f"cannot decode: {error}", 1) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _syntax_error(text: str, path: str, refusal: Exception, error: Exception | None = None) -> InputError:
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
    rows = {number: row for number, row in enumerate(text.split("\n"), 1) if not row.isascii()}
    further = {number: _further_bytes(row.encode()) for number, row in rows.items()}
    for node in _nodes_on(module, list(rows)):
        for line, column in (("lineno", "col_offset"), ("end_lineno", "end_col_offset")):
            if getattr(node, line, None) in further:
                offset = getattr(node, column)
                setattr(node, column, offset - bisect_left(further[getattr(node, line)], offset))
    return module


def _further_bytes(row: bytes) -> list[int]:
    """Where the bytes of a line stand that are not the first of their character."""
    return [offset for offset, byte in enumerate(row) if byte & 0xC0 == 0x80]


def _nodes_on(module: ast.Module, rows: list[int]) -> Iterator[ast.AST]:
    """The nodes that start or end on one of some lines, and those around them and without a place."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if first is not None and last is not None:
            decorators = getattr(node, "decorator_list", None)  # above the line of the definition itself
            first = decorators[0].lineno if decorators else first
            if bisect_left(rows, first) == bisect_right(rows, last):
                continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


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
