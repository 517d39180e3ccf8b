"""Lowering of simple statements: those that fit on one line."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_calls import annotation, name
from orderlint.source.lowering_cursor import Cursor, comma, place, skip, skip_around
from orderlint.source.lowering_expressions import BINARY
from orderlint.source.lowering_nodes import ParamSpec, TypeAlias, TypeVar, TypeVarTuple, type_param
from orderlint.source.lowering_table import DEL, STATEMENTS, expr, lowers, store

_AUGMENTED: dict[type[cst.CSTNode], tuple[ast.operator, int]] = {
    getattr(cst, f"{kind.__name__}Assign"): (operator, width + 1)
    for kind, (operator, width) in BINARY.items()
}


def simple_statements(c: Cursor, statements: Any, body: list[ast.stmt]) -> None:
    """Lower the statements of one line, separated by semicolons, onto `body`."""
    for n in statements:
        line, col = c.line, c.col
        node = STATEMENTS[type(n)](c, n)
        node.lineno = line
        node.col_offset = col
        node.end_lineno = c.end_line = c.line
        node.end_col_offset = c.end_col = c.col
        body.append(node)
        if c.deferred is not None:
            c.flush()
        if isinstance(n.semicolon, cst.Semicolon):
            skip(c, n.semicolon.whitespace_before)
            c.col += 1
            c.end_line, c.end_col = c.line, c.col  # a block ends behind its last semicolon
            skip(c, n.semicolon.whitespace_after)


@lowers(STATEMENTS, "Expr")
def _expression(c: Cursor, n: cst.Expr) -> ast.stmt:
    return ast.Expr(expr(c, n.value))


@lowers(STATEMENTS, "Assign")
def _assign(c: Cursor, n: cst.Assign) -> ast.stmt:
    targets = []
    for target in n.targets:
        targets.append(store(expr(c, target.target)))
        skip(c, target.whitespace_before_equal)
        c.col += 1
        skip(c, target.whitespace_after_equal)
    return ast.Assign(targets, expr(c, n.value))


@lowers(STATEMENTS, "AnnAssign")
def _annotated(c: Cursor, n: cst.AnnAssign) -> ast.stmt:
    simple = isinstance(n.target, cst.Name) and not n.target.lpar
    target: Any = store(expr(c, n.target))
    hint = annotation(c, n.annotation, 1)
    value = None
    if n.value is not None:
        skip_around(c, n.equal, 1)
        value = expr(c, n.value)
    return ast.AnnAssign(target, hint, value, int(simple))


@lowers(STATEMENTS, "AugAssign")
def _augmented(c: Cursor, n: cst.AugAssign) -> ast.stmt:
    target = store(expr(c, n.target))
    operator, width = _AUGMENTED[type(n.operator)]
    skip_around(c, n.operator, width)
    return ast.AugAssign(target, operator, expr(c, n.value))  # type: ignore[arg-type]


@lowers(STATEMENTS, "Return")
def _return(c: Cursor, n: cst.Return) -> ast.stmt:
    c.col += 6
    if n.value is None:
        c.deferred = n.whitespace_after_return
        return ast.Return(None)
    skip(c, n.whitespace_after_return)
    return ast.Return(expr(c, n.value))


@lowers(STATEMENTS, "Pass")
def _pass(c: Cursor, _: cst.Pass) -> ast.stmt:
    c.col += 4
    return ast.Pass()


@lowers(STATEMENTS, "Break")
def _break(c: Cursor, _: cst.Break) -> ast.stmt:
    c.col += 5
    return ast.Break()


@lowers(STATEMENTS, "Continue")
def _continue(c: Cursor, _: cst.Continue) -> ast.stmt:
    c.col += 8
    return ast.Continue()


@lowers(STATEMENTS, "Del")
def _del(c: Cursor, n: cst.Del) -> ast.stmt:
    """`del a, b` has two targets, `del (a, b)` one."""
    c.col += 3
    skip(c, n.whitespace_after_del)
    target = store(expr(c, n.target), DEL)
    if isinstance(target, ast.Tuple) and not n.target.lpar:
        end_line, end_col = target.end_lineno, target.end_col_offset
        c.line, c.col = end_line or c.line, end_col or c.col
        return ast.Delete(target.elts)
    return ast.Delete([target])


@lowers(STATEMENTS, "Raise")
def _raise(c: Cursor, n: cst.Raise) -> ast.stmt:
    c.col += 5
    if n.exc is None:
        c.deferred = n.whitespace_after_raise
        return ast.Raise(None, None)
    skip(c, n.whitespace_after_raise)
    exception = expr(c, n.exc)
    if n.cause is None:
        return ast.Raise(exception, None)
    skip(c, n.cause.whitespace_before_from)
    c.col += 4
    skip(c, n.cause.whitespace_after_from)
    return ast.Raise(exception, expr(c, n.cause.item))


@lowers(STATEMENTS, "Assert")
def _assert(c: Cursor, n: cst.Assert) -> ast.stmt:
    c.col += 6
    skip(c, n.whitespace_after_assert)
    test = expr(c, n.test)
    comma(c, n.comma)
    return ast.Assert(test, None if n.msg is None else expr(c, n.msg))


@lowers(STATEMENTS, "Global")
def _global(c: Cursor, n: cst.Global) -> ast.stmt:
    c.col += 6
    skip(c, n.whitespace_after_global)
    return ast.Global(_names(c, n.names))


@lowers(STATEMENTS, "Nonlocal")
def _nonlocal(c: Cursor, n: cst.Nonlocal) -> ast.stmt:
    c.col += 8
    skip(c, n.whitespace_after_nonlocal)
    return ast.Nonlocal(_names(c, n.names))


def _names(c: Cursor, items: Any) -> list[str]:
    names = []
    for item in items:
        names.append(name(c, item.name))
        comma(c, item.comma)
    return names


@lowers(STATEMENTS, "TypeAlias")
def _type_alias(c: Cursor, n: cst.TypeAlias) -> ast.stmt:
    c.col += 4
    skip(c, n.whitespace_after_type)
    target = store(expr(c, n.name))
    skip(c, n.whitespace_after_name)
    params = type_parameters(c, n.type_parameters)
    skip(c, n.whitespace_after_type_parameters)
    c.col += 1
    skip(c, n.whitespace_after_equals)
    kind: Any = TypeAlias
    node: ast.stmt = kind(name=target, type_params=params, value=expr(c, n.value))
    return node


def type_parameters(c: Cursor, n: cst.TypeParameters | None) -> list[type_param]:
    """Lower `[T: bound, *Ts, **P]`."""
    if n is None:
        return []
    c.col += 1
    skip(c, n.lbracket.whitespace_after)
    params = [_type_parameter(c, param) for param in n.params]
    skip(c, n.rbracket.whitespace_before)
    c.col += 1
    return params


_TYPE_PARAMETERS: dict[type[cst.CSTNode], tuple[Any, int]] = {
    cst.TypeVar: (TypeVar, 0),
    cst.TypeVarTuple: (TypeVarTuple, 1),
    cst.ParamSpec: (ParamSpec, 2),
}


def _type_parameter(c: Cursor, n: cst.TypeParam) -> type_param:
    line, col = c.line, c.col
    kind, stars = _TYPE_PARAMETERS[type(n.param)]
    if not isinstance(n.param, cst.TypeVar):
        c.col += stars
        skip(c, n.param.whitespace_after_star)
    node: type_param = kind(name=name(c, n.param.name))
    if isinstance(n.param, cst.TypeVar):
        node.bound = None
        if n.param.bound is not None:
            skip_around(c, n.param.colon, 1)
            node.bound = expr(c, n.param.bound)
    node.default_value = _type_default(c, n)
    place(c, node, line, col)
    comma(c, n.comma)
    return node


def _type_default(c: Cursor, n: cst.TypeParam) -> ast.expr | None:
    if n.default is None:
        return None
    skip_around(c, n.equal, 1)
    if not n.star:
        return expr(c, n.default)
    line, col = c.line, c.col
    c.col += 1
    skip(c, n.whitespace_after_star)
    node = ast.Starred(expr(c, n.default), ast.Load())
    place(c, node, line, col)
    return node
