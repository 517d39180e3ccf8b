"""Lowering of import statements."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_calls import name
from orderlint.source.lowering_cursor import Cursor, comma, place, skip, skip_around
from orderlint.source.lowering_table import STATEMENTS, lowers


def _lazy(c: Cursor, n: Any) -> None:
    """Move over the `lazy` of a lazy import (Python 3.15), which binds what the plain import binds."""
    if hasattr(n, "whitespace_after_lazy"):
        c.col += 4
        skip(c, n.whitespace_after_lazy)


@lowers(STATEMENTS, "Import", "LazyImport")
def _import(c: Cursor, n: cst.Import) -> ast.stmt:
    _lazy(c, n)
    c.col += 6
    skip(c, n.whitespace_after_import)
    return ast.Import(_aliases(c, n.names))


@lowers(STATEMENTS, "ImportFrom", "LazyImportFrom")
def _import_from(c: Cursor, n: cst.ImportFrom) -> ast.stmt:
    _lazy(c, n)
    c.col += 4
    skip(c, n.whitespace_after_from)
    for dot in n.relative:
        skip_around(c, dot, 1)
    module = None if n.module is None else _dotted(c, n.module)
    skip(c, n.whitespace_before_import)
    c.col += 6
    skip(c, n.whitespace_after_import)
    if n.lpar is not None:
        c.col += 1
        skip(c, n.lpar.whitespace_after)
    names = [_everything(c)] if isinstance(n.names, cst.ImportStar) else _aliases(c, n.names)
    if n.rpar is not None:
        skip(c, n.rpar.whitespace_before)
        c.col += 1
    return ast.ImportFrom(module, names, len(n.relative))


def _everything(c: Cursor) -> ast.alias:
    line, col = c.line, c.col
    c.col += 1
    node = ast.alias("*", None)
    place(c, node, line, col)
    return node


def _aliases(c: Cursor, aliases: Any) -> list[ast.alias]:
    lowered = []
    for alias in aliases:
        line, col = c.line, c.col
        imported = _dotted(c, alias.name)
        bound = None
        if alias.asname is not None:
            _as(c, alias.asname)
            bound = name(c, alias.asname.name)
        node = ast.alias(imported, bound)
        place(c, node, line, col)
        comma(c, alias.comma)
        lowered.append(node)
    return lowered


def _as(c: Cursor, n: cst.AsName) -> None:
    skip(c, n.whitespace_before_as)
    c.col += 2
    skip(c, n.whitespace_after_as)


def _dotted(c: Cursor, n: Any) -> str:
    """Move over `a.b.c`, which nests to the left, and return it without whitespace."""
    attributes = []
    while isinstance(n, cst.Attribute):
        attributes.append(n)
        n = n.value
    parts = [name(c, n)]
    for attribute in reversed(attributes):
        skip_around(c, attribute.dot, 1)
        parts.append(name(c, attribute.attr))
    return ".".join(parts)
