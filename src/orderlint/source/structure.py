"""Structural keys: two constructions with the same key give the same layers in the same order, but for sizes
and depths.

A library file has dozens of factories that differ in widths and depths alone. Their graphs have the same
places and
the same paths between them, so one stands for all.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orderlint.source.open_parameters import OpenInteger
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    Bound,
    Choice,
    Class,
    External,
    Function,
    Instance,
    LazyImport,
    Native,
    Partial,
    PythonModule,
    Symbol,
    Test,
    Unknown,
    Value,
)

DEPTH = 8
"""Levels of nested containers that take part in a key; what lies deeper is told apart by identity."""


@dataclass(slots=True, eq=False)
class Structure:
    """The key of a construction. `kept`: what the key tells apart by identity, which must live as long as the
    key does, for the identity of what is gone is given to something else."""

    key: object = None
    kept: list[Value] = field(default_factory=list)

    @staticmethod
    def of(module: Instance, args: list[Value], kwargs: dict[str, Value], open_: bool) -> Structure:
        """The structure of a module that is about to be initialised with these arguments."""
        made = Structure(kept=[module.cls])
        made.key = (
            id(module.cls),
            open_,
            module.condition,
            module.in_forward,
            tuple(made.part(a) for a in args),
            tuple(sorted((k, made.part(v)) for k, v in kwargs.items())),
        )
        return made

    def part(self, value: Value, depth: int = 0) -> str:
        """A value's share in a key: numbers above 1 count as one, sequences as the set of what they hold."""
        if value is None or isinstance(value, (bool, str)):
            return repr(value)
        if isinstance(value, OpenInteger):
            return f"#{value.text}"
        if isinstance(value, (int, float)):
            return number(value)
        if depth > DEPTH:
            return self.identity(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            return "[" + ",".join(sorted({self.part(v, depth + 1) for v in value})) + "]"
        if isinstance(value, dict):
            return "{" + ",".join(sorted(f"{k}:{self.part(v, depth + 1)}" for k, v in value.items())) + "}"
        return self.reference(value, depth)

    def reference(self, value: Value, depth: int) -> str:
        """A function, class, object or value that is not known in a key."""
        match value:
            case Symbol():
                return f"${value.text}"
            case Unknown():
                return f"?{value.text or value.reason}"
            case Test():
                return f"?{value.when_true}"
            case Choice():
                return "|".join(f"{c}:{self.part(v, depth + 1)}" for c, v in value.options)
            case Class():
                return value.qualname
            case Function():
                nested = value.scope.kind == "function" or value.qualname == "<lambda>"
                return self.identity(value) if nested else f"{value.module.name}.{value.qualname}"
            case Partial():
                inside = [self.part(v, depth + 1) for v in (value.function, value.args, value.kwargs)]
                return f"partial({','.join(inside)})"
            case Native() | External() | PythonModule():
                return value.name
            case LazyImport():
                return f"{value.module}.{value.name}"
            case Bound():
                return f"{self.part(value.function, depth + 1)}.{self.part(value.instance, depth + 1)}"
            case Instance() if "_modules" not in value.attrs:
                return f"{value.cls.qualname}({self.part(value.attrs, depth + 1)})"
            case Tensor():
                return "tensor"
        return self.identity(value)

    def identity(self, value: Value) -> str:
        """What nothing but itself is equal to."""
        self.kept.append(value)
        return f"@{id(value)}"


def number(value: float) -> str:
    """A number's share in a key: 0 and 1 switch things off and on, others are sizes and rates."""
    if value in (0, 1, -1):
        return repr(value)
    return "n" if isinstance(value, int) else "x" if value > 1 else "r"
