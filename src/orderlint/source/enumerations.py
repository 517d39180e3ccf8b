"""Enumerations: the members of a class that derives from `enum.Enum`, and the call of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source.values import (
    ABSENT,
    Class,
    ClassMethod,
    External,
    Function,
    Instance,
    Native,
    Property,
    Raised,
    StaticMethod,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter

NAMES = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
NO_MEMBERS = (Function, Property, StaticMethod, ClassMethod, Native, Class)


def fill(it: Interpreter, cls: Class) -> None:
    """Make the members of an enumeration."""
    members: dict[str, Value] = {}
    base = next((b for c in cls.mro for b in c.bases if isinstance(b, type)), None)
    for key, value in list(cls.namespace.items()):
        if key.startswith("_") or isinstance(value, NO_MEMBERS):
            continue
        if isinstance(value, Unknown):  # `enum.auto()`
            value = len(members) + 1
        member = Instance(cls, {"name": key, "value": value, "_value_": value, "_name_": key})
        if base is not None and isinstance(value, base):
            member.attrs["__host__"] = value
        if cls.find("__init__") is not ABSENT and isinstance(value, tuple):
            it.call(it.getattr(member, "__init__"), list(value))
        members[key] = member
        cls.namespace[key] = member
    if members:
        cls.namespace["__members__"] = members


def call(it: Interpreter, cls: Class, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`Colour(1)`: the member of this value; of a class without members, the functional form."""
    if "__members__" not in cls.namespace and (len(args) > 1 or "names" in kwargs):
        return made(it, [cls], args, kwargs)
    for member in cls.namespace.get("__members__", {}).values():
        if args and (
            member is args[0] or (member.attrs["value"] == args[0] and not isinstance(args[0], Unknown))
        ):
            return member
    if args and isinstance(args[0], Unknown):
        return args[0]
    missing = cls.find("_missing_")
    if args and isinstance(missing, ClassMethod):
        found = it.call(missing.function, [cls, args[0]])
        if found is not None:
            return found
    raise Raised("ValueError", None, f"no such member of {cls.name}")


def made(it: Interpreter, bases: list[Value], args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`Enum("Colour", "red green")`: a class of members by names, pairs or a dictionary of values."""
    from orderlint.source.classes import make

    names = args[1] if len(args) > 1 else kwargs.get("names")
    name = args[0] if args else kwargs.get("value")
    members = listed(it, names, kwargs.get("start", 1))
    if members is None or not isinstance(name, str):
        return Unknown("an enumeration of unknown members")
    host = kwargs.get("type")
    module = it.frames[-1].module.name
    return make(it, name, module, [*([host] if isinstance(host, type) else []), *bases], members)


def listed(it: Interpreter, names: Value, start: Value) -> dict[str, Value] | None:
    """The names and values that the functional form states, None where they are not known."""
    names = it.resolve(names)
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if isinstance(names, dict):
        return dict(names) if all(isinstance(name, str) for name in names) else None
    items = it.iterate(names) if names is not None else None
    if items is None or not isinstance(start, int):
        return None
    members: dict[str, Value] = {}
    for item in items:
        pair = item if isinstance(item, (tuple, list)) else (item, start + len(members))
        if len(pair) != 2 or not isinstance(pair[0], str):
            return None
        members[pair[0]] = pair[1]
    return members


def functional(name: str) -> Callable[[Interpreter, list[Value], dict[str, Value]], Value]:
    """The handler of a call of one of the classes of enum."""
    return lambda it, args, kwargs: made(it, [External(name)], args, kwargs)


__all__ = ["NAMES", "call", "fill", "functional"]
