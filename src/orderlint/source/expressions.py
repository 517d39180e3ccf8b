"""Expressions: a dispatch table from syntax to value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source import (
    arithmetic,
    attributes,
    branches,
    budget,
    build_records,
    calls,
    comparison,
    comprehensions,
    effects,
    functions,
    hosts,
    importing,
    iteration,
    logic,
    paths,
    sizes,
    statements,
    text_patterns,
)
from orderlint.source.frames import source_text
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Choice,
    External,
    LazyImport,
    OpenDict,
    Raised,
    Scope,
    Sequence,
    TensorMethod,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


def constant(it: Interpreter, node: ast.Constant, frame: Frame) -> Value:
    return node.value


def name(it: Interpreter, node: ast.Name, frame: Frame) -> Value:
    value = lookup(it, node.id, frame)
    if value is ABSENT:
        frame.node = node
        missing = it.importer.missing_stars.get(frame.module.name)
        if missing:
            return External(f"{missing[-1]}.{node.id}", found=False)
        failed = it.importer.failed_imports.get(frame.module.name, {})
        if frame.function is not None and node.id in failed:
            return External(failed[node.id], found=False)
        raise Raised("NameError", None, f"name '{node.id}' is not defined")
    return value


def lookup(it: Interpreter, identifier: str, frame: Frame) -> Value:
    """The value of a variable, through the scopes around, the module and the builtins."""
    scope: Scope | None = frame.scope
    first = True
    while scope is not None:
        if identifier in scope.variables and (first or scope.kind != "class"):
            value = scope.variables[identifier]
            if type(value) is LazyImport:
                value = importing.force(it, scope.variables, identifier, value)
            if it.recordings and scope is not frame.scope:
                build_records.note_variable(it, scope, identifier, value)
            return branches.narrow(it, value) if type(value) is Choice else value
        scope, first = scope.parent, False
    if frame.module.library and identifier in hosts.INTRINSICS:
        return hosts.INTRINSICS[identifier]
    value = hosts.BUILTINS.get(identifier, ABSENT)
    return importing.through_stars(it, frame.module, identifier) if value is ABSENT else value


def attribute(it: Interpreter, node: ast.Attribute, frame: Frame) -> Value:
    owner = it.eval(node.value, frame)
    frame.node = node
    return attributes.get(it, owner, node.attr)


def subscript(it: Interpreter, node: ast.Subscript, frame: Frame) -> Value:
    owner = it.eval(node.value, frame)
    key = it.eval(node.slice, frame)
    frame.node = node
    return it.getitem(owner, key)


def slice_(it: Interpreter, node: ast.Slice, frame: Frame) -> Value:
    parts = [it.eval(p, frame) if p is not None else None for p in (node.lower, node.upper, node.step)]
    return slice(*parts)


def call(it: Interpreter, node: ast.Call, frame: Frame, *, dropped: bool = False) -> Value:
    """A call; `dropped`: nobody takes its result, so that one without effects need not be followed."""
    if not node.args and type(node.func) is ast.Name and node.func.id == "super":
        return calls.zero_argument_super(it, frame)
    function = it.eval(node.func, frame)
    args: list[Value] = []
    for argument in node.args:
        if type(argument) is ast.Starred:
            args.extend(spread(it, it.eval(argument.value, frame), function))
        else:
            args.append(it.eval(argument, frame))
    kwargs: dict[str, Value] = {}
    open_ = False
    for keyword in node.keywords:
        value = it.eval(keyword.value, frame)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        else:
            value = it.resolve(value)
            open_ = open_ or it.is_open(value)
            kwargs.update(mapping(it, value))
    frame.node = node
    entered = it.all_configs and frame.module.name == "__entry__"  # what it does not pass stays open
    if dropped and not open_ and effects.harmless_call(it, node, function, args, kwargs):
        return None
    return calls.call(it, function, args, kwargs, open_=open_ or entered)


def spread(it: Interpreter, value: Value, function: Value) -> list[Value]:
    """The positional arguments that `*value` stands for; an operator of torch is told that their number is
    not known where they are sizes (`x.view(*x.shape[:-1], -1)`).
    """
    items = it.iterate(value)
    if items is None:
        one = iteration.element(it, value)
        sizes_ = type(one) is Unknown and type(function) in (TensorMethod, External)
        return [Sequence(one) if sizes_ else one]
    return list(items)


def mapping(it: Interpreter, value: Value) -> dict[str, Value]:
    """The keyword arguments that `**value` stands for."""
    if isinstance(value, dict):
        return {k: v for k, v in value.items() if isinstance(k, str)}
    if type(value) is Choice:
        merged: dict[str, Value] = {}
        for _, option in value.options:
            merged.update(mapping(it, option))
        return merged
    if value is not None and not isinstance(value, Unknown):
        try:
            keys = it.iterate(it.call(it.getattr(value, "keys"), []))
            return {k: it.getitem(value, k) for k in keys or [] if isinstance(k, str)}
        except Raised:
            return {}
    return {}


def unary(it: Interpreter, node: ast.UnaryOp, frame: Frame) -> Value:
    value = it.eval(node.operand, frame)
    frame.node = node
    if isinstance(node.op, ast.Not):
        if value is TRAINING:
            return NOT_TRAINING
        if value is NOT_TRAINING:
            return TRAINING
        text = source_text(node.operand) if not isinstance(value, (bool, Test)) else ""
        truth = it.truth(value, text)
        return truth.negate() if isinstance(truth, Test) else not truth
    return arithmetic.unary(it, node.op, value)


def binary(it: Interpreter, node: ast.BinOp, frame: Frame) -> Value:
    left = it.eval(node.left, frame)
    right = it.eval(node.right, frame)
    frame.node = node
    return arithmetic.binary(it, node.op, left, right)


def compare(it: Interpreter, node: ast.Compare, frame: Frame) -> Value:
    left = it.eval(node.left, frame)
    if len(node.ops) == 1:
        right = it.eval(node.comparators[0], frame)
        frame.node = node
        return comparison.compare(it, node.ops[0], left, right, node)
    results: list[Value] = []
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = it.eval(right_node, frame)
        frame.node = node
        result = comparison.compare(it, operator, left, right, node)
        if result is False:
            return False
        results.append(result)
        left = right
    if all(isinstance(r, (bool, Test)) for r in results):
        from orderlint.source.truth import combine

        return combine(results, all_=True, text="")
    return next((r for r in results if not isinstance(r, bool)), True)


def tuple_(it: Interpreter, node: ast.Tuple, frame: Frame) -> Value:
    out = elements(it, node.elts, frame)
    return Sequence(out.element, out.prefix) if isinstance(out, Sequence) else tuple(out)


def list_(it: Interpreter, node: ast.List, frame: Frame) -> Value:
    return elements(it, node.elts, frame)


def elements(it: Interpreter, nodes: list[ast.expr], frame: Frame) -> Value:
    out: list[Value] = []
    open_: Value = None
    for element in nodes:
        if isinstance(element, ast.Starred):
            value = it.eval(element.value, frame)
            items = it.iterate(value)
            if items is None:
                open_ = Sequence(iteration.element(it, value), tuple(out))
            else:
                out.extend(items)
        else:
            out.append(it.eval(element, frame))
    nested = [value for value in out if type(value) is tuple]
    if len(out) > budget.SIZE or (nested and sizes.weighs_more(nested, budget.SIZE)):
        return Sequence(Unknown("an element of a sequence too long to build"))
    return open_ if open_ is not None else it.born(out)


def set_(it: Interpreter, node: ast.Set, frame: Frame) -> Value:
    values = [it.eval(e, frame) for e in node.elts]
    try:
        return set(values)
    except TypeError:
        return Unknown("a set of unhashable values")


def dict_(it: Interpreter, node: ast.Dict, frame: Frame) -> Value:
    out: dict[Value, Value] = it.born({})
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            merged = it.resolve(it.eval(value_node, frame))
            if it.is_open(merged) and not isinstance(out, OpenDict):
                out = it.born(OpenDict(out))
            if isinstance(merged, dict):
                out.update(merged)
            else:
                out.update(mapping(it, merged))
            continue
        key, value = it.eval(key_node, frame), it.eval(value_node, frame)
        try:
            out[it.default_of(key)] = value
        except TypeError:
            continue
    return out


def lambda_(it: Interpreter, node: ast.Lambda, frame: Frame) -> Value:
    return functions.define(it, node, frame)


def joined_string(it: Interpreter, node: ast.JoinedStr, frame: Frame) -> Value:
    parts = []
    for part in node.values:
        value = it.eval(part, frame)
        parts.append(value)
    if not all(isinstance(value, str) for value in parts):
        return text_patterns.joined(parts)
    if sum(map(len, parts)) > budget.SIZE:
        return Unknown("a text too long to build")
    return "".join(parts)


def formatted(it: Interpreter, node: ast.FormattedValue, frame: Frame) -> Value:
    value = it.default_of(it.eval(node.value, frame))
    if isinstance(value, paths.SourcePath):
        value = str(value)
    if not hosts.is_plain(value):
        return Unknown("a formatted value")
    spec = it.eval(node.format_spec, frame) if node.format_spec else ""
    if not isinstance(spec, str) or sizes.wide_format(spec):
        return Unknown("a formatted value")
    text = repr(value) if node.conversion == ord("r") else value
    try:
        return format(text, spec)
    except (ValueError, TypeError) as error:
        raise Raised(type(error).__name__, None, str(error)) from error


def walrus(it: Interpreter, node: ast.NamedExpr, frame: Frame) -> Value:
    value = it.eval(node.value, frame)
    statements.bind(it, node.target, value, frame)
    return value


def yield_(it: Interpreter, node: ast.Yield, frame: Frame) -> Value:
    functions.yield_value(frame, it.eval(node.value, frame) if node.value else None)
    return None


def yield_from(it: Interpreter, node: ast.YieldFrom, frame: Frame) -> Value:
    iterable = it.eval(node.value, frame)
    items = it.iterate(iterable)
    for item in items if items is not None else [iteration.element(it, iterable)]:
        functions.yield_value(frame, item)
    return None


def await_(it: Interpreter, node: ast.Await, frame: Frame) -> Value:
    return it.eval(node.value, frame)


def starred(it: Interpreter, node: ast.Starred, frame: Frame) -> Value:
    return it.eval(node.value, frame)


TABLE: dict[type[ast.expr], Callable[[Interpreter, Value, Frame], Value]] = {
    ast.Constant: constant,
    ast.Name: name,
    ast.Attribute: attribute,
    ast.Subscript: subscript,
    ast.Slice: slice_,
    ast.Call: call,
    ast.BoolOp: logic.bool_operation,
    ast.UnaryOp: unary,
    ast.BinOp: binary,
    ast.Compare: compare,
    ast.IfExp: logic.conditional,
    ast.Tuple: tuple_,
    ast.List: list_,
    ast.Set: set_,
    ast.Dict: dict_,
    ast.ListComp: comprehensions.comprehension,
    ast.SetComp: comprehensions.comprehension,
    ast.GeneratorExp: comprehensions.comprehension,
    ast.DictComp: comprehensions.dict_comprehension,
    ast.Lambda: lambda_,
    ast.JoinedStr: joined_string,
    ast.FormattedValue: formatted,
    ast.NamedExpr: walrus,
    ast.Yield: yield_,
    ast.YieldFrom: yield_from,
    ast.Await: await_,
    ast.Starred: starred,
}
