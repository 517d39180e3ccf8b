"""An ONNX model as one flat program: operators in an order they can run in, joined by values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onnx import ValueInfoProto

Scalar: TypeAlias = "bool | int | float | str"

PHI = "phi"
"""Operator type of a value that comes from one of several places: branches of an If, rounds of a Loop."""

RESULT = "result"
"""Operator type of the reader of the model's results."""

PLAIN = frozenset({"", "ai.onnx"})
"""The domain of ONNX's own operators, by its two names."""


class Role(IntEnum):
    """What a value carries. Joined values carry the highest of their roles."""

    CONSTANT = 0  # parameters, constants, shapes, and whatever is computed from them
    RANDOM = 1  # noise that depends on no data
    CUT = 2  # indices, masks, labels: computed from data, but no longer a feature map
    DATA = 3


@dataclass(frozen=True, slots=True)
class Constant:
    """What is known of a constant: its shape, its elements (None: unknown), the value all of them have."""

    dims: tuple[int | None, ...] | None = None
    elements: tuple[Scalar | None, ...] | None = None
    fill: Scalar | None = None

    @property
    def number(self) -> float | None:
        """The value of every element, if it is a number."""
        return None if isinstance(self.fill, str) or self.fill is None else float(self.fill)

    @property
    def integers(self) -> tuple[int, ...] | None:
        """The elements, if all are known integers."""
        if self.elements is None or not all(isinstance(each, int) for each in self.elements):
            return None
        return tuple(int(each) for each in self.elements if each is not None)


UNKNOWN = Constant()


def constant(dims: tuple[int | None, ...] | None, elements: tuple[Scalar | None, ...] | None) -> Constant:
    """A constant, with `fill` worked out."""
    if not elements:
        return Constant(dims, elements)
    first = elements[0]
    return Constant(dims, elements, first if all(each == first for each in elements) else None)


@dataclass(slots=True, eq=False)
class Value:
    """A tensor: what makes it, what reads it, what it carries, and its value or shape if it is a constant."""

    name: str
    producer: Operator | None = None
    uses: list[Operator] = field(default_factory=list)
    role: Role = Role.DATA
    constant: Constant = UNKNOWN
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_data(self) -> bool:
        return self.role is Role.DATA

    @property
    def only_use(self) -> Operator | None:
        """The operator that reads its content, if there is just one; others may read its type and shape."""
        found = None
        for use in self.uses:
            if use.reads_content(self) and use is not found:
                if found is not None:
                    return None
                found = use
        return found


ABSENT = Value("", role=Role.CONSTANT)
"""Stands for an optional argument of a function that a call leaves out."""


@dataclass(slots=True, eq=False)
class Operator:
    """One application of an operator; the domain of ONNX's own operators is "".

    Functions are inlined, and bodies stand where they run.
    """

    index: int
    op_type: str
    domain: str
    version: int
    name: str
    inputs: list[Value | None]
    outputs: list[Value]
    attributes: dict[str, object]
    metadata: Mapping[str, str]

    def input(self, position: int) -> Value | None:
        return self.inputs[position] if position < len(self.inputs) else None

    def attribute(self, name: str, default: object = None) -> object:
        return self.attributes.get(name, default)

    def constant(self, position: int) -> Constant:
        """The constant at an input, unknown where there is none."""
        value = self.input(position)
        return value.constant if value is not None and value.role is Role.CONSTANT else UNKNOWN

    def number(self, position: int) -> float | None:
        return self.constant(position).number

    @property
    def data(self) -> list[Value]:
        """The inputs that carry data, in order."""
        return [value for value in self.inputs if value is not None and value.is_data]

    def reads_content(self, value: Value) -> bool:
        """Whether data flows from a value through this operator."""
        if self.plain_type == "CastLike" and self.inputs[0] is not value:
            return False
        return self.op_type == RESULT or any(output.is_data for output in self.outputs)

    @property
    def plain_type(self) -> str:
        """The operator type if it is one of ONNX's own, else ""."""
        return "" if self.domain else self.op_type


@dataclass(slots=True, eq=False)
class Program:
    """The whole model: its last operator, of type `RESULT`, reads its results."""

    operators: list[Operator] = field(default_factory=list)
    inputs: list[Value] = field(default_factory=list)
    opaque_calls: list[str] = field(default_factory=list)
    shapes: dict[str, ValueInfoProto] = field(default_factory=dict)

    def dims(self, value: Value) -> tuple[int | None, ...] | None:
        """The shape of a value, if it is a constant or the file states it."""
        if value.constant.dims is None and value.name in self.shapes:
            value.constant = Constant(stated_dims(self.shapes[value.name]))
        return value.constant.dims

    @property
    def outputs(self) -> list[Value]:
        return [value for value in self.operators[-1].inputs if value is not None]


def stated_dims(info: ValueInfoProto) -> tuple[int | None, ...] | None:
    """The shape that a file states for a tensor; None for sizes that it leaves open."""
    if not info.type.HasField("tensor_type") or not info.type.tensor_type.HasField("shape"):
        return None
    return tuple(
        each.dim_value if each.HasField("dim_value") else None for each in info.type.tensor_type.shape.dim
    )
