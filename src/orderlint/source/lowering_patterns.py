"""Lowering of the patterns of `match` statements."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_calls import name
from orderlint.source.lowering_cursor import Cursor, comma, last_comma, place, skip, skip_around
from orderlint.source.lowering_table import PATTERNS, expr, lowers

_SINGLETONS = {"None": None, "True": True, "False": False}


def pattern(c: Cursor, n: Any) -> ast.pattern:
    """Lower a pattern; the innermost parentheses belong to it only if it is a parenthesised sequence."""
    lpar = () if isinstance(n, (cst.MatchValue, cst.MatchSingleton)) else n.lpar
    line, col = c.line, c.col
    inner_line, inner_col = line, col
    for left in lpar:
        line, col = c.line, c.col
        c.col += 1
        skip(c, left.whitespace_after)
        inner_line, inner_col = c.line, c.col
    node = PATTERNS[type(n)](c, n)
    if not isinstance(n, cst.MatchValue):
        place(c, node, inner_line, inner_col)
    c.flush()
    for index, right in enumerate(n.rpar if lpar else ()):
        skip(c, right.whitespace_before)
        c.col += 1
        if index == 0 and isinstance(n, cst.MatchTuple):
            place(c, node, line, col)
    return node


@lowers(PATTERNS, "MatchValue")
def _value(c: Cursor, n: cst.MatchValue) -> ast.pattern:
    value = expr(c, n.value)
    node = ast.MatchValue(value)
    node.lineno, node.col_offset = value.lineno, value.col_offset
    node.end_lineno, node.end_col_offset = value.end_lineno or c.line, value.end_col_offset or c.col
    return node


@lowers(PATTERNS, "MatchSingleton")
def _singleton(c: Cursor, n: cst.MatchSingleton) -> ast.pattern:
    c.col += len(n.value.value)
    return ast.MatchSingleton(_SINGLETONS[n.value.value])


@lowers(PATTERNS, "MatchStar")
def _star(c: Cursor, n: cst.MatchStar) -> ast.pattern:
    c.col += 1
    skip(c, n.whitespace_before_name)
    return ast.MatchStar(_capture(c, n.name))


def _capture(c: Cursor, n: cst.Name | None) -> str | None:
    if n is None:
        c.col += 1
        return None
    return name(c, n)


@lowers(PATTERNS, "MatchList", "MatchTuple")
def _sequence(c: Cursor, n: Any) -> ast.pattern:
    brackets = isinstance(n, cst.MatchList) and n.lbracket is not None
    if brackets:
        c.col += 1
        skip(c, n.lbracket.whitespace_after)
    patterns = []
    for element in n.patterns:
        c.flush()
        patterns.append(_sequence_element(c, element))
        last_comma(c, element.comma)
    if brackets:
        c.flush()
        skip(c, n.rbracket.whitespace_before)
        c.col += 1
    return ast.MatchSequence(patterns)


def _sequence_element(c: Cursor, n: Any) -> ast.pattern:
    if not isinstance(n, cst.MatchStar):
        return pattern(c, n.value)
    line, col = c.line, c.col
    node = _star(c, n)
    place(c, node, line, col)
    return node


@lowers(PATTERNS, "MatchMapping")
def _mapping(c: Cursor, n: cst.MatchMapping) -> ast.pattern:
    c.col += 1
    skip(c, n.lbrace.whitespace_after)
    keys, patterns = [], []
    for element in n.elements:
        keys.append(expr(c, element.key))
        skip(c, element.whitespace_before_colon)
        c.col += 1
        skip(c, element.whitespace_after_colon)
        patterns.append(pattern(c, element.pattern))
        comma(c, element.comma)
    rest = None
    if n.rest is not None:
        c.col += 2
        skip(c, n.whitespace_before_rest)
        rest = name(c, n.rest)
        comma(c, n.trailing_comma)
    skip(c, n.rbrace.whitespace_before)
    c.col += 1
    return ast.MatchMapping(keys, patterns, rest)


@lowers(PATTERNS, "MatchClass")
def _class(c: Cursor, n: cst.MatchClass) -> ast.pattern:
    cls = expr(c, n.cls)
    skip(c, n.whitespace_after_cls)
    c.col += 1
    skip(c, n.whitespace_before_patterns)
    patterns = []
    for element in n.patterns:
        patterns.append(pattern(c, element.value))
        comma(c, element.comma)
    names, values = [], []
    for keyword in n.kwds:
        names.append(name(c, keyword.key))
        skip(c, keyword.whitespace_before_equal)
        c.col += 1
        skip(c, keyword.whitespace_after_equal)
        values.append(pattern(c, keyword.pattern))
        comma(c, keyword.comma)
    skip(c, n.whitespace_after_kwds)
    c.col += 1
    return ast.MatchClass(cls, patterns, names, values)


@lowers(PATTERNS, "MatchAs")
def _as(c: Cursor, n: cst.MatchAs) -> ast.pattern:
    inner = None if n.pattern is None else pattern(c, n.pattern)
    skip(c, n.whitespace_before_as)
    if inner is not None:
        c.col += 2
    skip(c, n.whitespace_after_as)
    return ast.MatchAs(inner, _capture(c, n.name))


@lowers(PATTERNS, "MatchOr")
def _or(c: Cursor, n: cst.MatchOr) -> ast.pattern:
    patterns = []
    for element in n.patterns:
        patterns.append(pattern(c, element.pattern))
        if isinstance(element.separator, cst.BitOr):
            skip_around(c, element.separator, 1)
    return ast.MatchOr(patterns)
