"""Arithmetic on small constant tensors of known elements, as constructors do it to lay out widths and
depths.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

from orderlint.source.tensors import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.values import Value
from itertools import pairwise

MAXIMUM = 4_096
"""Elements of a constant tensor that is computed with; longer ones are constants of unknown value."""

Number = int | float

BINARY: dict[str, Callable[[Number, Number], Number]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "truediv": operator.truediv,
    "true_divide": operator.truediv,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "subtract": operator.sub,
    "floordiv": operator.floordiv,
    "floor_divide": operator.floordiv,
    "pow": operator.pow,
    "mod": operator.mod,
    "remainder": operator.mod,
    "maximum": max,
    "minimum": min,
}
UNARY: dict[str, Callable[[Number], Number]] = {
    "neg": operator.neg,
    "log": math.log,
    "log2": math.log2,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "abs": abs,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "square": lambda x: x * x,
    "detach": lambda x: x,
    "cpu": lambda x: x,
    "to": lambda x: x,
    "clone": lambda x: x,
    "contiguous": lambda x: x,
    "flatten": lambda x: x,
}
WHOLE: dict[str, Callable[[list[Number]], list[Number]]] = {
    "sum": lambda v: [sum(v)],
    "prod": lambda v: [math.prod(v)],
    "cumsum": lambda v: [sum(v[: i + 1]) for i in range(len(v))],
    "unique": lambda v: sorted(set(v)),
    "max": lambda v: [max(v)],
    "min": lambda v: [min(v)],
    "mean": lambda v: [sum(v) / len(v)],
    "flip": lambda v: v[::-1],
    "diff": lambda v: [b - a for a, b in pairwise(v)],
    "sort": sorted,
}


def fold(leaf: str, bound: dict[str, Value]) -> list[Number] | None:
    """The elements of an operator's result, or None where they are not known."""
    name = leaf.strip("_")
    if name.startswith("r") and name[1:] in BINARY and leaf.startswith("__"):
        swapped = list(bound.values())[::-1]
        return _binary(name[1:], swapped)
    operands = [v for k, v in bound.items() if k in ("self", "input", "other", "exponent")]
    try:
        if name in BINARY and len(operands) == 2:
            return _binary(name, operands)
        values = _numbers(operands[0]) if operands else None
        if values is None:
            return None
        if name in UNARY:
            return [UNARY[name](v) for v in values]
        if name in WHOLE and values:
            return WHOLE[name](values)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return None


def _binary(name: str, operands: list[Value]) -> list[Number] | None:
    left, right = _numbers(operands[0]), _numbers(operands[1])
    if left is None or right is None:
        return None
    if len(left) == 1:
        left = left * len(right)
    if len(right) == 1:
        right = right * len(left)
    if len(left) != len(right):
        return None
    try:
        return [BINARY[name](a, b) for a, b in zip(left, right, strict=True)]
    except (ArithmeticError, ValueError, TypeError):
        return None


def _numbers(value: Value) -> list[Number] | None:
    if isinstance(value, (int, float)):
        return [value]
    if type(value) is Tensor and value.data is not None and len(value.data) <= MAXIMUM:
        return value.data if all(isinstance(v, (int, float)) for v in value.data) else None
    return None


def unique_with_counts(bound: dict[str, Value]) -> tuple[Tensor, Tensor] | None:
    """`torch.unique(x, return_counts=True)` of known elements."""
    values = _numbers(bound.get("input", bound.get("self")))
    if values is None or bound.get("return_inverse") is True:
        return None
    found = sorted(set(values))
    return Tensor(rank=1, data=list(found)), Tensor(rank=1, data=[values.count(v) for v in found])
