"""The dispatch tables from libcst node types to lowering functions, and what consults them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

import libcst as cst

from orderlint.source.lowering_cursor import Cursor, place, skip

__all__ = ["EXPRESSIONS", "LOAD", "STORE", "expr", "lowers", "store"]

Lowered = TypeVar("Lowered", bound=ast.AST)
Lowering = Callable[[Cursor, Any], Lowered]

EXPRESSIONS: dict[type[cst.CSTNode], Lowering[ast.expr]] = {}
STATEMENTS: dict[type[cst.CSTNode], Lowering[ast.stmt]] = {}
BLOCKS: dict[type[cst.CSTNode], Lowering[ast.stmt]] = {}
PATTERNS: dict[type[cst.CSTNode], Lowering[ast.pattern]] = {}

# Context nodes carry nothing, so that all expressions share them, as those of `ast.parse` do.
LOAD, STORE, DEL = ast.Load(), ast.Store(), ast.Del()

_Function = TypeVar("_Function", bound=Callable[..., Any])


def lowers(table: dict[type[cst.CSTNode], Any], *names: str) -> Callable[[_Function], _Function]:
    """Enter a function in a table for these node types; those that this libcst lacks are left out."""

    def enter(function: _Function) -> _Function:
        for name in names:
            if hasattr(cst, name):
                table[getattr(cst, name)] = function
        return function

    return enter


def expr(c: Cursor, n: Any) -> ast.expr:
    """Lower an expression; its range excludes parentheses around it."""
    if n.lpar:
        return _parenthesised(c, n)
    line, col = c.line, c.col
    node = EXPRESSIONS[type(n)](c, n)
    node.lineno = line
    node.col_offset = col
    node.end_lineno = c.line
    node.end_col_offset = c.col
    if c.deferred is not None:
        c.flush()
    return node


def _parenthesised(c: Cursor, n: Any) -> ast.expr:
    """Lower an expression in parentheses; the innermost belong to a tuple or generator expression."""
    outer_line, outer_col = c.line, c.col
    for left in n.lpar:
        outer_line, outer_col = c.line, c.col
        c.col += 1
        skip(c, left.whitespace_after)
    line, col = c.line, c.col
    node = EXPRESSIONS[type(n)](c, n)
    place(c, node, line, col)
    c.flush()
    for index, right in enumerate(n.rpar):
        skip(c, right.whitespace_before)
        c.col += 1
        if index == 0 and isinstance(node, (ast.Tuple, ast.GeneratorExp)):
            place(c, node, outer_line, outer_col)
    return node


def store(node: ast.expr, context: ast.expr_context = STORE) -> ast.expr:
    """Turn a lowered expression into an assignment or deletion target."""
    match node:
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            node.ctx = context
            for element in elts:
                store(element, context)
        case ast.Starred(value=value):
            node.ctx = context
            store(value, context)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            node.ctx = context
    return node
