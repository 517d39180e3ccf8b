"""Attributes of functions, bound methods and partials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import build_records, python_frames, standard_library
from orderlint.source.values import (
    Bound,
    Function,
    Native,
    NativeMethod,
    Partial,
    Raised,
    TensorMethod,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter


def descriptor(function: Function) -> Native:
    """`f.__get__(object, class)`: the bound method; of a class alone the function."""

    def get(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        return Bound(function, args[0]) if args and args[0] is not None else function

    return Native("__get__", get, binds=False)


SPECIAL: dict[str, Callable[[Function], Value]] = {
    "__name__": lambda function: function.name,
    "__qualname__": lambda function: function.qualname,
    "__module__": lambda function: function.module.name,
    "__doc__": lambda function: None,
    "__dict__": lambda function: function.attrs,
    "__get__": descriptor,
    "__code__": python_frames.code_of,
    "__defaults__": lambda function: tuple(function.defaults) or None,
    "__kwdefaults__": lambda function: dict(function.keyword_defaults) or None,
}


UNSET = frozenset({"__wrapped__", "__isabstractmethod__", "__self__", "__func__"})
"""What only decorators and binding give a function."""


def function(it: Interpreter, value: Function, name: str) -> Value:
    if it.recordings and (name in value.attrs or name.endswith("defaults__")):
        for held in (value.attrs.get(name), *value.defaults, *value.keyword_defaults.values()):
            build_records.note(it, held)
    if name in value.attrs:
        return value.attrs[name]
    if name in UNSET:
        raise Raised("AttributeError", None, f"'function' object has no attribute '{name}'")
    if name == "__dict__":
        it.expose(value.attrs)
    found = SPECIAL.get(name)
    return Unknown(f"attribute {name} of a function") if found is None else found(value)


def bound(it: Interpreter, value: Bound, name: str) -> Value:
    if name == "__self__":
        return value.instance
    return value.function if name == "__func__" else it.getattr(value.function, name)


def partial(it: Interpreter, value: Partial, name: str) -> Value:
    if name == "func":
        return value.function
    if name == "args":
        return tuple(value.args)
    if name == "keywords":
        return value.kwargs
    raise Raised("AttributeError", None, f"'functools.partial' object has no attribute '{name}'")


def native(it: Interpreter, value: Native | NativeMethod | TensorMethod, name: str) -> Value:
    if name in ("__name__", "__qualname__"):
        return value.name
    known = standard_library.SPECIAL.get(f"{value.name}.{name}")
    return Unknown(f"attribute {name} of a function") if known is None else known


__all__ = ["bound", "function", "native", "partial"]
