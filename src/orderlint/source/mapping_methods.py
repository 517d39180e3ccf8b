"""What `collections.abc.Mapping` and `MutableMapping` add to a class that derives from them."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING

from orderlint.source.values import ABSENT, Instance, Native, Raised, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter

    Method = Callable[[Interpreter, Instance, list[Value]], Value]


def method(value: Instance, name: str) -> Value:
    """The mixin method of this name, bound; ABSENT where the class derives from no abstract mapping."""
    made = METHODS.get(name)
    hosts = (b for c in value.cls.mro for b in c.bases if isinstance(b, type))
    if made is None or not any(issubclass(b, collections.abc.Mapping) and b is not dict for b in hosts):
        return ABSENT
    return Native(name, lambda it, args, kwargs: made(it, value, [*args, *kwargs.values()]), binds=False)


def keys(it: Interpreter, value: Instance, _: list[Value]) -> list[Value]:
    return list(it.iterate(value) or ())


def values(it: Interpreter, value: Instance, _: list[Value]) -> list[Value]:
    return [it.getitem(value, key) for key in keys(it, value, [])]


def items(it: Interpreter, value: Instance, _: list[Value]) -> list[Value]:
    return [(key, it.getitem(value, key)) for key in keys(it, value, [])]


def get(it: Interpreter, value: Instance, args: list[Value]) -> Value:
    """`get(key, default=None)`, and `__contains__` through it."""
    try:
        return it.getitem(value, args[0])
    except Raised as raised:
        if raised.name not in ("KeyError", "IndexError"):
            raise
        return args[1] if len(args) > 1 else None


def contains(it: Interpreter, value: Instance, args: list[Value]) -> Value:
    return get(it, value, [args[0], ABSENT]) is not ABSENT


def update(it: Interpreter, value: Instance, args: list[Value]) -> None:
    other = args[0] if args else {}
    pairs = (
        other.items() if isinstance(other, dict) else items(it, other, []) if type(other) is Instance else ()
    )
    for key, new in list(pairs):
        it.setitem(value, key, new)


def setdefault(it: Interpreter, value: Instance, args: list[Value]) -> Value:
    found = get(it, value, [args[0], ABSENT])
    if found is ABSENT:
        found = args[1] if len(args) > 1 else None
        it.setitem(value, args[0], found)
    return found


METHODS: dict[str, Method] = {
    "keys": keys,
    "values": values,
    "items": items,
    "get": get,
    "__contains__": contains,
    "update": update,
    "setdefault": setdefault,
}
