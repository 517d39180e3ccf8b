"""Lowering of attributes, calls, subscripts, parameters and lambdas."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from orderlint.source.lowering_cursor import (
    Cursor,
    comma,
    identifier,
    last_comma,
    place,
    skip,
    skip_around,
)
from orderlint.source.lowering_table import EXPRESSIONS, LOAD, expr, lowers


@lowers(EXPRESSIONS, "Attribute")
def _attribute(c: Cursor, n: cst.Attribute) -> ast.expr:
    value = expr(c, n.value)
    skip_around(c, n.dot, 1)
    return ast.Attribute(value, name(c, n.attr), LOAD)


def name(c: Cursor, n: cst.Name) -> str:
    """Move over a bare identifier and return it."""
    value = n.value
    c.col += len(value)
    return value if value.isascii() else identifier(value)


@lowers(EXPRESSIONS, "Call")
def _call(c: Cursor, n: cst.Call) -> ast.expr:
    function = expr(c, n.func)
    skip(c, n.whitespace_after_func)
    line, col = c.line, c.col
    c.col += 1
    skip(c, n.whitespace_before_args)
    args, keywords = arguments(c, n.args)
    c.col += 1
    if len(n.args) == 1 and isinstance(args and args[0], ast.GeneratorExp) and not n.args[0].value.lpar:
        place(c, args[0], line, col)  # a lone generator expression owns the parentheses of the call
    return ast.Call(function, args, keywords)


def arguments(c: Cursor, args: Any) -> tuple[list[ast.expr], list[ast.keyword]]:
    """Lower the arguments of a call or class definition: positional and starred ones, then keywords."""
    positional: list[ast.expr] = []
    keywords: list[ast.keyword] = []
    for arg in args:
        if arg.keyword is not None or arg.star == "**":
            keywords.append(_keyword(c, arg))
        elif arg.star:
            positional.append(_star(c, arg))
        else:
            positional.append(expr(c, arg.value))
        comma(c, arg.comma)
        skip(c, arg.whitespace_after_arg)
    return positional, keywords


def _keyword(c: Cursor, n: cst.Arg) -> ast.keyword:
    line, col = c.line, c.col
    if n.keyword is None:
        c.col += 2
        skip(c, n.whitespace_after_star)
        node = ast.keyword(None, expr(c, n.value))
    else:
        key = name(c, n.keyword)
        skip_around(c, n.equal, 1)
        node = ast.keyword(key, expr(c, n.value))
    place(c, node, line, col)
    return node


def _star(c: Cursor, n: cst.Arg) -> ast.expr:
    line, col = c.line, c.col
    c.col += 1
    skip(c, n.whitespace_after_star)
    node = ast.Starred(expr(c, n.value), LOAD)
    place(c, node, line, col)
    return node


@lowers(EXPRESSIONS, "Subscript")
def _subscript(c: Cursor, n: cst.Subscript) -> ast.expr:
    value = expr(c, n.value)
    skip(c, n.whitespace_after_value)
    c.col += 1
    skip(c, n.lbracket.whitespace_after)
    key = _key(c, n.slice)
    skip(c, n.rbracket.whitespace_before)
    c.col += 1
    return ast.Subscript(value, key, LOAD)


def _key(c: Cursor, elements: Any) -> ast.expr:
    line, col = c.line, c.col
    keys: list[ast.expr] = []
    for element in elements:
        c.flush()
        keys.append(_slice(c, element.slice))
        last_comma(c, element.comma)
    alone = (
        len(keys) == 1 and not isinstance(keys[0], ast.Starred) and type(elements[0].comma) is not cst.Comma
    )
    node = keys[0] if alone else ast.Tuple(keys, LOAD)
    if not alone:
        place(c, node, line, col)
    c.flush()
    return node


def _slice(c: Cursor, n: Any) -> ast.expr:
    if type(n) is not cst.Slice:
        return expr(c, n.value) if n.star is None else _starred_index(c, n)
    line, col = c.line, c.col
    lower = None if n.lower is None else expr(c, n.lower)
    _colon(c, n.first_colon)
    upper = None if n.upper is None else _after_colon(c, n.upper)
    if type(n.second_colon) is cst.Colon:
        c.flush()
        _colon(c, n.second_colon)
    step = None if n.step is None else _after_colon(c, n.step)
    node = ast.Slice(lower, upper, step)
    place(c, node, line, col)
    return node


def _colon(c: Cursor, token: Any) -> None:
    """Move over a colon; the whitespace behind it is outside the slice if nothing follows."""
    skip(c, token.whitespace_before)
    c.col += 1
    c.deferred = token.whitespace_after


def _after_colon(c: Cursor, n: Any) -> ast.expr:
    c.flush()
    return expr(c, n)


def _starred_index(c: Cursor, n: cst.Index) -> ast.expr:
    line, col = c.line, c.col
    c.col += 1
    skip(c, n.whitespace_after_star)
    node = ast.Starred(expr(c, n.value), LOAD)
    place(c, node, line, col)
    return node


@lowers(EXPRESSIONS, "Lambda")
def _lambda(c: Cursor, n: cst.Lambda) -> ast.expr:
    c.col += 6
    skip(c, n.whitespace_after_lambda)
    args = parameters(c, n.params)
    skip_around(c, n.colon, 1)
    return ast.Lambda(args, expr(c, n.body))


def parameters(c: Cursor, n: cst.Parameters) -> ast.arguments:
    """Lower the parameters of a function or lambda."""
    defaults: list[ast.expr | None] = []
    positional_only = [_parameter(c, param, defaults) for param in n.posonly_params]
    if isinstance(n.posonly_ind, cst.ParamSlash):
        c.col += 1
        skip(c, n.posonly_ind.whitespace_after)
        comma(c, n.posonly_ind.comma)
    positional = [_parameter(c, param, defaults) for param in n.params]
    vararg = None
    if isinstance(n.star_arg, cst.Param):
        vararg = _parameter(c, n.star_arg, [])
    elif isinstance(n.star_arg, cst.ParamStar):
        c.col += 1
        comma(c, n.star_arg.comma)
    keyword_defaults: list[ast.expr | None] = []
    keyword_only = [_parameter(c, param, keyword_defaults) for param in n.kwonly_params]
    kwarg = None if n.star_kwarg is None else _parameter(c, n.star_kwarg, [])
    given = [default for default in defaults if default is not None]
    return ast.arguments(positional_only, positional, vararg, keyword_only, keyword_defaults, kwarg, given)


def _parameter(c: Cursor, n: cst.Param, defaults: list[ast.expr | None]) -> ast.arg:
    if isinstance(n.star, str):
        c.col += len(n.star)
        skip(c, n.whitespace_after_star)
    line, col = c.line, c.col
    identifier = name(c, n.name)
    node = ast.arg(identifier, None if n.annotation is None else annotation(c, n.annotation, 1))
    place(c, node, line, col)
    if n.default is None:
        defaults.append(None)
    else:
        skip_around(c, n.equal, 1)
        defaults.append(expr(c, n.default))
    comma(c, n.comma)
    skip(c, n.whitespace_after_param)
    return node


def annotation(c: Cursor, n: cst.Annotation, width: int) -> ast.expr:
    """Lower an annotation behind an indicator (`:` or `->`) of `width` characters."""
    skip(c, n.whitespace_before_indicator)
    c.col += width
    skip(c, n.whitespace_after_indicator)
    return expr(c, n.annotation)
