"""Structural keys: two constructions with the same key give the same layers in the same order, but for sizes
and depths.

A library file has dozens of factories that differ in widths and depths alone. Their graphs have the same
places and
the same paths between them, so one stands for all.
"""

from __future__ import annotations

from orderlint.source.values import (
    Bound,
    Class,
    External,
    Function,
    Instance,
    Native,
    Partial,
    Symbol,
    Tensor,
    Unknown,
    Value,
)

DEPTH = 8
"""Levels of nested containers that take part in a key; what lies deeper is told apart by identity."""


def key_of(cls: Class, args: list[Value], kwargs: dict[str, Value], open_: bool) -> object:
    """The key of `cls(*args, **kwargs)`."""
    return (
        id(cls),
        open_,
        tuple(part(a, 0) for a in args),
        tuple(sorted((k, part(v, 0)) for k, v in kwargs.items())),
    )


def part(value: Value, depth: int) -> str:
    """A value's share in a key: numbers above 1 count as one, sequences as the set of what they hold."""
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, (int, float)):
        return (
            repr(value)
            if value in (0, 1, -1)
            else "n"
            if isinstance(value, int)
            else "x"
            if value > 1
            else "r"
        )
    if depth > DEPTH:
        return f"@{id(value)}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ",".join(sorted({part(v, depth + 1) for v in value})) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{k}:{part(v, depth + 1)}" for k, v in value.items())) + "}"
    if type(value) is Symbol:
        return f"${value.text}"
    if isinstance(value, Unknown):
        return f"?{value.text or value.reason}"
    return reference(value, depth)


def reference(value: Value, depth: int) -> str:
    """A function, class or object in a key."""
    if isinstance(value, (Class, Function)):
        return f"{value.qualname}@{id(value)}" if value.qualname == "<lambda>" else value.qualname
    if isinstance(value, Partial):
        inside = [part(v, depth + 1) for v in (value.function, value.args, value.kwargs)]
        return f"partial({','.join(inside)})"
    if isinstance(value, (Native, External)):
        return value.name
    if isinstance(value, Bound):
        return f"{part(value.function, depth + 1)}.{part(value.instance, depth + 1)}"
    if isinstance(value, Instance) and "_modules" not in value.attrs:
        return f"{value.cls.qualname}({part(value.attrs, depth + 1)})"
    if isinstance(value, Tensor):
        return "tensor"
    return f"@{id(value)}"
