"""Python's own builtins, types and pure standard-library functions, run for real on concrete values from an
allow-list.
"""

from __future__ import annotations

import ast
import collections
import collections.abc
import inspect
import itertools
import math
import operator
import types
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from orderlint.source import (
    build_records,
    builtin_functions,
    containers,
    conversions,
    module_intrinsics,
    paths,
    sizes,
    standard_library,
    text_patterns,
)
from orderlint.source.branches import lift
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Bound,
    Choice,
    Class,
    Dims,
    External,
    Function,
    Instance,
    Iteration,
    Native,
    NativeMethod,
    OpenDict,
    Partial,
    Raised,
    Sequence,
    Symbol,
    TensorMethod,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter


@dataclass(frozen=True, slots=True, eq=False)
class HostModule:
    """A module of the standard library, of which the allow-listed names are run for real."""

    name: str


BUILTINS: dict[str, Value] = builtin_functions.TABLE
INTRINSICS: dict[str, Value] = module_intrinsics.INTRINSICS


class VersionInfo(NamedTuple):
    """`sys.version_info` of the run that is followed."""

    major: int
    minor: int
    micro: int
    releaselevel: str
    serial: int


EXTERNAL_CONSTANTS: dict[str, Value] = {
    "torch.pi": math.pi,
    "torch.inf": math.inf,
    "torch.__version__": "2.13.0",
    "torch.version.cuda": None,
    "torch.version.hip": None,
    "numpy.pi": math.pi,
    "numpy.inf": math.inf,
    "sys.version_info": VersionInfo(3, 11, 7, "final", 0),
    "sys.maxsize": 2**63 - 1,
    "sys.platform": "linux",
    "os.sep": "/",
    "typing.TYPE_CHECKING": False,
    "typing_extensions.TYPE_CHECKING": False,
}
ABSTRACT = (Unknown, Tensor, Choice, Sequence, Dims, Test)
SAFE_METHODS = frozenset(
    {"__len__", "__contains__", "__getitem__", "__iter__", "__next__", "__add__", "__eq__", "__setitem__"}
)
OPERATORS: dict[Any, type[ast.operator]] = {
    operator.add: ast.Add,
    operator.sub: ast.Sub,
    operator.mul: ast.Mult,
    operator.truediv: ast.Div,
    operator.floordiv: ast.FloorDiv,
    operator.pow: ast.Pow,
    operator.mod: ast.Mod,
    operator.matmul: ast.MatMult,
}
PLAIN = (bool, int, float, complex, str, bytes, type(None))
PLAIN_TYPES = frozenset(PLAIN)


def is_plain(value: Value) -> bool:
    """Whether a value and everything in it is a constant of Python."""
    return isinstance(value, PLAIN) or (_plain(value) if not sizes.weighs_more(value, sizes.TEXT) else False)


def _plain(value: Value) -> bool:
    if isinstance(value, PLAIN):
        return True
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_plain, value))
    return isinstance(value, dict) and all(map(_plain, value.values()))


def module(name: str) -> Value:
    """The stand-in of a standard-library module; None for modules that have none."""
    if name in standard_library.ALLOWED or any(k.startswith(f"{name}.") for k in standard_library.SPECIAL):
        return HostModule(name)
    return None


NUMPY_SCALARS: dict[str, Callable[[Any], Native]] = {
    "astype": lambda number: Native("astype", lambda it, args, _: cast_number(args[0], number), binds=False),
    "item": lambda number: Native("item", lambda it, args, _: number, binds=False),
    "tolist": lambda number: Native("tolist", lambda it, args, _: number, binds=False),
}
"""What a number has that NumPy computed (it stands for itself here)."""


def cast_number(kind: Value, number: Any) -> Value:
    """`number.astype(int)`, of Python's types or by NumPy's names."""
    name = kind.__name__ if isinstance(kind, type) else getattr(kind, "name", kind)
    name = str(name).rpartition(".")[2]
    return int(number) if name.startswith(("int", "uint", "long")) else float(number)


def get_attribute(it: Interpreter, value: Value, name: str) -> Value:
    """An attribute of a Python value: a method of a container, a field, or an allow-listed name of a
    module.
    """
    if type(value) is HostModule:
        found = module_attribute(value, name)
        if it.recordings:
            build_records.note(it, found)
        return found
    if isinstance(value, type):
        return type_attribute(value, name)
    if type(value) is Iteration and not name.startswith("__"):
        raise Raised("AttributeError", None, f"'generator' object has no attribute '{name}'")
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        if name in ("__name__", "__qualname__"):
            return value.__name__
        return Unknown(f"attribute {name} of a function")
    if value is None and name not in ("__class__", "__doc__"):
        raise Raised("AttributeError", None, f"'NoneType' object has no attribute '{name}'")
    if name == "__class__":
        return type(value)
    if name.startswith("_") and name not in SAFE_METHODS and name not in ("_replace", "_asdict", "_fields"):
        raise Raised("AttributeError", None, f"'{type(value).__name__}' object has no attribute '{name}'")
    if isinstance(value, (int, float)) and name in NUMPY_SCALARS:
        return NUMPY_SCALARS[name](value)
    if isinstance(value, (types.SimpleNamespace, tuple)):
        found = getattr(value, name, ABSENT)
        if found is not ABSENT and not callable(found):
            return found
    if not hasattr(value, name) and containers.method(value, name) is not None:
        return NativeMethod(value, name)
    if not hasattr(value, name):
        raise Raised("AttributeError", None, f"'{type(value).__name__}' object has no attribute '{name}'")
    found = getattr(value, name)
    return NativeMethod(value, name) if callable(found) and not isinstance(found, type) else found


def module_attribute(value: HostModule, name: str) -> Value:
    full = f"{value.name}.{name}"
    if full in EXTERNAL_CONSTANTS:
        return EXTERNAL_CONSTANTS[full]
    if full in standard_library.SPECIAL:
        return standard_library.SPECIAL[full]
    allowed = standard_library.ALLOWED.get(value.name)
    if allowed is not None and (name in allowed or "*" in allowed) and not name.startswith("_"):
        return standard_library.member(value.name, name)
    sub = module(full)
    return sub if sub is not None else External(full)


def type_attribute(value: type, name: str) -> Value:
    if name in ("__name__", "__qualname__"):
        return value.__name__
    if name == "__module__":
        return value.__module__
    if value is paths.SourcePath and f"pathlib.Path.{name}" in standard_library.SPECIAL:
        return standard_library.SPECIAL[f"pathlib.Path.{name}"]
    if value is dict and name == "fromkeys":
        return Native("dict.fromkeys", lambda it, args, _: containers.from_keys(it, args), binds=False)
    if name == "_fields" or not name.startswith("_"):
        found = getattr(value, name, ABSENT)
        if isinstance(found, (tuple, *PLAIN)) or (value is inspect.Parameter and name == "empty"):
            return found
        if found is not ABSENT:
            return Native(name, lambda it, args, kwargs: unbound(it, value, name, args, kwargs), binds=False)
    if name in ("__init__", "__new__", "__setattr__"):
        return Native(name, lambda it, args, kwargs: None, binds=False)
    raise Raised("AttributeError", None, f"type object '{value.__name__}' has no attribute '{name}'")


def unbound(it: Interpreter, cls: type, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`str.lower(x)`, `Fraction.from_float(x)`: a method taken from a type."""
    if args and isinstance(args[0], cls):
        return call_method(it, args[0], name, args[1:], kwargs)
    return call_host(it, getattr(cls, name), args, kwargs)


def call_type(it: Interpreter, cls: type, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call a Python type: a conversion, a container, an exception."""
    handler = conversions.TYPES.get(cls)
    if handler is not None:
        return handler(it, args, kwargs)
    if issubclass(cls, BaseException):
        return cls(*[a if is_plain(a) else "…" for a in args])
    if cls is collections.defaultdict:
        factory = callback(it, args[0]) if args else None
        return collections.defaultdict(factory, *[dict(a) for a in args[1:] if isinstance(a, dict)])
    if hasattr(cls, "_fields") and issubclass(cls, tuple):
        try:
            return cls(*args, **kwargs)
        except TypeError as error:
            raise Raised("TypeError", None, str(error)) from error
    if cls in (collections.deque, types.SimpleNamespace, collections.ChainMap, types.MappingProxyType):
        return guarded_call(cls, [materialise(it, a) for a in args], kwargs)
    return call_host(it, cls, args, kwargs)


def callback(it: Interpreter, value: Value) -> Callable[..., Any] | None:
    """A function of the interpreted program as one that Python can call."""
    if value is None:
        return None
    return lambda *args, **kwargs: it.call(value, list(args), kwargs)


def materialise(it: Interpreter, value: Value) -> Value:
    return list(value.items) if type(value) is Iteration else value


def call_host(
    it: Interpreter, function: Callable[..., Any], args: list[Value], kwargs: dict[str, Value]
) -> Value:
    """Call a Python function on concrete arguments; an abstract argument makes the result unknown."""
    if function in OPERATORS and len(args) == 2:
        from orderlint.source.arithmetic import binary

        return binary(it, OPERATORS[function](), args[0], args[1])
    if not kwargs and PLAIN_TYPES.issuperset(map(type, args)):
        return guarded_call(function, args, kwargs)
    values = [it.resolve(a) for a in args]
    keywords = {k: it.resolve(v) for k, v in kwargs.items()}
    for index, value in enumerate(values):
        if type(value) is Choice:
            return lift(
                it,
                value,
                partial(_call_with, it, function, values, index, keywords),
            )
    if any(isinstance(v, ABSTRACT) for v in [*values, *keywords.values()]):
        data = any(isinstance(v, Tensor) or getattr(v, "data", False) for v in values)
        return Unknown(f"{getattr(function, '__name__', 'a function')} of an unknown value", bool(data))
    symbols = [v for v in [*values, *keywords.values()] if type(v) is Symbol]
    if function in CALLING:
        values = [callback(it, v) if callable_object(v) else v for v in values]
        keywords = {k: callback(it, v) if callable_object(v) else v for k, v in keywords.items()}
    result = guarded_call(
        function, [concrete(it, v) for v in values], {k: concrete(it, v) for k, v in keywords.items()}
    )
    if symbols and isinstance(result, (int, float)) and not isinstance(result, bool):
        return Symbol(" + ".join(dict.fromkeys(s.text for s in symbols)), result)
    return result


_ENDING = (itertools.takewhile, itertools.dropwhile, itertools.filterfalse)
CALLING = frozenset((itertools.groupby, itertools.starmap, itertools.accumulate, *_ENDING))
"""Types of Python that call what they are given, later on."""


def callable_object(value: Value) -> bool:
    """Whether a value is an object of the program that can be called."""
    return type(value) is Instance and value.cls.find("__call__") is not ABSENT


def _call_with(
    it: Interpreter,
    function: Callable[..., Any],
    values: list[Value],
    index: int,
    keywords: dict[str, Value],
    value: Value,
) -> Value:
    return call_host(it, function, [*values[:index], value, *values[index + 1 :]], keywords)


def concrete(it: Interpreter, value: Value) -> Value:
    """An argument as Python takes it."""
    if type(value) is Symbol:
        return value.default
    if isinstance(value, (Function, Bound, Native, Partial, NativeMethod, Class, External, TensorMethod)):
        return callback(it, value)
    if isinstance(value, types.BuiltinFunctionType) and value in OPERATORS:
        return callback(it, value)
    if isinstance(value, Iteration):
        return value.items
    if isinstance(value, Instance):
        items = None
        if value.cls.find("__iter__") is not ABSENT:
            items = it.iterate(value)
        return list(items) if items is not None else value
    return value


def guarded_call(function: Callable[..., Any], args: list[Value], kwargs: dict[str, Value]) -> Value:
    if sizes.huge(function, args, kwargs):
        return Unknown("a value too big to compute")
    try:
        return function(*map(sizes.limited, args), **kwargs)
    except Raised:
        raise
    except (MemoryError, RecursionError):
        return Unknown("a computation too big to follow")
    except Exception as error:
        raise Raised(type(error).__name__, error, str(error)[:200]) from error


def call_method(
    it: Interpreter, instance: Value, name: str, args: list[Value], kwargs: dict[str, Value]
) -> Value:
    """Call a method of a Python value; containers of abstract values have methods of their own."""
    handler = containers.method(instance, name)
    if handler is not None:
        return handler(it, instance, args, kwargs)
    if isinstance(instance, (dict, list)) and (name, len(args)) in ELEMENT_METHODS:
        return ELEMENT_METHODS[name, len(args)](it, instance, *args)
    if isinstance(instance, (str, bytes)):
        return string_method(it, instance, name, args, kwargs)
    if isinstance(instance, int) and sizes.huge_text("", name, args, kwargs):
        return Unknown("a value too big to compute")
    if isinstance(instance, (list, dict, set, collections.deque)):
        it.touch(instance)
    return call_host(it, getattr(instance, name), args, kwargs)


ELEMENT_METHODS: dict[tuple[str, int], Callable[..., Value]] = {
    ("__getitem__", 1): lambda it, container, key: it.getitem(container, key),
    ("__setitem__", 2): lambda it, container, key, value: it.setitem(container, key, value),
}
"""What a class that derives from `dict` or `list` calls by `super()`."""


def string_method(
    it: Interpreter, instance: str | bytes, name: str, args: list[Value], kwargs: dict[str, Value]
) -> Value:
    values = [materialise(it, a) for a in args]
    if name == "join" and values and not is_plain(list(it.iterate(values[0]) or [None])):
        return Unknown("a joined string")
    if (
        name in ("format", "format_map")
        and isinstance(instance, str)
        and (sizes.wide_format(instance) or "._" in instance or "[" in instance)
    ):
        return Unknown("a formatted string")
    if sizes.huge_text(instance, name, values, kwargs):
        return Unknown("a text too long to build")
    if name == "format" and not (is_plain(values) and is_plain(kwargs)):
        return text_patterns.filled(instance, text_patterns.BRACES)
    return call_host(it, getattr(instance, name), values, kwargs)


__all__ = [
    "BUILTINS",
    "INTRINSICS",
    "OpenDict",
    "call_host",
    "call_method",
    "call_type",
    "get_attribute",
    "is_plain",
    "module",
]
