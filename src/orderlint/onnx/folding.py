"""The values of small constants, computed through the operators between them and their use."""

from __future__ import annotations

import math
import operator as python
from typing import TYPE_CHECKING

from orderlint.onnx.attributes import INTEGER_NAMES, INTEGER_TYPES, MOST_ELEMENTS
from orderlint.onnx.program import UNKNOWN, Constant, constant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orderlint.onnx.program import Operator, Scalar

LARGEST_INTEGER = 2**63
"""ONNX integers have 64 bits; a larger one here only means that folding has left the real computation."""


def fold(operator: Operator) -> Constant:
    """The result of an operator whose inputs are all constants, as far as it is known."""
    evaluate = EVALUATORS.get(operator.plain_type)
    if evaluate is None:
        return UNKNOWN
    try:
        return evaluate(operator)
    except (ArithmeticError, ValueError, TypeError):
        return UNKNOWN  # odd operands, such as a division by zero: the value stays unknown


def is_integer_cast(operator: Operator) -> bool:
    """Whether a Cast turns features into indices or masks."""
    to = operator.attribute("to")
    return to in INTEGER_NAMES if isinstance(to, str) else to in INTEGER_TYPES


def _constant(operator: Operator) -> Constant:
    for value in operator.attributes.values():
        if isinstance(value, Constant):
            return value
        if isinstance(value, tuple):
            return constant((len(value),), value) if 0 < len(value) <= MOST_ELEMENTS else UNKNOWN
        if isinstance(value, int | float | str):
            return constant((), (value,))
    return UNKNOWN


def _same(operator: Operator) -> Constant:
    return operator.constant(0)


def _cast(operator: Operator) -> Constant:
    source = operator.constant(0)
    if source.elements is None or not is_integer_cast(operator):
        return source
    return constant(source.dims, tuple(each if each is None else int(each) for each in source.elements))


def _unary(compute: Callable[[float], Scalar]) -> Callable[[Operator], Constant]:
    def evaluate(operator: Operator) -> Constant:
        source = operator.constant(0)
        known = source.number
        fill = None if known is None else compute(known)
        elements = None if source.elements is None else tuple(_applied(compute, e) for e in source.elements)
        return Constant(source.dims, elements, fill)

    return evaluate


def _applied(compute: Callable[[float], Scalar], element: Scalar | None) -> Scalar | None:
    return None if element is None or isinstance(element, str) else compute(element)


def _binary(compute: Callable[[float, float], Scalar]) -> Callable[[Operator], Constant]:
    def evaluate(operator: Operator) -> Constant:
        left, right = operator.constant(0), operator.constant(1)
        pairs = _broadcast(left, right)
        dims = left.dims if left.dims == right.dims or right.dims in ((), (1,)) else None
        dims = right.dims if left.dims in ((), (1,)) else dims
        if pairs is not None:
            return constant(dims, tuple(_bounded(compute, *pair) for pair in pairs))
        if left.number is not None and right.number is not None:
            return Constant(dims, fill=_bounded(compute, left.fill, right.fill))
        return Constant(dims)

    return evaluate


def _broadcast(left: Constant, right: Constant) -> list[tuple[Scalar | None, Scalar | None]] | None:
    """The pairs of elements, where the shapes are equal or one side is a scalar."""
    if left.elements is None or right.elements is None:
        return None
    if left.dims == right.dims:
        return list(zip(left.elements, right.elements, strict=True))
    if len(right.elements) == 1:
        return [(each, right.elements[0]) for each in left.elements]
    if len(left.elements) == 1:
        return [(left.elements[0], each) for each in right.elements]
    return None


def _bounded(
    compute: Callable[[float, float], Scalar], left: Scalar | None, right: Scalar | None
) -> Scalar | None:
    if left is None or right is None or isinstance(left, str) or isinstance(right, str):
        return None
    result = compute(left, right)
    return result if isinstance(result, float | str) or abs(result) < LARGEST_INTEGER else None


def _divide(left: float, right: float) -> Scalar:
    whole = isinstance(left, int) and isinstance(right, int)
    return math.trunc(left / right) if whole else left / right


def _power(left: float, right: float) -> Scalar:
    return float(left) ** float(right) if left >= 0 else UNREAL


UNREAL = float("nan")


def _reshape(operator: Operator) -> Constant:
    """Reshape, Squeeze, Unsqueeze, Flatten: the elements stay; they are taken for a vector."""
    source = operator.constant(0)
    size = None if source.elements is None else len(source.elements)
    return Constant(None if size is None else (size,), source.elements, source.fill)


def _squeeze(operator: Operator) -> Constant:
    source = operator.constant(0)
    return Constant((), source.elements, source.fill) if source.dims == (1,) else _reshape(operator)


def _transpose(operator: Operator) -> Constant:
    source = operator.constant(0)
    order = operator.attribute("perm")
    if source.dims is None:
        return Constant(fill=source.fill)
    if not isinstance(order, tuple):
        order = tuple(reversed(range(len(source.dims))))
    if sorted(order) != list(range(len(source.dims))):
        return Constant(fill=source.fill)
    return Constant(tuple(source.dims[axis] for axis in order), fill=source.fill)


def _concat(operator: Operator) -> Constant:
    parts = [operator.constant(index) for index in range(len(operator.inputs))]
    if any(part.elements is None or len(part.dims or ()) != 1 for part in parts):
        return UNKNOWN
    elements = tuple(each for part in parts for each in part.elements or ())
    return constant((len(elements),), elements) if len(elements) <= MOST_ELEMENTS else UNKNOWN


def _gather(operator: Operator) -> Constant:
    """One element or several of a vector; an element of an unknown shape vector is an unknown number."""
    source, indices = operator.constant(0), operator.constant(1)
    wanted = indices.integers
    if wanted is None or (source.dims is not None and len(source.dims) != 1):
        return UNKNOWN
    known = source.elements
    picked = tuple(known[i] if known is not None and -len(known) <= i < len(known) else None for i in wanted)
    return constant(indices.dims, picked)


def _shape(operator: Operator) -> Constant:
    value = operator.input(0)
    dims = value.constant.dims if value is not None else None
    start, end = operator.attribute("start", 0), operator.attribute("end")
    if dims is None or not isinstance(start, int):
        return UNKNOWN
    kept = dims[start : end if isinstance(end, int) else None]
    return constant((len(kept),), kept)


def _slice(operator: Operator) -> Constant:
    source = operator.constant(0)
    starts, ends = operator.constant(1).integers, operator.constant(2).integers
    if operator.input(4) is not None or starts is None or ends is None:
        return UNKNOWN
    if not len(starts) == len(ends) == 1 or source.elements is None or source.dims is None:
        return UNKNOWN
    if len(source.dims) != 1:
        return UNKNOWN
    kept = source.elements[starts[0] : ends[0]]
    return constant((len(kept),), kept)


def _constant_of_shape(operator: Operator) -> Constant:
    value = operator.attribute("value")
    shape = operator.constant(0)
    dims = (
        None if shape.elements is None else tuple(e if isinstance(e, int) else None for e in shape.elements)
    )
    return Constant(dims, fill=value.fill if isinstance(value, Constant) else 0.0)


def _expand(operator: Operator) -> Constant:
    """A number spread over a shape has that shape; of other operands only the value is known."""
    source, shape = operator.constant(0), operator.constant(1).integers
    return Constant(shape if source.dims in ((), (1,)) else None, fill=source.fill)


def _where(operator: Operator) -> Constant:
    chosen = operator.constant(0).fill
    return UNKNOWN if chosen is None else operator.constant(1 if chosen else 2)


def _least(choose: Callable[[Sequence[float]], float]) -> Callable[[Operator], Constant]:
    def evaluate(operator: Operator) -> Constant:
        numbers = [operator.number(index) for index in range(len(operator.inputs))]
        known = [number for number in numbers if number is not None]
        return constant((), (choose(known),)) if known and len(known) == len(numbers) else UNKNOWN

    return evaluate


EVALUATORS: dict[str, Callable[[Operator], Constant]] = {
    "Constant": _constant,
    "Identity": _same,
    "Cast": _cast,
    "CastLike": _same,
    "DequantizeLinear": lambda operator: Constant(operator.constant(0).dims),
    "Add": _binary(python.add),
    "Sub": _binary(python.sub),
    "Mul": _binary(python.mul),
    "Div": _binary(_divide),
    "Pow": _binary(_power),
    "Equal": _binary(python.eq),
    "Less": _binary(python.lt),
    "LessOrEqual": _binary(python.le),
    "Greater": _binary(python.gt),
    "GreaterOrEqual": _binary(python.ge),
    "And": _binary(lambda left, right: bool(left) and bool(right)),
    "Or": _binary(lambda left, right: bool(left) or bool(right)),
    "Not": _unary(lambda value: not value),
    "Neg": _unary(python.neg),
    "Abs": _unary(abs),
    "Sqrt": _unary(math.sqrt),
    "Reciprocal": _unary(lambda value: 1.0 / value),
    "Min": _least(min),
    "Max": _least(max),
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _reshape,
    "Flatten": _reshape,
    "Transpose": _transpose,
    "Concat": _concat,
    "Gather": _gather,
    "Slice": _slice,
    "Shape": _shape,
    "ConstantOfShape": _constant_of_shape,
    "Expand": _expand,
    "Where": _where,
}
"""How the result of each operator is computed; of others it stays unknown."""
