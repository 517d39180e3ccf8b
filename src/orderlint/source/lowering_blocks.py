"""Lowering of compound statements: those with a block of their own."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_calls import name
from orderlint.source.lowering_cursor import Cursor, comma, end_statement, lines, skip, start_line, trailing
from orderlint.source.lowering_nodes import TryStar
from orderlint.source.lowering_patterns import pattern
from orderlint.source.lowering_statements import simple_statements
from orderlint.source.lowering_table import BLOCKS, expr, lowers, store


def statements(c: Cursor, body: Any) -> list[ast.stmt]:
    """Lower the lines of a module or an indented block; the cursor stands on the first."""
    lowered: list[ast.stmt] = []
    for n in body:
        lines(c, n.leading_lines)
        start_line(c)
        if type(n) is cst.SimpleStatementLine:
            simple_statements(c, n.body, lowered)
            trailing(c, n.trailing_whitespace)
        else:
            lowered.append(BLOCKS[type(n)](c, n))
    return lowered


def suite(c: Cursor, n: Any) -> list[ast.stmt]:
    """Lower the colon and what follows it: an indented block, or simple statements on the same line."""
    c.col += 1
    if type(n) is not cst.IndentedBlock:
        skip(c, n.leading_whitespace)
        lowered: list[ast.stmt] = []
        simple_statements(c, n.body, lowered)
        trailing(c, n.trailing_whitespace)
        return lowered
    trailing(c, n.header)
    width = len(c.default_indent if n.indent is None else n.indent)
    c.indent += width
    lowered = statements(c, n.body)
    lines(c, n.footer)
    c.indent -= width
    return lowered


def _clause(c: Cursor, n: Any, keyword: str) -> list[ast.stmt]:
    """Lower an `else` or `finally` clause, or nothing."""
    if n is None:
        return []
    lines(c, n.leading_lines)
    start_line(c)
    c.col += len(keyword)
    skip(c, n.whitespace_before_colon)
    return suite(c, n.body)


@lowers(BLOCKS, "If")
def _if(c: Cursor, n: cst.If) -> ast.stmt:
    """Lower `if` and all its `elif`, which nest, in a loop; all of them end together."""
    chain: list[tuple[ast.If, int, int]] = []
    clause: Any = n
    while isinstance(clause, cst.If):
        if chain:
            lines(c, clause.leading_lines)
            start_line(c)
        line, col = c.line, c.col
        c.col += 4 if chain else 2
        skip(c, clause.whitespace_before_test)
        test = expr(c, clause.test)
        skip(c, clause.whitespace_after_test)
        node = ast.If(test, suite(c, clause.body), [])
        if chain:
            chain[-1][0].orelse = [node]
        chain.append((node, line, col))
        clause = clause.orelse
    chain[-1][0].orelse = _clause(c, clause, "else")
    for node, line, col in chain:
        end_statement(c, node, line, col)
    return chain[0][0]


def _asynchronous(c: Cursor, n: Any) -> bool:
    if n.asynchronous is None:
        return False
    c.col += 5
    skip(c, n.asynchronous.whitespace_after)
    return True


@lowers(BLOCKS, "For")
def _for(c: Cursor, n: cst.For) -> ast.stmt:
    line, col = c.line, c.col
    kind = ast.AsyncFor if _asynchronous(c, n) else ast.For
    c.col += 3
    skip(c, n.whitespace_after_for)
    target = store(expr(c, n.target))
    skip(c, n.whitespace_before_in)
    c.col += 2
    skip(c, n.whitespace_after_in)
    iterable = expr(c, n.iter)
    skip(c, n.whitespace_before_colon)
    body = suite(c, n.body)
    node = kind(target, iterable, body, _clause(c, n.orelse, "else"))
    end_statement(c, node, line, col)
    return node


@lowers(BLOCKS, "While")
def _while(c: Cursor, n: cst.While) -> ast.stmt:
    line, col = c.line, c.col
    c.col += 5
    skip(c, n.whitespace_after_while)
    test = expr(c, n.test)
    skip(c, n.whitespace_before_colon)
    body = suite(c, n.body)
    node = ast.While(test, body, _clause(c, n.orelse, "else"))
    end_statement(c, node, line, col)
    return node


@lowers(BLOCKS, "With")
def _with(c: Cursor, n: cst.With) -> ast.stmt:
    line, col = c.line, c.col
    kind = ast.AsyncWith if _asynchronous(c, n) else ast.With
    c.col += 4
    skip(c, n.whitespace_after_with)
    if isinstance(n.lpar, cst.LeftParen):
        c.col += 1
        skip(c, n.lpar.whitespace_after)
    items = [_with_item(c, item) for item in n.items]
    if isinstance(n.rpar, cst.RightParen):
        skip(c, n.rpar.whitespace_before)
        c.col += 1
    skip(c, n.whitespace_before_colon)
    node = kind(items, suite(c, n.body))
    end_statement(c, node, line, col)
    return node


def _with_item(c: Cursor, n: cst.WithItem) -> ast.withitem:
    value = expr(c, n.item)
    target = None
    if n.asname is not None:
        _as(c, n.asname)
        target = store(expr(c, n.asname.name))
    comma(c, n.comma)
    return ast.withitem(value, target)


def _as(c: Cursor, n: cst.AsName) -> None:
    skip(c, n.whitespace_before_as)
    c.col += 2
    skip(c, n.whitespace_after_as)


@lowers(BLOCKS, "Try", "TryStar")
def _try(c: Cursor, n: Any) -> ast.stmt:
    line, col = c.line, c.col
    c.col += 3
    skip(c, n.whitespace_before_colon)
    body = suite(c, n.body)
    handlers = [_handler(c, handler) for handler in n.handlers]
    orelse = _clause(c, n.orelse, "else")
    finalbody = _clause(c, n.finalbody, "finally")
    kind: Any = TryStar if isinstance(n, cst.TryStar) else ast.Try
    node: ast.stmt = kind(body, handlers, orelse, finalbody)
    end_statement(c, node, line, col)
    return node


def _handler(c: Cursor, n: Any) -> ast.ExceptHandler:
    lines(c, n.leading_lines)
    start_line(c)
    line, col = c.line, c.col
    c.col += 6
    skip(c, n.whitespace_after_except)
    if isinstance(n, cst.ExceptStarHandler):
        c.col += 1
        skip(c, n.whitespace_after_star)
    caught = None if n.type is None else expr(c, n.type)
    bound = None
    if n.name is not None:
        _as(c, n.name)
        bound = name(c, n.name.name)
    skip(c, n.whitespace_before_colon)
    node = ast.ExceptHandler(caught, bound, suite(c, n.body))
    end_statement(c, node, line, col)
    return node


@lowers(BLOCKS, "Match")
def _match(c: Cursor, n: cst.Match) -> ast.stmt:
    line, col = c.line, c.col
    c.col += 5
    skip(c, n.whitespace_after_match)
    subject = expr(c, n.subject)
    skip(c, n.whitespace_before_colon)
    c.col += 1
    trailing(c, n.whitespace_after_colon)
    width = len(c.default_indent if n.indent is None else n.indent)
    c.indent += width
    cases = [_case(c, case) for case in n.cases]
    lines(c, n.footer)
    c.indent -= width
    node = ast.Match(subject, cases)
    end_statement(c, node, line, col)
    return node


def _case(c: Cursor, n: cst.MatchCase) -> ast.match_case:
    lines(c, n.leading_lines)
    start_line(c)
    c.col += 4
    skip(c, n.whitespace_after_case)
    matched = pattern(c, n.pattern)
    skip(c, n.whitespace_before_if)
    if n.guard is not None:
        c.col += 2
    skip(c, n.whitespace_after_if)
    guard = None if n.guard is None else expr(c, n.guard)
    skip(c, n.whitespace_before_colon)
    return ast.match_case(matched, guard, suite(c, n.body))
