"""Lowering of names, numbers, operators and the other expressions without brackets of their own."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_cursor import Cursor, identifier, place, skip, skip_around
from orderlint.source.lowering_table import EXPRESSIONS, LOAD, expr, lowers, store

_SINGLETONS = {"None": None, "True": True, "False": False}

_UNARY: dict[type[cst.CSTNode], tuple[ast.unaryop, int]] = {
    cst.Plus: (ast.UAdd(), 1),
    cst.Minus: (ast.USub(), 1),
    cst.BitInvert: (ast.Invert(), 1),
    cst.Not: (ast.Not(), 3),
}

BINARY: dict[type[cst.CSTNode], tuple[ast.operator, int]] = {
    cst.Add: (ast.Add(), 1),
    cst.Subtract: (ast.Sub(), 1),
    cst.Multiply: (ast.Mult(), 1),
    cst.Divide: (ast.Div(), 1),
    cst.FloorDivide: (ast.FloorDiv(), 2),
    cst.Modulo: (ast.Mod(), 1),
    cst.Power: (ast.Pow(), 2),
    cst.LeftShift: (ast.LShift(), 2),
    cst.RightShift: (ast.RShift(), 2),
    cst.BitOr: (ast.BitOr(), 1),
    cst.BitAnd: (ast.BitAnd(), 1),
    cst.BitXor: (ast.BitXor(), 1),
    cst.MatrixMultiply: (ast.MatMult(), 1),
}

_COMPARE: dict[type[cst.CSTNode], tuple[ast.cmpop, int]] = {
    cst.LessThan: (ast.Lt(), 1),
    cst.GreaterThan: (ast.Gt(), 1),
    cst.Equal: (ast.Eq(), 2),
    cst.LessThanEqual: (ast.LtE(), 2),
    cst.GreaterThanEqual: (ast.GtE(), 2),
    cst.NotEqual: (ast.NotEq(), 2),
    cst.In: (ast.In(), 2),
    cst.Is: (ast.Is(), 2),
    cst.NotIn: (ast.NotIn(), 3),
    cst.IsNot: (ast.IsNot(), 2),
}

_BOOLEAN: dict[type[cst.CSTNode], tuple[ast.boolop, int]] = {
    cst.And: (ast.And(), 3),
    cst.Or: (ast.Or(), 2),
}


@lowers(EXPRESSIONS, "Name")
def _name(c: Cursor, n: cst.Name) -> ast.expr:
    value = n.value
    c.col += len(value)
    if value in _SINGLETONS:
        return ast.Constant(_SINGLETONS[value])
    return ast.Name(value if value.isascii() else identifier(value), LOAD)


@lowers(EXPRESSIONS, "Ellipsis")
def _ellipsis(c: Cursor, _: cst.Ellipsis) -> ast.expr:
    c.col += 3
    return ast.Constant(...)


@lowers(EXPRESSIONS, "Integer")
def _integer(c: Cursor, n: cst.Integer) -> ast.expr:
    try:
        value = int(n.value, 0)
    except ValueError:
        raise c.error(f"cannot read the integer {n.value[:20]}…") from None
    c.col += len(n.value)
    return ast.Constant(value)


@lowers(EXPRESSIONS, "Float")
def _float(c: Cursor, n: cst.Float) -> ast.expr:
    c.col += len(n.value)
    return ast.Constant(float(n.value))


@lowers(EXPRESSIONS, "Imaginary")
def _imaginary(c: Cursor, n: cst.Imaginary) -> ast.expr:
    c.col += len(n.value)
    return ast.Constant(complex(n.value))


@lowers(EXPRESSIONS, "UnaryOperation")
def _unary(c: Cursor, n: cst.UnaryOperation) -> ast.expr:
    operator, width = _UNARY[type(n.operator)]
    c.col += width
    skip(c, n.operator.whitespace_after)
    return ast.UnaryOp(operator, expr(c, n.expression))


@lowers(EXPRESSIONS, "BinaryOperation")
def _binary(c: Cursor, n: cst.BinaryOperation) -> ast.expr:
    """Walk the left spine in a loop: `a + b + c + …` nests to the left, once for each operator."""
    spine = [n]
    left = n.left
    while type(left) is cst.BinaryOperation and not left.lpar:
        spine.append(left)
        left = left.left
    line, col = c.line, c.col
    node = expr(c, left)
    for operation in reversed(spine):
        operator, width = BINARY[type(operation.operator)]
        skip_around(c, operation.operator, width)
        node = ast.BinOp(node, operator, expr(c, operation.right))
        place(c, node, line, col)
    return node


@lowers(EXPRESSIONS, "BooleanOperation")
def _boolean(c: Cursor, n: cst.BooleanOperation) -> ast.expr:
    """Flatten `a and b and c`, which libcst nests, into one operation with three values."""
    kind = type(n.operator)
    operator, width = _BOOLEAN[kind]
    waiting: list[Any] = [n]
    values: list[ast.expr] = []
    while waiting:
        part = waiting.pop()
        if isinstance(part, (cst.And, cst.Or)):
            skip_around(c, part, width)
        elif (
            type(part) is cst.BooleanOperation
            and type(part.operator) is kind
            and (part is n or not part.lpar)
        ):
            waiting += (part.right, part.operator, part.left)
        else:
            values.append(expr(c, part))
    return ast.BoolOp(operator, values)


@lowers(EXPRESSIONS, "Comparison")
def _comparison(c: Cursor, n: cst.Comparison) -> ast.expr:
    left = expr(c, n.left)
    operators: list[ast.cmpop] = []
    comparators: list[ast.expr] = []
    for target in n.comparisons:
        operators.append(_compare(c, target.operator))
        comparators.append(expr(c, target.comparator))
    return ast.Compare(left, operators, comparators)


def _compare(c: Cursor, n: Any) -> ast.cmpop:
    operator, width = _COMPARE[type(n)]
    if isinstance(n, (cst.NotIn, cst.IsNot)):
        skip(c, n.whitespace_before)
        c.col += width
        skip(c, n.whitespace_between)
        c.col += 5 - width
        skip(c, n.whitespace_after)
    else:
        skip_around(c, n, width)
    return operator


@lowers(EXPRESSIONS, "IfExp")
def _conditional(c: Cursor, n: cst.IfExp) -> ast.expr:
    body = expr(c, n.body)
    skip(c, n.whitespace_before_if)
    c.col += 2
    skip(c, n.whitespace_after_if)
    test = expr(c, n.test)
    skip(c, n.whitespace_before_else)
    c.col += 4
    skip(c, n.whitespace_after_else)
    return ast.IfExp(test, body, expr(c, n.orelse))


@lowers(EXPRESSIONS, "NamedExpr")
def _walrus(c: Cursor, n: cst.NamedExpr) -> ast.expr:
    target = store(expr(c, n.target))
    skip(c, n.whitespace_before_walrus)
    c.col += 2
    skip(c, n.whitespace_after_walrus)
    return ast.NamedExpr(target, expr(c, n.value))  # type: ignore[arg-type]


@lowers(EXPRESSIONS, "Await")
def _await(c: Cursor, n: cst.Await) -> ast.expr:
    c.col += 5
    skip(c, n.whitespace_after_await)
    return ast.Await(expr(c, n.expression))


@lowers(EXPRESSIONS, "Yield")
def _yield(c: Cursor, n: cst.Yield) -> ast.expr:
    c.col += 5
    value = n.value
    if value is None:
        c.deferred = n.whitespace_after_yield
        return ast.Yield(None)
    skip(c, n.whitespace_after_yield)
    if isinstance(value, cst.From):
        skip(c, value.whitespace_before_from)
        c.col += 4
        skip(c, value.whitespace_after_from)
        return ast.YieldFrom(expr(c, value.item))
    return ast.Yield(expr(c, value))
