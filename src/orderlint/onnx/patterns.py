"""Layers that exporters take apart into several operators, put together again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from orderlint.onnx.provenance import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orderlint.onnx.program import Operator, Program, Value


@dataclass(slots=True, eq=False)
class Layer:
    """Several operators that are one layer.

    `op` is the operator they stand for, without a version since no schema is in force; `main` the one whose
    name and origin the layer has; `reads` the values it takes, `gives` the one it makes.
    """

    kind: str
    op: str
    main: Operator
    reads: tuple[Value, ...]
    gives: Value
    operators: tuple[Operator, ...]
    attrs: dict[str, object] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Where the layer stands in the program."""
        return max(operator.index for operator in self.operators)


Pattern: TypeAlias = "Callable[[Operator, Found], Layer | None]"


@dataclass(slots=True, eq=False)
class Found:
    """The layers put together so far, by the indices of their last and of all their operators.

    `inner_dropouts`: rate and mode of a dropout that belongs to the recurrent layer at an index.
    """

    program: Program
    layers: dict[int, Layer] = field(default_factory=dict)
    taken: dict[int, Layer] = field(default_factory=dict)
    inner_dropouts: dict[int, dict[str, object]] = field(default_factory=dict)

    def add(self, layer: Layer) -> None:
        """Note a layer; one that contains others replaces them."""
        for operator in layer.operators:
            replaced = self.taken.get(operator.index)
            if replaced is not None:
                self.layers.pop(replaced.last, None)
            self.taken[operator.index] = layer
        self.layers[layer.last] = layer

    def layer_of(self, operator: Operator) -> Layer | None:
        return self.taken.get(operator.index)

    def is_free(self, operators: Iterable[Operator]) -> bool:
        return all(operator.index not in self.taken for operator in operators)


TRANSPARENT = frozenset({"Identity", "Cast", "CastLike"})
"""Operators that a pattern looks through."""


def source(value: Value) -> Value:
    """The value before casts and copies."""
    while value.producer is not None and value.producer.plain_type in TRANSPARENT and value.producer.data:
        value = value.producer.data[0]
    return value


def scaled_by_constant(operator: Operator) -> Value | None:
    """The one operand that carries data, of an operator that combines it with constants."""
    data = operator.data
    simple = operator.plain_type in ("Add", "Sub", "Mul", "Div", *TRANSPARENT)
    return data[0] if simple and len(data) == 1 else None


def constant_factor(operator: Operator) -> float | None:
    """What an operator multiplies its data by, if it does nothing else and the factor is known."""
    data = operator.data
    if operator.plain_type not in ("Mul", "Div") or len(data) != 1 or len(operator.inputs) != 2:
        return None
    if operator.plain_type == "Div":
        divisor = operator.number(1)
        return 1.0 / divisor if divisor and operator.inputs[0] is data[0] else None
    left, right = operator.number(0), operator.number(1)
    return right if left is None else left


def other_operand(operator: Operator, value: Value) -> Value | None:
    """The operand of a binary operator beside `value`."""
    if len(operator.inputs) != 2 or value not in operator.inputs:
        return None
    return operator.inputs[1 if operator.inputs[0] is value else 0]


def inner_operators(candidates: Iterable[Operator], core: Iterable[Operator]) -> tuple[Operator, ...]:
    """The core, and those candidates whose results nothing outside reads."""
    inside = {operator.index: operator for operator in core}
    for operator in sorted(candidates, key=lambda each: -each.index):
        if all(use.index in inside for value in operator.outputs for use in value.uses):
            inside[operator.index] = operator
    return tuple(inside[index] for index in sorted(inside))


def scope_of(operator: Operator) -> str:
    """The module an operator stands in, as its metadata or its name says."""
    origin = origin_of(operator.metadata)
    return origin.module if origin.module is not None else operator.name.rpartition("/")[0]


def close(left: float | None, right: float, tolerance: float = 1e-3) -> bool:
    return left is not None and abs(left - right) <= tolerance * max(abs(right), 1e-9)
