"""`isinstance` and `issubclass`."""

from __future__ import annotations

import collections
import collections.abc
import types
from typing import TYPE_CHECKING

from orderlint.source.branches import lift
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Bound,
    Choice,
    Class,
    ClassMethod,
    Dims,
    External,
    Function,
    Instance,
    Iteration,
    Native,
    NativeMethod,
    Partial,
    Property,
    Sequence,
    StaticMethod,
    Symbol,
    TensorMethod,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

TENSORS = frozenset(
    {"torch.Tensor", "torch.FloatTensor", "torch.nn.Parameter", "torch.nn.parameter.Parameter"}
)
MADE_BY: dict[str, type] = {
    "functools.partial": Partial,
    "property": Property,
    "staticmethod": StaticMethod,
    "classmethod": ClassMethod,
}
FUNCTIONS = (Function, Bound, Native, NativeMethod, TensorMethod)
CALLABLE = (*FUNCTIONS, Partial, External)
PROTOCOLS: dict[type, tuple[str, ...]] = {
    collections.abc.Iterable: ("__iter__",),
    collections.abc.Iterator: ("__iter__", "__next__"),
    collections.abc.Reversible: ("__iter__", "__reversed__"),
    collections.abc.Sized: ("__len__",),
    collections.abc.Container: ("__contains__",),
    collections.abc.Collection: ("__len__", "__iter__", "__contains__"),
    collections.abc.Callable: ("__call__",),  # type: ignore[dict-item]
    collections.abc.Hashable: (),
}
"""Abstract classes that an object belongs to by the methods it has, and those methods."""

TYPING: dict[str, type] = {
    "typing.List": list,
    "typing.Dict": dict,
    "typing.Tuple": tuple,
    "typing.Set": set,
    "typing.FrozenSet": frozenset,
    "typing.Type": type,
    "typing.Text": str,
    "typing.OrderedDict": collections.OrderedDict,
    "typing.DefaultDict": collections.defaultdict,
    "typing.Deque": collections.deque,
    "typing.Counter": collections.Counter,
}
"""The classes that aliases of typing stand for in `isinstance`."""


def is_instance(it: Interpreter, value: Value, cls: Value) -> Value:
    """`isinstance(value, cls)`: True, False, or unknown."""
    value, cls = it.resolve(value), it.resolve(cls)
    if isinstance(cls, (tuple, list)):
        return any_of([is_instance(it, value, c) for c in cls])
    if type(cls) is types.UnionType:
        return any_of([is_instance(it, value, c) for c in cls.__args__])
    if type(value) is Choice:
        return lift(it, value, lambda v: is_instance(it, v, cls))
    if type(cls) is Choice:
        return lift(it, cls, lambda c: is_instance(it, value, c))
    if value is None and type(cls) is Unknown:  # only `object` and the type of None would do
        return False
    if type(value) is Unknown or type(cls) is Unknown:
        return Unknown("isinstance of an unknown value", data=isinstance(value, Unknown) and value.data)
    if type(cls) is Class:
        made_by = value.cls if type(value) is Instance else value.meta if type(value) is Class else None
        return made_by is not None and made_by.is_subclass(cls)
    if type(value) is Class and cls is type:
        return True
    if type(cls) is Native and cls.name in MADE_BY:
        return type(value) is MADE_BY[cls.name]
    if isinstance(cls, External):
        return of_external(it, value, cls)
    if isinstance(cls, type):
        return of_host(it, value, cls)
    return Unknown("isinstance of an unknown class")


def any_of(results: list[Value]) -> Value:
    if any(r is True for r in results):
        return True
    return next((r for r in results if r is not False), False)


def of_external(it: Interpreter, value: Value, cls: External) -> Value:
    if cls.name in TENSORS:
        return type(value) is Tensor and (value.parameter or "Parameter" not in cls.name)
    if type(value) is Tensor:
        return False
    if cls.name in ("enum.EnumMeta", "enum.EnumType"):
        return type(value) is Class and value.enum
    if cls.name.startswith("enum.") and type(value) is Instance:
        return value.cls.enum
    if cls.name in ("torch.Size",):
        return type(value) is Dims
    if cls.name.startswith("typing."):
        host = TYPING.get(cls.name) or getattr(collections.abc, cls.name.removeprefix("typing."), None)
        return of_host(it, value, host) if host is not None else Unknown("isinstance of a typing construct")
    return False


def of_host(it: Interpreter, value: Value, cls: type) -> Value:
    if type(value) is Instance:
        if any(isinstance(b, type) and issubclass(b, cls) for c in value.cls.mro for b in c.bases):
            return True
        if cls in PROTOCOLS:
            return all(has_method(value, method) for method in PROTOCOLS[cls])
        return cls is object
    return of_host_value(value, cls)


def has_method(value: Instance, name: str) -> bool:
    """Whether an object's class defines a method; every module can be called."""
    return value.cls.find(name) is not ABSENT or (name == "__call__" and "_modules" in value.attrs)


def of_host_value(value: Value, cls: type) -> Value:
    if type(value) is Symbol:
        value = value.default
    if isinstance(value, (Test,)) or value is TRAINING or value is NOT_TRAINING:
        return cls in (bool, int, object)
    if isinstance(value, Dims):
        return cls in (tuple, object, collections.abc.Sequence, collections.abc.Iterable)
    if isinstance(value, Sequence):
        return (
            Unknown("isinstance of a sequence of unknown length")
            if cls is tuple
            else cls in (list, collections.abc.Sequence, collections.abc.Iterable)
        )
    if isinstance(value, CALLABLE):
        return cls in (collections.abc.Callable, object, types.FunctionType) or (
            isinstance(value, External) and cls is type
        )
    if isinstance(value, Class):
        return cls in (type, object, collections.abc.Callable)
    if isinstance(value, Iteration):
        return cls in (collections.abc.Iterable, collections.abc.Iterator, collections.abc.Generator, object)
    if isinstance(value, Tensor):
        return cls in (object, collections.abc.Iterable)
    try:
        return isinstance(value, cls)
    except TypeError:
        return Unknown("isinstance of an odd class")


def is_subclass(it: Interpreter, cls: Value, parent: Value) -> Value:
    """`issubclass(cls, parent)`."""
    cls, parent = it.resolve(cls), it.resolve(parent)
    if isinstance(parent, tuple):
        return any_of([is_subclass(it, cls, p) for p in parent])
    if type(cls) is Class and type(parent) is Class:
        return cls.is_subclass(parent)
    if isinstance(cls, type) and isinstance(parent, type):
        return issubclass(cls, parent)
    if type(cls) is Class and isinstance(parent, type):
        return parent is object or any(
            isinstance(b, type) and issubclass(b, parent) for c in cls.mro for b in c.bases
        )
    if type(cls) is Unknown or type(parent) is Unknown:
        return Unknown("issubclass of an unknown class")
    return False
