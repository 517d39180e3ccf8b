"""Conversions: list, tuple, set, dict, numbers, text, type, range, slice."""

from __future__ import annotations

import collections
from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from orderlint.source import paths
from orderlint.source.branches import choose, lift
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Choice,
    Class,
    Dims,
    External,
    Function,
    Instance,
    Iteration,
    OpenDict,
    Raised,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Method = Callable[["Interpreter", Any, list[Value], dict[str, Value]], Value]

Constructor = Callable[["Interpreter", list[Value], dict[str, Value]], Value]


def make_list(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if not args:
        return it.born([])
    value = it.resolve(args[0])
    if isinstance(value, Dims) and value.rank is None:
        return Sequence(Unknown("a size of a tensor", data=True))
    found_items = it.iterate(value)
    if found_items is None:
        if isinstance(value, Sequence):
            return value
        from orderlint.source.iteration import element

        return Sequence(element(it, value))
    made: list[Value] = it.born(list(found_items))
    return made


def make_tuple(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    made = make_list(it, args, kwargs)
    return tuple(made) if isinstance(made, list) else made


def make_set(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    made = make_list(it, args, kwargs)
    try:
        return set(made) if isinstance(made, list) else Unknown("a set")
    except TypeError:
        return Unknown("a set of unhashable values")


def make_dict(it: Interpreter, args: list[Value], kwargs: dict[str, Value], kind: type = dict) -> Value:
    out = OpenDict() if type(kwargs) is OpenDict else kind()
    if args:
        value = it.resolve(args[0])
        if isinstance(value, dict):
            out = OpenDict(value) if it.is_open(value) or type(out) is OpenDict else kind(value)
        elif isinstance(value, (MappingProxyType, collections.ChainMap)):
            out.update(value)
        elif isinstance(value, Instance) and value.cls.find("keys") is not ABSENT:
            for key in it.iterate(it.call(it.getattr(value, "keys"), [])) or []:
                out[key] = it.getitem(value, key)
        else:
            fill(it, out, it.iterate(value))
    out.update(kwargs)
    return it.born(out)


def fill(it: Interpreter, out: dict[Value, Value], pairs: Any) -> None:
    """Add key-value pairs; a pair that only some branches have makes a value that may be absent."""
    from orderlint.source.iteration import presence, without_absent

    for pair in pairs or []:
        test = presence(pair)
        inner = it.resolve(without_absent(pair)) if test is not None else it.resolve(pair)
        known = it.iterate(inner)
        if known is None:
            continue
        key, value = ([*list(known), None, None])[:2]
        if test is not None:
            value = choose([(test.when_true, value), (test.when_false, ABSENT)])
        try:
            out[it.default_of(key)] = value
        except TypeError:
            continue


def number(convert: type) -> Constructor:
    """`int(x)`, `float(x)`, `complex(x)`."""

    def construct(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if not args:
            return convert()
        value = it.resolve(args[0])
        if type(value) is Choice:
            return lift(it, value, lambda v: construct(it, [v, *args[1:]], kwargs))
        if type(value) is Symbol:
            return (
                Symbol(value.text, convert(value.default))
                if isinstance(value.default, (int, float))
                else value
            )
        if type(value) is Tensor and value.data is not None and len(value.data) == 1:
            return construct(it, value.data, {})
        if isinstance(value, (Unknown, Tensor, Test, Sequence, Dims)) or value in (TRAINING, NOT_TRAINING):
            return Unknown(
                f"{convert.__name__} of an unknown value",
                getattr(value, "data", True) is not False,
                getattr(value, "text", None),
            )
        if isinstance(value, Instance):
            host = value.attrs.get("value") if value.cls.enum else value.attrs.get("__host__")
            value = host if host is not None else 0
        if isinstance(value, str) and len(value) > 4_000:
            return Unknown("a number of many digits")
        try:
            return convert(value, *args[1:])
        except (TypeError, ValueError, OverflowError) as error:
            raise Raised(type(error).__name__, None, str(error)) from error

    return construct


def boolean(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if not args:
        return False
    value = it.resolve(args[0])
    return (
        value
        if value is TRAINING or value is NOT_TRAINING or isinstance(value, Unknown)
        else it.truth(value, "bool")
    )


def string(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if not args:
        return ""
    value = it.resolve(args[0])
    if type(value) is Choice:
        return lift(it, value, lambda v: string(it, [v], kwargs))
    from orderlint.source.hosts import is_plain

    if is_plain(value):
        try:
            return str(value)
        except ValueError:
            return Unknown("a number of many digits")
    if type(value) is Class:
        return f"<class '{value.qualname}'>"
    if isinstance(value, Instance) and value.cls.find("__str__") is not ABSENT:
        return it.call(it.getattr(value, "__str__"), [])
    if isinstance(value, (BaseException, paths.SourcePath)):
        return str(value)
    return Unknown("the text of a value")


def type_(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if len(args) == 3:
        from orderlint.source import classes

        namespace = args[2] if isinstance(args[2], dict) else {}
        return classes.make(
            it, str(args[0]), "", list(args[1]) if isinstance(args[1], tuple) else [], dict(namespace)
        )
    value = it.resolve(args[0])
    if type(value) is Choice:
        return lift(it, value, lambda v: type_(it, [v], {}))
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Tensor):
        return External("torch.Tensor")
    if isinstance(value, (Unknown, Dims, Sequence, Test)):
        return Unknown("the type of an unknown value")
    if isinstance(value, Symbol):
        return type(value.default)
    if isinstance(value, Class):
        return type
    return type(value) if not isinstance(value, (Function, Iteration)) else Unknown("the type of a function")


def _range_with(it: Interpreter, bounds: list[Value], index: int, value: Value) -> Value:
    return range_(it, [*bounds[:index], value, *bounds[index + 1 :]], {})


def range_(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    bounds = [it.default_of(it.resolve(a)) for a in args]
    for index, bound in enumerate(bounds):
        if type(bound) is Choice:
            return lift(it, bound, partial(_range_with, it, bounds, index))
        if type(bound) is Tensor and bound.data is not None and len(bound.data) == 1:
            bounds[index] = bound.data[0]
    if not all(isinstance(b, int) for b in bounds):
        if any(isinstance(b, float) for b in bounds):
            raise Raised("TypeError", None, "'float' object cannot be interpreted as an integer")
        return Sequence(Unknown("an index", data=True))
    try:
        return range(*bounds)
    except (TypeError, ValueError) as error:
        raise Raised(type(error).__name__, None, str(error)) from error


def slice_(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return slice(*args)


TYPES: dict[type, Constructor] = {
    list: make_list,
    tuple: make_tuple,
    set: make_set,
    frozenset: make_set,
    dict: make_dict,
    collections.OrderedDict: lambda it, args, kwargs: make_dict(it, args, kwargs, collections.OrderedDict),
    int: number(int),
    float: number(float),
    complex: number(complex),
    bool: boolean,
    str: string,
    type: type_,
    range: range_,
    slice: slice_,
    object: lambda it, args, kwargs: Instance(Class("object", "object", "builtins", (), {})),
}
