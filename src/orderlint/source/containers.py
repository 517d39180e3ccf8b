"""Lists, dictionaries, sets and conversions, for containers that hold abstract values."""

from __future__ import annotations

import collections
from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from orderlint.source import budget
from orderlint.source.branches import choose, lift
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
    Tensor,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Method = Callable[["Interpreter", Any, list[Value], dict[str, Value]], Value]
Constructor = Callable[["Interpreter", list[Value], dict[str, Value]], Value]


def method(instance: Value, name: str) -> Method | None:
    """The handler of a container's method; None where Python's own will do."""
    if isinstance(instance, list):
        return LIST.get(name)
    if isinstance(instance, dict):
        return DICT.get(name)
    if isinstance(instance, (set, frozenset)):
        return SET.get(name)
    return None


# ---- lists -------------------------------------------------------------------------------------------------


def append(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    if len(self) < budget.SIZE:
        self.append(args[0])
    return None


def extend(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    items = it.iterate(args[0])
    it.touch(self)
    if items is None:
        from orderlint.source.iteration import element

        items = [element(it, args[0])]
    added = list(items)
    if len(self) + len(added) <= budget.SIZE:
        self.extend(added)
    return None


def insert(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    if isinstance(args[0], int):
        self.insert(args[0], args[1])
    else:
        self.append(args[1])
    return None


def pop(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    index = it.default_of(args[0]) if args else -1
    if not isinstance(index, int) or not -len(self) <= index < len(self):
        if isinstance(index, int):
            raise Raised("IndexError", None, "pop index out of range")
        return Unknown("an element at an unknown place")
    return self.pop(index)


def remove(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    try:
        self.remove(args[0])
    except ValueError as error:
        raise Raised("ValueError", None, str(error)) from error
    return None


def sort(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    from orderlint.source.builtin_functions import sorted_

    it.touch(self)
    result = sorted_(it, [self], kwargs)
    if isinstance(result, list):
        self[:] = result
    return None


def reverse(it: Interpreter, self: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    self.reverse()
    return None


def clear(it: Interpreter, self: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    self.clear()
    return None


def copy(it: Interpreter, self: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return OpenDict(self) if type(self) is OpenDict else self.copy()


LIST: dict[str, Method] = {
    "append": append,
    "extend": extend,
    "insert": insert,
    "pop": pop,
    "remove": remove,
    "sort": sort,
    "reverse": reverse,
    "clear": clear,
    "copy": copy,
}


# ---- dictionaries ------------------------------------------------------------------------------------------


def get(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    default = args[1] if len(args) > 1 else kwargs.get("default")
    return found(it, self, it.default_of(args[0]), default)


def found(it: Interpreter, self: dict[Value, Value], key: Value, default: Value) -> Value:
    """`self.get(key, default)`, also for keys that are unknown or that only some branches set."""
    if isinstance(key, Unknown):
        return choose_any(it, [*self.values(), default])
    if type(key) is Choice:
        return lift(it, key, lambda k: found(it, self, k, default))
    try:
        value = self.get(key, ABSENT)
    except TypeError:
        return default
    if value is ABSENT:
        return open_default(it, self, key, default)
    if type(value) is Choice:
        return choose([(c, default if v is ABSENT else v) for c, v in value.options])
    return value


def open_default(it: Interpreter, self: dict[Value, Value], key: Value, default: Value) -> Value:
    from orderlint.source.functions import symbol

    if isinstance(key, str) and key in it.assume and type(self) is OpenDict:
        return it.assume[key]
    return symbol(str(key), default) if type(self) is OpenDict and it.symbolic else default


def choose_any(it: Interpreter, values: list[Value]) -> Value:
    from orderlint.source.subscripts import any_element

    return any_element(it, values)


def pop_key(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    key = it.default_of(args[0])
    if key in self:
        it.touch(self)
        value = self.pop(key)
        default = args[1] if len(args) > 1 else None
        return (
            choose([(c, default if v is ABSENT else v) for c, v in value.options])
            if type(value) is Choice
            else value
        )
    if len(args) > 1:
        return open_default(it, self, key, args[1])
    if type(self) is OpenDict:
        return Unknown(f"the keyword argument {key}")
    raise Raised("KeyError", None, repr(key)[:80])


def set_default(
    it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]
) -> Value:
    default = args[1] if len(args) > 1 else None
    if args[0] not in self:
        it.touch(self)
        self[args[0]] = (
            default if not isinstance(self, OpenDict) else open_default(it, self, args[0], default)
        )
    return self[args[0]]


def update(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    for other in args:
        other = it.resolve(other)
        if isinstance(other, dict):
            self.update(other)
        elif not isinstance(other, (Unknown, Choice)):
            self.update(make_dict(it, [other], {}))
    self.update(kwargs)
    return None


def items(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    from orderlint.source.iteration import with_presence
    from orderlint.source.statements import presence, without_absent

    out = []
    for key, value in list(self.items()):
        value = it.resolve(value)
        if value is ABSENT:
            continue
        inner = without_absent(value) if presence(value) is not None else value
        out.append(with_presence((key, inner), value))
    return out


def keys(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    from orderlint.source.iteration import present_keys

    if any(type(v) is Choice for v in self.values()):
        return present_keys(self)
    return self.keys()


def values(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    return [v for v in (it.resolve(v) for v in self.values()) if v is not ABSENT]


def from_keys(it: Interpreter, args: list[Value]) -> Value:
    found_keys = it.iterate(args[0])
    return (
        dict.fromkeys(found_keys, args[1] if len(args) > 1 else None)
        if found_keys is not None
        else Unknown("a dictionary")
    )


DICT: dict[str, Method] = {
    "get": get,
    "pop": pop_key,
    "setdefault": set_default,
    "update": update,
    "items": items,
    "keys": keys,
    "values": values,
    "clear": clear,
    "copy": copy,
}


def add(it: Interpreter, self: set[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    try:
        self.add(args[0])
    except TypeError:
        return None
    return None


SET: dict[str, Method] = {"add": add, "clear": clear}


# ---- conversions -------------------------------------------------------------------------------------------


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
            out = OpenDict(value) if OpenDict in (type(value), type(out)) else kind(value)
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
    from orderlint.source.statements import presence, without_absent

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
    if isinstance(value, Instance) and value.cls.find("__str__") is not ABSENT:
        return it.call(it.getattr(value, "__str__"), [])
    if isinstance(value, BaseException):
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
