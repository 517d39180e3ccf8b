"""Functions of the interpreted program: definition, binding of arguments, and the call."""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS, Condition
from orderlint.source import branches, budget, decorators
from orderlint.source.binding import bind_arguments
from orderlint.source.definitions import Definition, definition_of
from orderlint.source.frames import Frame
from orderlint.source.signals import Return
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Choice,
    Function,
    Instance,
    Iteration,
    Raised,
    Scope,
    Unknown,
    Value,
    is_constant,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.source.interpreter import Interpreter


class GeneratorFull(Exception):  # noqa: N818 - not an error
    """A generator has yielded as much as is followed."""


def define(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame) -> Value:
    """The function a definition makes, its decorators applied."""
    defaults = [it.eval(d, frame) for d in node.args.defaults]
    keyword = {
        a.arg: it.eval(d, frame)
        for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if d is not None
    }
    name = node.name if not isinstance(node, ast.Lambda) else "<lambda>"
    scope = frame.scope
    while scope.kind == "class" and scope.parent is not None:
        scope = scope.parent
    function: Value = Function(node, frame.module, scope, defaults, keyword, name, name)
    if frame.scope.kind == "class":
        frame.scope.functions = [*(frame.scope.functions or ()), function]
    for decorator in reversed(getattr(node, "decorator_list", [])):
        applied = it.eval(decorator, frame)
        frame.node = decorator
        result = decorators.apply(it, applied, function)
        if not isinstance(result, Unknown):
            function = result
        elif type(function) is Function:
            function.doubtful = True
    return function


def run(
    it: Interpreter, function: Function, args: list[Value], kwargs: dict[str, Value], open_: bool = False
) -> Value:
    """Call a function of the interpreted program."""
    node = function.node
    definition = definition_of(node)
    try:
        variables = bind_arguments(it, function, definition, args, kwargs, open_=open_)
    except Raised:
        if not function.doubtful:
            raise
        return Unknown(f"{function.name} with a decorator that is not followed")
    scope = Scope("function", function.scope, variables)
    scope.since = it.steps
    frame = Frame(
        function.module, scope, None, function, args[0] if args and function.owner is not None else None
    )
    frame.forks = len(it.trails)
    if frame.forks and len(it.frames) > budget.UNSURE_RECURSION and recurs_unsurely(it, frame):
        if not all(map(without_layers, given_to(definition, variables))):
            it.unresolve(f"{function.name} calls itself under conditions that are not known")
        return Unknown(f"the result of {function.name}, which calls itself")
    path = it.path
    it.enter(frame)
    try:
        if isinstance(node, ast.Lambda):
            return it.eval(node.body, frame)
        if definition.generator:
            return run_generator(it, node, frame)
        signal = it.exec_block(node.body, frame)
    except Raised as raised:
        raised.place = raised.place or it.place()
        if not raised.meant or not frame.returns:
            raise
        it.forget(frame.told)
        last = frame.returns.pop()  # the function returned before, or it does not return
        signal = Return(Choice((last,)) if frame.returns else last[1])
    finally:
        it.path = path
        it.frames.pop()
    result = signal.value if type(signal) is Return else None
    return join_returns(it, frame, result) if frame.returns else result


def given_to(definition: Definition, variables: dict[str, Value]) -> list[Value]:
    """The arguments of a call; of `*args` and `**kwargs`, which are of this call alone, what they hold."""
    given: list[Value] = []
    for name, value in variables.items():
        if name == definition.rest:
            given += value
        elif name == definition.keywords:
            given += value.values()
        else:
            given.append(value)
    return given


def without_layers(value: Value, depth: int = 4) -> bool:
    """Whether an argument is a constant, unknown, a tensor of no data, or an object or choice of such: a call
    with no other can neither build on nor apply anything. A container on its own may be filled by the call.
    """
    if isinstance(value, Tensor):
        return not value.sources()
    return is_constant(value) or type(value) is Unknown or (depth > 0 and holds_no_layers(value, depth))


def holds_no_layers(value: Value, depth: int) -> bool:
    """Whether an object, a choice, or a container in one of these holds constants and the unknown alone."""
    held: Iterable[Value] = ()
    if type(value) is Instance and "_modules" not in value.attrs:
        held = value.attrs.values()
    elif type(value) is Choice:
        held = [option for _, option in value.options]
    elif isinstance(value, (dict, list, tuple, set)) and depth < 4:
        held = value.values() if isinstance(value, dict) else value
    else:
        return False
    return all(without_layers(v, depth - 1) for v in held)


def recurs_unsurely(it: Interpreter, frame: Frame) -> bool:
    """Whether a function is called within itself again and again on branches with unknown conditions, each
    time a further one or one that was decided before; the same method of another object is another function.
    """
    few = frame.forks <= budget.UNSURE_RECURSION
    if few and len(it.frames) < budget.UNSURE_RECURSION_DEPTH:
        return False
    function, instance = frame.function, frame.instance
    outer = [f.forks for f in it.frames if f.function is function and f.instance is instance]
    deep = len(outer) >= budget.UNSURE_RECURSION_DEPTH and frame.forks > outer[0]
    if deep or not few:
        it.taint()
    return deep or len({*outer, frame.forks}) > budget.UNSURE_RECURSION


def join_returns(it: Interpreter, frame: Frame, result: Value) -> Value:
    """The value of a call some of whose branches returned early."""
    for condition, value in reversed(frame.returns):
        rest = ALWAYS
        if len(condition.literals) == 1:
            (literal,) = condition.literals
            rest = Condition(frozenset({literal.negate()}))
        result = branches.join(condition, value, rest, result)
    return result


def run_generator(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
    """A generator, run to its end at once (or until it has yielded enough)."""
    frame.yields = []
    with contextlib.suppress(GeneratorFull):
        it.exec_block(node.body, frame)
    return Iteration(iter(frame.yields))


def yield_value(frame: Frame, value: Value) -> None:
    if frame.yields is None:
        return
    if len(frame.yields) >= budget.LOOP_TURNS:
        raise GeneratorFull
    frame.yields.append(value)


def note_unused_result(it: Interpreter, node: ast.expr, value: Value, frame: Frame) -> None:
    """A dropout whose result nobody keeps, and that does not work in place, does nothing."""
    if not isinstance(node, ast.Call) or type(value) is not Tensor:
        return
    if value.storage.writer is not None:
        it.taint()
    value.storage.writer = None  # a statement of its own: the in-place change is meant
    if len(value.producers) != 1:
        return
    (producer,) = value.producers
    last = it.graph.nodes[producer]
    if last.kind == "dropout" and producer == len(it.graph.nodes) - 1 and not last.attrs.get("inplace"):
        last.attrs["result_used"] = False
        it.fact("dropout_result_unused", last.name, last.op, last.used)


__all__ = ["ABSENT", "define", "run", "yield_value"]
