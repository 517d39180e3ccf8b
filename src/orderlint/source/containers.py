"""Lists, dictionaries, sets and conversions, for containers that hold abstract values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orderlint.source import budget, conversions, paths
from orderlint.source.branches import choose, lift
from orderlint.source.values import (
    ABSENT,
    Choice,
    OpenDict,
    Raised,
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
    if isinstance(instance, paths.SourcePath):
        return paths.METHODS.get(name)
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
    from orderlint.source.builtin_iteration import sorted_

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
    return OpenDict(self) if it.is_open(self) else self.copy()


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
    from orderlint.source.open_parameters import opened

    if isinstance(key, str) and key in it.assume and it.is_open(self):
        return it.assume[key]
    return opened(it, str(key), default) if it.is_open(self) and it.symbolic else default


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
    if it.is_open(self):
        return Unknown(f"the keyword argument {key}")
    if any(type(k) is Unknown for k in self):
        return Unknown("an element of a dictionary of unknown keys")
    raise Raised("KeyError", None, repr(key)[:80])


def set_default(
    it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]
) -> Value:
    default = args[1] if len(args) > 1 else None
    if args[0] not in self:
        it.touch(self)
        self[args[0]] = open_default(it, self, args[0], default) if it.is_open(self) else default
    return self[args[0]]


def update(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    it.touch(self)
    for other in args:
        other = it.resolve(other)
        if isinstance(other, dict):
            self.update(other)
            if it.is_open(other):
                it.opened[id(self)] = self
        elif not isinstance(other, (Unknown, Choice)):
            self.update(conversions.make_dict(it, [other], {}))
    self.update(kwargs)
    return None


def items(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    if id(self) in it.uncounted:
        return Unknown("items of a dictionary that a loop of unknown length fills")
    from orderlint.source.iteration import presence, with_presence, without_absent

    out = []
    for key, value in list(self.items()):
        value = it.resolve(value)
        if value is ABSENT:
            continue
        inner = without_absent(value) if presence(value) is not None else value
        out.append(with_presence((key, inner), value))
    return out


def keys(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    if id(self) in it.uncounted:
        return Unknown("keys of a dictionary that a loop of unknown length fills")
    from orderlint.source.iteration import present_keys

    if any(type(v) is Choice for v in self.values()):
        return present_keys(self)
    return self.keys()


def values(it: Interpreter, self: dict[Value, Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    if id(self) in it.uncounted:
        return Unknown("values of a dictionary that a loop of unknown length fills")
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
