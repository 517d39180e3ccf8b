"""Functions of the interpreted program: definition, binding of arguments, and the call."""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS, Condition
from orderlint.source import branches, budget, decorators
from orderlint.source.open_parameters import argument_node, note_parameter, opened
from orderlint.source.values import (
    ABSENT,
    Choice,
    Class,
    Function,
    Instance,
    Iteration,
    OpenDict,
    Raised,
    Scope,
    Symbol,
    Unknown,
    Value,
    literal_test,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Frame, Interpreter


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
    function: Value = Function(
        node, frame.module, scope, defaults, keyword, name, name, generator=is_generator(node)
    )
    if frame.scope.kind == "class":
        frame.scope.functions.append(function)
    for decorator in reversed(getattr(node, "decorator_list", [])):
        applied = it.eval(decorator, frame)
        frame.node = decorator
        result = decorators.apply(it, applied, function)
        if not isinstance(result, Unknown):
            function = result
        elif type(function) is Function:
            function.doubtful = True
    return function


def is_generator(node: ast.AST) -> bool:
    """Whether a function contains a `yield` of its own (remembered on the node)."""
    known = getattr(node, "_orderlint_generator", None)
    if known is None:
        known = _yields(node)
        node._orderlint_generator = known  # type: ignore[attr-defined]
    return bool(known)


def _yields(node: ast.AST) -> bool:
    todo = list(ast.iter_child_nodes(node))
    while todo:
        child = todo.pop()
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(child))
    return False


def run(
    it: Interpreter, function: Function, args: list[Value], kwargs: dict[str, Value], *, open_: bool = False
) -> Value:
    """Call a function of the interpreted program."""
    from orderlint.source.interpreter import Frame
    from orderlint.source.signals import Return

    try:
        variables = bind_arguments(it, function, args, kwargs, open_=open_)
    except Raised:
        if not function.doubtful:
            raise
        return Unknown(f"{function.name} with a decorator that is not followed")
    scope = Scope("function", function.scope, variables)
    frame = Frame(
        function.module, scope, None, function, args[0] if args and function.owner is not None else None
    )
    frame.forks = len(it.trails)
    if frame.forks > budget.UNSURE_RECURSION and recurs_unsurely(it, frame):
        it.unresolve(f"{function.name} calls itself under conditions that are not known")
        return Unknown(f"the result of {function.name}, which calls itself")
    path = it.path
    with it.framed(frame):
        try:
            if isinstance(function.node, ast.Lambda):
                return it.eval(function.node.body, frame)
            if function.generator:
                return run_generator(it, function.node, frame)
            signal = it.exec_block(function.node.body, frame)
        except Raised as raised:
            raised.place = raised.place or it.place()
            if not raised.meant or not frame.returns:
                raise
            it.forget(frame.told)
            last = frame.returns.pop()  # the function returned before, or it does not return
            signal = Return(Choice((last,)) if frame.returns else last[1])
        finally:
            it.path = path
    result = signal.value if isinstance(signal, Return) else None
    return join_returns(it, frame, result)


def recurs_unsurely(it: Interpreter, frame: Frame) -> bool:
    """Whether a function is called within itself again and again, each time on a further branch with an
    unknown condition; the same method of another object is another function."""
    function, instance = frame.function, frame.instance
    outer = [f.forks for f in it.frames if f.function is function and f.instance is instance]
    return len({*outer, frame.forks}) > budget.UNSURE_RECURSION


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


def bind_arguments(
    it: Interpreter, function: Function, args: list[Value], kwargs: dict[str, Value], *, open_: bool
) -> dict[str, Value]:
    """The local variables that a call starts with.

    `open_`: the caller is a root that may pass more keyword arguments; a rate among the defaults stays open.
    """
    spec = function.node.args
    names = [a.arg for a in spec.posonlyargs + spec.args]
    out: dict[str, Value] = dict(zip(names, args, strict=False))
    if spec.vararg is not None:
        out[spec.vararg.arg] = tuple(args[len(names) :])
    elif len(args) > len(names):
        raise Raised(
            "TypeError",
            None,
            f"{function.name}() takes {len(names)} positional arguments but {len(args)} were given",
        )
    extra: dict[str, Value] = OpenDict() if open_ else {}
    allowed = set(names) | {a.arg for a in spec.kwonlyargs}
    for key, value in kwargs.items():
        if key in allowed:
            out[key] = value
        elif spec.kwarg is not None or not branches.may_be_absent(value):
            extra[key] = value
    if spec.kwarg is not None:
        out[spec.kwarg.arg] = extra
    elif extra and not open_:
        raise Raised(
            "TypeError", None, f"{function.name}() got an unexpected keyword argument '{next(iter(extra))}'"
        )
    fill_defaults(it, function, names, out, open_=open_)
    return out


def fill_defaults(
    it: Interpreter, function: Function, names: list[str], out: dict[str, Value], *, open_: bool
) -> None:
    spec = function.node.args
    first = len(names) - len(function.defaults)
    for index, name in enumerate(names):
        if name not in out:
            if index < first:
                out[name] = missing(it, function, name, open_=open_)
            else:
                out[name] = default(it, function, name, function.defaults[index - first], open_=open_)
    for argument in spec.kwonlyargs:
        if argument.arg not in out:
            if argument.arg in function.keyword_defaults:
                out[argument.arg] = default(
                    it, function, argument.arg, function.keyword_defaults[argument.arg], open_=open_
                )
            else:
                out[argument.arg] = missing(it, function, argument.arg, open_=open_)


def missing(it: Interpreter, function: Function, name: str, *, open_: bool) -> Value:
    """A required argument that the call does not give; where it hands on a root's keyword arguments, the
    caller of the root does.
    """
    if open_ and it.symbolic:
        owner = function.owner.name if function.owner else function.name
        return it.assume.get(name, Unknown(f"the argument {name} of {owner}", text=name))
    raise Raised("TypeError", None, f"{function.name}() missing a required argument: '{name}'")


def default(it: Interpreter, function: Function, name: str, value: Value, *, open_: bool) -> Value:
    """A parameter's default, or what the user assumes of it, or a symbol where the caller is open."""
    if it.assume:
        owner = function.owner.name if function.owner else function.name
        for key in (f"{owner}.{name}", name):
            if key in it.assume:
                return it.assume[key]
    if not (open_ and it.symbolic):
        return value
    if value is None and "float" in annotation(function, name):
        given = literal_test(f"{name} is None", True)
        found: Value = Choice(((given.when_true, None), (given.when_false, Symbol(name, 0.0))))
    else:
        found = opened(it, name, value)
    if found is not value:
        note_parameter(it, function, name, repr(value))
    return found


def annotation(function: Function, name: str) -> str:
    """The text of a parameter's annotation."""
    node = argument_node(function, name)
    return ast.unparse(node.annotation) if node is not None and node.annotation is not None else ""


def note_unused_result(it: Interpreter, node: ast.expr, value: Value, frame: Frame) -> None:
    """A dropout whose result nobody keeps, and that does not work in place, does nothing."""
    from orderlint.source.values import Tensor

    if not isinstance(node, ast.Call) or type(value) is not Tensor:
        return
    value.storage.writer = None  # a statement of its own: the in-place change is meant
    if len(value.producers) != 1:
        return
    (producer,) = value.producers
    last = it.graph.nodes[producer]
    if last.kind == "dropout" and producer == len(it.graph.nodes) - 1 and not last.attrs.get("inplace"):
        last.attrs["result_used"] = False
        it.fact("dropout_result_unused", last.name, last.op, last.used)


def owner_class(function: Function) -> Class | None:
    return function.owner


def instance_of(value: Value) -> Instance | None:
    return value if type(value) is Instance else None


__all__ = ["ABSENT", "define", "run", "yield_value"]
