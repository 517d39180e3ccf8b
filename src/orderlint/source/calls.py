"""Calls: what happens when a value is called, by the type of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import classes, hosts, importing, layers, operators, remembered, stated_layers
from orderlint.source.branches import given_on_path, lift
from orderlint.source.definitions import definition_of
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    UNSETTLED,
    Bound,
    Choice,
    Class,
    ClassMethod,
    Dims,
    External,
    Function,
    Instance,
    Native,
    NativeMethod,
    OpenDict,
    Partial,
    PythonModule,
    Raised,
    Sequence,
    StaticMethod,
    Super,
    Symbol,
    TensorMethod,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


def call(
    it: Interpreter,
    function: Value,
    args: list[Value],
    kwargs: dict[str, Value] | None = None,
    *,
    open_: bool = False,
) -> Value:
    """Call a value; what cannot be called gives `Unknown` (through a node of its own if tensors go in)."""
    kind = type(function)
    if kind in UNSETTLED:
        function = it.resolve(function)
        kind = type(function)
    if not kwargs:
        kwargs = {} if kwargs is None else kwargs
    elif kind is not Choice:
        kwargs = given_on_path(it, kwargs)
    handler = TABLE.get(kind)
    if handler is None:
        if isinstance(function, type):
            return hosts.call_type(it, function, args, OpenDict(kwargs) if open_ else kwargs)
        if callable(function):
            return hosts.call_host(it, function, args, kwargs)
        raise Raised("TypeError", None, f"{type(function).__name__} is not callable")
    return handler(it, function, args, kwargs, open_)


def bound(it: Interpreter, value: Bound, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Value:
    return call(it, value.function, [value.instance, *args], kwargs, open_=open_)


def native(it: Interpreter, value: Native, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Value:
    if open_:
        kwargs = OpenDict(kwargs)
    return value.call(it, args, kwargs)


def partial(
    it: Interpreter, value: Partial, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    merged = {**value.kwargs, **kwargs}
    return it.call(
        value.function, [*value.args, *args], merged, open_=open_ or type(value.kwargs) is OpenDict
    )


def class_(it: Interpreter, value: Class, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Value:
    if it.importer.user_layers and not classes.is_module(value):
        kind = layers.stated_kind(it, value)
        if kind is not None:
            return stated_layers.call(it, value.qualname, kind, args, kwargs)
    return classes.instantiate(it, value, args, kwargs, open_=open_)


def instance(
    it: Interpreter, value: Instance, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    method = value.cls.find("__call__")
    if classes.is_module(value.cls):
        if type(method) is Function and not method.module.library:  # a class that wraps its own call
            return it.call(method, [value, *args], kwargs, open_=open_)
        return layers.call_module(it, value, args, kwargs)
    if method is ABSENT:
        raise Raised("TypeError", None, f"'{value.cls.name}' object is not callable")
    return it.call(it.getattr(value, "__call__"), args, kwargs, open_=open_)


def unwrap(
    it: Interpreter,
    value: StaticMethod | ClassMethod,
    args: list[Value],
    kwargs: dict[str, Value],
    open_: bool,
) -> Value:
    return it.call(value.function, args, kwargs, open_=open_)


def external(
    it: Interpreter, value: External, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    if value.name in it.importer.user_layers:
        return stated_layers.call(it, value.name, it.importer.user_layers[value.name], args, kwargs)
    return operators.apply(it, value.name, args, kwargs, found=value.found)


def tensor_method(
    it: Interpreter, value: TensorMethod, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    return operators.apply(it, f"torch.Tensor.{value.name}", [value.tensor, *args], kwargs)


def native_method(
    it: Interpreter, value: NativeMethod, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    return hosts.call_method(it, value.instance, value.name, args, kwargs)


def choice(it: Interpreter, value: Choice, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Value:
    """Call every option under its condition; what each changed is joined, as after a branch."""
    from orderlint.source import branches
    from orderlint.source.truth import between_test

    options = [(c, v) for c, v in value.options if v is not ABSENT]
    if len(options) != 2:
        return lift(it, value, lambda v: it.call(v, args, kwargs, open_=open_))
    (when, first), (otherwise, second) = options
    test = between_test([when], [otherwise], "")
    frame = it.frames[-1]
    forked = branches.fork(
        it,
        test,
        lambda: it.call(first, args, kwargs, open_=open_),
        lambda: it.call(second, args, kwargs, open_=open_),
        frame.scope,
        values=True,
    )
    left, right = forked.then, forked.other
    if isinstance(left, Raised):
        if isinstance(right, Raised):
            raise left
        return right
    return left if isinstance(right, Raised) else branches.join(when, left, otherwise, right)


def unknown(it: Interpreter, value: Value, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Value:
    """An unknown function: tensors that go in come out through a node of kind `other`."""
    reason = getattr(value, "reason", f"call of {type(value).__name__}")
    return operators.opaque(it, "?", args, kwargs, reason)


def tensor(it: Interpreter, value: Tensor, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Value:
    """A method of an input that is a record of tensors (`batch.items()`): more of the same."""
    if not value.sources():
        raise Raised("TypeError", None, "'Tensor' object is not callable")
    return Tensor(value.sources())


def not_callable(
    it: Interpreter, value: Value, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    raise Raised("TypeError", None, f"{type(value).__name__} is not callable")


def module(
    it: Interpreter, value: PythonModule, args: list[Value], kwargs: dict[str, Value], open_: bool
) -> Value:
    """A module cannot be called; but its package may bind its name to a function, which is then what was
    meant.
    """
    parent, _, name = value.name.rpartition(".")
    package = it.load_module(parent) if parent else None
    found = importing.variable(it, package, name) if package is not None else ABSENT
    if found is ABSENT or isinstance(found, PythonModule):
        raise Raised("TypeError", None, "'module' object is not callable")
    return it.call(found, args, kwargs, open_=open_)


def zero_argument_super(it: Interpreter, frame: Frame) -> Value:
    """`super()`: the class that the running method was defined in, and its first argument."""
    current: Frame | None = frame
    if frame.function is None or frame.function.owner is None:
        inside = (f for f in reversed(it.frames) if f.function is not None and f.function.owner is not None)
        current = next(inside, frame)
    if current is None or current.function is None or current.function.owner is None:
        raise Raised("RuntimeError", None, "super(): no class")
    spec = definition_of(current.function.node)
    first = current.scope.variables.get(spec.positional[0]) if spec.positional else None
    if first is None and spec.rest is not None:
        packed = current.scope.variables.get(spec.rest)
        first = packed[0] if isinstance(packed, tuple) and packed else None
    return Super(current.function.owner, first)


TABLE: dict[type, Callable[[Interpreter, Value, list[Value], dict[str, Value], bool], Value]] = {
    Function: remembered.run,
    Bound: bound,
    Native: native,
    Partial: partial,
    Class: class_,
    Instance: instance,
    StaticMethod: unwrap,
    ClassMethod: unwrap,
    External: external,
    TensorMethod: tensor_method,
    NativeMethod: native_method,
    Choice: choice,
    Unknown: unknown,
    Tensor: tensor,
    Symbol: not_callable,
    Sequence: unknown,
    Dims: unknown,
    PythonModule: module,
    Super: not_callable,
    type(None): not_callable,
    int: not_callable,
    str: not_callable,
    bool: not_callable,
}
