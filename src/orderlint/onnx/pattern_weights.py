"""Weight layers whose bias is added by an operator of its own: MatMul and Add, Conv and Add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.patterns import Layer, other_operand, scaled_by_constant
from orderlint.onnx.program import Role

if TYPE_CHECKING:
    from orderlint.onnx.patterns import Found, Pattern
    from orderlint.onnx.program import Operator, Value


def _linear(operator: Operator, found: Found) -> Layer | None:
    """`x @ W + b` with constant W and b."""
    if len(operator.data) != 1 or operator.input(2) is not None:
        return None
    added = _added_bias(operator)
    if added is None or not _is_vector(added[1]) or not found.is_free([operator, added[0]]):
        return None
    add, _ = added
    return Layer("linear", "", operator, (operator.data[0],), add.outputs[0], (operator, add), {"bias": True})


def _conv(operator: Operator, found: Found) -> Layer | None:
    """A convolution without bias, and the addition of one number a channel."""
    if not operator.data or operator.input(2) is not None:
        return None
    added = _added_bias(operator)
    if added is None or not _is_channel_vector(added[1]) or not found.is_free([operator, added[0]]):
        return None
    return Layer(
        "conv", "", operator, tuple(operator.data), added[0].outputs[0], (operator, added[0]), {"bias": True}
    )


def _added_bias(operator: Operator) -> tuple[Operator, Value] | None:
    """The addition of a constant to the result, and the constant."""
    result = operator.outputs[0] if operator.outputs else None
    add = result.only_use if result is not None else None
    if result is None or add is None or add.plain_type != "Add" or scaled_by_constant(add) is None:
        return None
    bias = other_operand(add, result)
    return (add, bias) if bias is not None and bias.role is Role.CONSTANT else None


def _is_vector(bias: Value) -> bool:
    """Whether a constant may be the bias of a linear layer: one number a feature, the last axis."""
    dims = bias.constant.dims
    return dims is None or (len(dims) > 0 and all(size == 1 for size in dims[:-1]))


def _is_channel_vector(bias: Value) -> bool:
    """Whether a constant has one number a channel: (C, 1, 1) or (1, C, 1, 1)."""
    dims = bias.constant.dims
    return dims is not None and len(dims) > 1 and sum(size != 1 for size in dims) == 1 and dims[-1] == 1


WEIGHTS: dict[str, tuple[Pattern, ...]] = {
    "MatMul": (_linear,),
    "Gemm": (_linear,),
    "Conv": (_conv,),
    "ConvTranspose": (_conv,),
}
