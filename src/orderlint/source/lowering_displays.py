"""Lowering of tuples, lists, sets, dictionaries and comprehensions."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_cursor import Cursor, comma, last_comma, skip
from orderlint.source.lowering_table import EXPRESSIONS, LOAD, expr, lowers, store

_Element = cst.Element


@lowers(EXPRESSIONS, "StarredElement")
def _starred(c: Cursor, n: cst.StarredElement) -> ast.expr:
    c.col += 1
    skip(c, n.whitespace_before_value)
    return ast.Starred(expr(c, n.value), LOAD)


def _element(c: Cursor, n: Any) -> ast.expr:
    return expr(c, n.value if type(n) is _Element else n)


def _elements(c: Cursor, elements: Any) -> list[ast.expr]:
    lowered = []
    for element in elements:
        lowered.append(expr(c, element.value if type(element) is _Element else element))
        comma(c, element.comma)
    return lowered


@lowers(EXPRESSIONS, "Tuple")
def _tuple(c: Cursor, n: cst.Tuple) -> ast.expr:
    if not n.elements:
        return ast.Tuple([], LOAD)
    lowered = _elements(c, n.elements[:-1])
    last = n.elements[-1]
    lowered.append(_element(c, last))
    last_comma(c, last.comma)
    return ast.Tuple(lowered, LOAD)


@lowers(EXPRESSIONS, "List")
def _list(c: Cursor, n: cst.List) -> ast.expr:
    _open(c, n.lbracket)
    lowered = _elements(c, n.elements)
    _close(c, n.rbracket)
    return ast.List(lowered, LOAD)


@lowers(EXPRESSIONS, "Set")
def _set(c: Cursor, n: cst.Set) -> ast.expr:
    _open(c, n.lbrace)
    lowered = _elements(c, n.elements)
    _close(c, n.rbrace)
    return ast.Set(lowered)


@lowers(EXPRESSIONS, "Dict")
def _dict(c: Cursor, n: cst.Dict) -> ast.expr:
    _open(c, n.lbrace)
    keys: list[ast.expr | None] = []
    values = []
    for element in n.elements:
        if isinstance(element, cst.DictElement):
            keys.append(_key(c, element))
        else:
            keys.append(None)
            c.col += 2
            skip(c, element.whitespace_before_value)  # type: ignore[attr-defined]
        values.append(expr(c, element.value))
        comma(c, element.comma)
    _close(c, n.rbrace)
    return ast.Dict(keys, values)


def _key(c: Cursor, n: cst.DictElement | cst.DictComp) -> ast.expr:
    key = expr(c, n.key)
    skip(c, n.whitespace_before_colon)
    c.col += 1
    skip(c, n.whitespace_after_colon)
    return key


def _open(c: Cursor, bracket: Any) -> None:
    c.col += 1
    skip(c, bracket.whitespace_after)


def _close(c: Cursor, bracket: Any) -> None:
    skip(c, bracket.whitespace_before)
    c.col += 1


@lowers(EXPRESSIONS, "GeneratorExp")
def _generator(c: Cursor, n: cst.GeneratorExp) -> ast.expr:
    element = expr(c, n.elt)
    return ast.GeneratorExp(element, _clauses(c, n.for_in))


@lowers(EXPRESSIONS, "ListComp")
def _list_comprehension(c: Cursor, n: cst.ListComp) -> ast.expr:
    _open(c, n.lbracket)
    element = expr(c, n.elt)
    clauses = _clauses(c, n.for_in)
    _close(c, n.rbracket)
    return ast.ListComp(element, clauses)


@lowers(EXPRESSIONS, "SetComp")
def _set_comprehension(c: Cursor, n: cst.SetComp) -> ast.expr:
    _open(c, n.lbrace)
    element = expr(c, n.elt)
    clauses = _clauses(c, n.for_in)
    _close(c, n.rbrace)
    return ast.SetComp(element, clauses)


@lowers(EXPRESSIONS, "DictComp")
def _dict_comprehension(c: Cursor, n: cst.DictComp) -> ast.expr:
    _open(c, n.lbrace)
    key = _key(c, n)
    value = expr(c, n.value)
    clauses = _clauses(c, n.for_in)
    _close(c, n.rbrace)
    return ast.DictComp(key, value, clauses)


def _clauses(c: Cursor, first: cst.CompFor) -> list[ast.comprehension]:
    clauses = []
    clause: cst.CompFor | None = first
    while clause is not None:
        clauses.append(_clause(c, clause))
        clause = clause.inner_for_in
    return clauses


def _clause(c: Cursor, n: cst.CompFor) -> ast.comprehension:
    skip(c, n.whitespace_before)
    if n.asynchronous is not None:
        c.col += 5
        skip(c, n.asynchronous.whitespace_after)
    c.col += 3
    skip(c, n.whitespace_after_for)
    target = store(expr(c, n.target))
    skip(c, n.whitespace_before_in)
    c.col += 2
    skip(c, n.whitespace_after_in)
    iterable = expr(c, n.iter)
    conditions = [_condition(c, condition) for condition in n.ifs]
    return ast.comprehension(target, iterable, conditions, int(n.asynchronous is not None))


def _condition(c: Cursor, n: cst.CompIf) -> ast.expr:
    skip(c, n.whitespace_before)
    c.col += 2
    skip(c, n.whitespace_before_test)
    return expr(c, n.test)
