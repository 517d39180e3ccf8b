"""Lowering of function and class definitions."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_blocks import suite
from orderlint.source.lowering_calls import annotation, arguments, name, parameters
from orderlint.source.lowering_cursor import Cursor, end_statement, lines, skip, start_line, trailing
from orderlint.source.lowering_statements import type_parameters
from orderlint.source.lowering_table import BLOCKS, expr, lowers


def _decorators(c: Cursor, n: cst.FunctionDef | cst.ClassDef) -> list[ast.expr]:
    lowered = []
    for decorator in n.decorators:
        lines(c, decorator.leading_lines)
        start_line(c)
        c.col += 1
        skip(c, decorator.whitespace_after_at)
        lowered.append(expr(c, decorator.decorator))
        trailing(c, decorator.trailing_whitespace)
    lines(c, n.lines_after_decorators)
    start_line(c)
    return lowered


@lowers(BLOCKS, "FunctionDef")
def _function(c: Cursor, n: cst.FunctionDef) -> ast.stmt:
    decorators = _decorators(c, n)
    line, col = c.line, c.col
    kind: Any = ast.FunctionDef
    if n.asynchronous is not None:
        kind = ast.AsyncFunctionDef
        c.col += 5
        skip(c, n.asynchronous.whitespace_after)
    c.col += 3
    skip(c, n.whitespace_after_def)
    identifier = name(c, n.name)
    skip(c, n.whitespace_after_name)
    type_params = type_parameters(c, n.type_parameters)
    skip(c, n.whitespace_after_type_parameters)
    c.col += 1
    skip(c, n.whitespace_before_params)
    args = parameters(c, n.params)
    c.col += 1
    returns = None if n.returns is None else annotation(c, n.returns, 2)
    skip(c, n.whitespace_before_colon)
    node: ast.FunctionDef = kind(identifier, args, suite(c, n.body), decorators, returns)
    node.type_params = type_params  # type: ignore[attr-defined,unused-ignore]
    end_statement(c, node, line, col)
    return node


@lowers(BLOCKS, "ClassDef")
def _class(c: Cursor, n: cst.ClassDef) -> ast.stmt:
    decorators = _decorators(c, n)
    line, col = c.line, c.col
    c.col += 5
    skip(c, n.whitespace_after_class)
    identifier = name(c, n.name)
    skip(c, n.whitespace_after_name)
    type_params = type_parameters(c, n.type_parameters)
    skip(c, n.whitespace_after_type_parameters)
    if isinstance(n.lpar, cst.LeftParen):
        c.col += 1
        skip(c, n.lpar.whitespace_after)
    bases, keywords = arguments(c, [*n.bases, *n.keywords])
    if isinstance(n.rpar, cst.RightParen):
        skip(c, n.rpar.whitespace_before)
        c.col += 1
    skip(c, n.whitespace_before_colon)
    node = ast.ClassDef(identifier, bases, keywords, suite(c, n.body), decorators)
    node.type_params = type_params  # type: ignore[attr-defined,unused-ignore]
    end_statement(c, node, line, col)
    return node
