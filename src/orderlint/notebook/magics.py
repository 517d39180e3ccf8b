"""IPython's own syntax in a cell, put out of Python's way: magics, shell lines, help.

What replaces it has the same length, so that no other character moves.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug"})
"""Cell magics whose body is Python of the notebook's own namespace; the body of any other is not read."""

CELL_MAGIC = re.compile(r"\s*%%(\w+)")
LINE_MAGIC = re.compile(r"(?P<indent>[ \t]*)(?:%|!|\?|.*\?\??[ \t]*(?:\r?\n|\r)?\Z)")
ASSIGNED = re.compile(r"(?P<head>[ \t]*[\w.,\[\]'\" \t]+=[ \t]*)[%!]")
UNKNOWN = "_"
"""What stands for the value of a magic: a name whose value nothing in the notebook says."""


def plain_python(source: str) -> str:
    """A cell's source as Python, every line of it where it was; it may still fail to parse."""
    cell = CELL_MAGIC.match(source)
    if cell and cell[1] not in PYTHON_CELLS:
        return _blank(source)
    if cell:
        end = source.find("\n", cell.end())
        end = len(source) if end < 0 else end
        source = _blank(source[:end]) + source[end:]
    if is_python(source):
        return source
    return "".join(_neutral(line) for line in _logical_lines(source))


def is_python(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _neutral(line: str) -> str:
    """A logical line, or what stands for it if it is a magic."""
    magic, assigned = LINE_MAGIC.match(line), ASSIGNED.match(line)
    if is_python(line.strip()) or not (magic or assigned):
        return line
    head = assigned["head"] if assigned else magic["indent"] if magic else ""
    rest = line[len(head) :]
    return head + UNKNOWN + _blank(rest)[len(UNKNOWN) :]


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _logical_lines(source: str) -> Iterator[str]:
    """The lines of a source, those that a bracket, a string or a backslash joins taken together."""
    pending = ""
    for line in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", source):
        pending += line
        if line.rstrip().endswith("\\"):
            continue
        if LINE_MAGIC.match(pending) or ASSIGNED.match(pending) or not _is_open(pending):
            yield pending
            pending = ""
    if pending:
        yield pending


def _is_open(text: str) -> bool:
    """Whether a bracket or a string that starts in the text does not end there."""
    try:
        for _ in tokenize.generate_tokens(io.StringIO(text.lstrip()).readline):
            pass
    except tokenize.TokenError as error:
        return "multi-line" in error.args[0] or "unterminated triple" in error.args[0]
    except SyntaxError:
        return False
    return False
