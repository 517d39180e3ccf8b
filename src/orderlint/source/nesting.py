"""A check before parsing: source nested so deeply that a recursive parser would fail is refused.

libcst's native parser recurses on the C stack without a limit of its own, and Python's makes a tree as deep
as a chain is long and then walks it on the C stack, with limits that differ from version to version; so a
hostile or generated file could end the process. The check reads the text line by line without parsing it,
with strings cut out by the rules that hold before Python 3.12; only statements that are long or open many
brackets are looked at closely.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderlint.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_nesting", "check_patterns"]

# CPython's tokenizer has the same limit (MAXLEVEL); libcst overflows a stack of 8 MiB between 1000 and 3000.
MAX_BRACKETS = 200
# Operators, attributes, calls in one chain: libcst's time is quadratic, and its stack ends after 3000; Python
# takes quadratic time for a dotted name that is imported.
MAX_CHAIN = 3000
# libcst quadruples its work with every level of a nested mapping pattern: 0.07 s at 8 levels, 19 s at 12.
MAX_PATTERN = 8
# Clauses of one `if`: each nests in the one before, and libcst's stack ends after 3000.
MAX_ELIF = 1000
# Replacement fields of long formatted strings: for each, Python before 3.12 searches its string from the
# start, 5 s for 100,000 in 300 KB.
MAX_FIELDS = 10_000
# Shorter statements cannot hold a chain of MAX_CHAIN links, each of which takes a character.
CLOSE_LOOK = 1000

_STRING = re.compile(
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'",
    re.DOTALL,
)
_LINK = re.compile(r"[()\[\]{}\",;]|[-+*/%@&|^~.]+|\b(?:not|and|or|if|else|lambda|await|for)\b")
_LAMBDAS = re.compile(r"(?:\blambda\b[^:()\[\]{}]*:\s*){200}")
_MATCH = re.compile(r"^[ \t]*match\b.*:[ \t]*$", re.MULTILINE)
_CASE = re.compile(r"[ \t]*case\b")
_CLAUSE = re.compile(r"^([ \t]*)(?:(elif|else)\b|[^\s)\]}])", re.MULTILINE)
_FIELD = re.compile(r"\{\{|\}\}|[{}]")

# Implicitly joined strings nest too but cost the parser less than other links; a subscript costs it more.
_WEIGHTS = {'"': 0.25, "(": 2.0, "[": 2.0, "{": 2.0}


def check_nesting(text: str, path: str) -> None:
    """Raise InputError if parsing this text could exhaust the stack or take quadratic time."""
    line = _too_deep(text)
    if line is not None:
        raise InputError(path, "nested too deeply", line)


def check_patterns(text: str, path: str) -> None:
    """Raise InputError if libcst could take exponential time for the patterns of this text."""
    code = _STRING.sub(lambda match: _cut(match, []), text)
    if "match" not in code or _MATCH.search(code) is None:
        return
    for number, statement, brackets in _logical_lines(code):
        if brackets > MAX_PATTERN and _CASE.match(statement) and _pattern_too_deep(statement):
            raise InputError(path, "nested too deeply", number)


def _too_deep(text: str) -> int | None:
    """The line of the first statement that is nested too deeply."""
    fields: list[str] = []

    def cut(match: re.Match[str]) -> str:
        return _cut(match, fields)

    code = _STRING.sub(cut, text)
    for number, statement, brackets in _logical_lines(code):
        close = brackets > MAX_BRACKETS or len(statement) > CLOSE_LOOK
        if close and _chain_too_deep(statement):
            return number
    if len(fields) > MAX_FIELDS or any(_too_deep(field) for field in fields):
        return 1
    return _long_elif_chain(code) if code.count("elif") > MAX_ELIF else None


def _cut(match: re.Match[str], fields: list[str]) -> str:
    """What stands for a comment or string: its lines are continued, so that it stays in one statement."""
    token = match.group()
    if token[0] == "#":
        return ""
    if len(token) > CLOSE_LOOK:
        start = match.start()
        if set(match.string[max(start - 2, 0) : start].lower()) & {"f", "t"}:
            fields.extend(_replacement_fields(token))
    newlines = token.count("\n")
    return '"' + "\\\n" * newlines if newlines else '"'


def _replacement_fields(token: str) -> Iterator[str]:
    """The contents of the outermost `{…}` of a formatted string."""
    depth, start = 0, 0
    for match in _FIELD.finditer(token):
        brace = match.group()
        if depth == 0 and len(brace) == 2:
            continue
        if brace[0] == "{":
            start = match.start() + 1 if depth == 0 else start
            depth += len(brace)
        elif depth:
            depth = max(depth - len(brace), 0)
            if depth == 0:
                yield token[start : match.start()]


def _logical_lines(code: str) -> Iterator[tuple[int, str, int]]:
    """Each suspicious statement: its line number, its text, and a bound on its bracket depth."""
    depth = peak = 0
    first = 1
    parts: list[str] = []
    for number, line in enumerate(code.split("\n"), 1):
        opened = line.count("(") + line.count("[") + line.count("{")
        if opened or depth:
            peak = max(peak, depth + opened)
            depth = max(depth + opened - line.count(")") - line.count("]") - line.count("}"), 0)
        if depth or line.endswith("\\"):
            parts.append(line)
        elif parts:
            parts.append(line)
            yield first, "\n".join(parts), peak
            parts, peak, first = [], 0, number + 1
        else:
            if peak > MAX_PATTERN or len(line) > CLOSE_LOOK:
                yield number, line, peak
            peak, first = 0, number + 1
    if parts:
        yield first, "\n".join(parts), peak


def _chain_too_deep(statement: str) -> bool:
    """Whether the links open at once, in all bracket levels together, or the levels exceed their limit.

    A comma ends the chain of its level: the elements of a long list do not nest.
    """
    levels, total = [0.0], 0.0
    for match in _LINK.finditer(statement):
        token = match.group()
        if token in ")]}":
            total -= levels.pop() if len(levels) > 1 else 0
            continue
        if token in ",;":
            total -= levels[-1]
            levels[-1] = 0.0
            continue
        weight = _WEIGHTS.get(token) or (1 if token[0].isalpha() else len(token))
        levels[-1] += weight
        total += weight
        if token in "([{":
            levels.append(0.0)
        if total > MAX_CHAIN or len(levels) > MAX_BRACKETS:
            return True
    return _LAMBDAS.search(statement) is not None


def _pattern_too_deep(statement: str) -> bool:
    depth = 0
    for match in _LINK.finditer(statement):
        depth += (match.group() in "([{") - (match.group() in ")]}")
        if depth > MAX_PATTERN:
            return True
    return False


def _long_elif_chain(code: str) -> int | None:
    """The line on which one `if` has had too many `elif` clauses."""
    runs: dict[str, int] = {}
    for match in _CLAUSE.finditer(code):
        indent, keyword = match.groups()
        for deeper in [other for other in runs if len(other) > len(indent)]:
            del runs[deeper]
        runs[indent] = runs.get(indent, 0) + 1 if keyword else 0
        if runs[indent] > MAX_ELIF:
            return code.count("\n", 0, match.start()) + 1
    return None
