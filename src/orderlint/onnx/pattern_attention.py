"""Attention taken apart, where the source calls it as one function or module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.modes import dropout_mode, dropout_rate
from orderlint.onnx.patterns import TRANSPARENT, Layer, inner_operators, scope_of
from orderlint.onnx.provenance import origin_of

if TYPE_CHECKING:
    from orderlint.onnx.patterns import Found, Pattern
    from orderlint.onnx.program import Operator

LONGEST_SCORES = 10
"""Operators between the product of queries and keys and the softmax: scale, mask, casts."""

SCORES = frozenset({"Mul", "Div", "Add", "Sub", "Where", "Clip", "Max", *TRANSPARENT})
WEIGHTS_AFTER = frozenset({"Dropout", "Where", "Mul", *TRANSPARENT})
FUSED_CALLS = ("scaled_dot_product", "multi_head_attention", "_native_multi_head_attention")
"""What a node of `torch.export` is called that stands for attention as one function."""


def _attention(softmax: Operator, found: Found) -> Layer | None:
    """`dropout(softmax(q @ k * scale + mask)) @ v`, unless these are known to be layers of their own."""
    before, after = _scores(softmax), _weighted(softmax)
    if before is None or after is None:
        return None
    keys, values = before[-1], after[-1]
    attrs: dict[str, object] = {}
    for operator in after[:-1]:
        layer = found.layer_of(operator)
        if operator.plain_type == "Dropout" or (layer is not None and layer.kind == "dropout"):
            if scope_of(operator) != scope_of(values):  # a dropout module of the user's own
                return None
            attrs |= _dropout_of(operator, layer)
    if not _is_one_function(softmax):
        return None
    reads = (*keys.data, *(value for value in values.data if value is not after[-2].outputs[0]))
    core = [*before, softmax, *after]
    operators = inner_operators([], core)
    return Layer("attention", "Attention", values, reads, values.outputs[0], operators, attrs)


def _scores(softmax: Operator) -> list[Operator] | None:
    """Back from the softmax to the product of queries and keys."""
    path: list[Operator] = []
    value = softmax.data[0] if softmax.data else None
    while value is not None and value.producer is not None and len(path) < LONGEST_SCORES:
        operator = value.producer
        path.append(operator)
        if operator.plain_type in ("MatMul", "Einsum"):
            return path if len(operator.data) == 2 else None
        if (
            operator.plain_type not in SCORES
            or len(operator.data) != 1
            or operator.outputs[0].only_use is None
        ):
            return None
        value = operator.data[0]
    return None


def _weighted(softmax: Operator) -> list[Operator] | None:
    """On from the softmax to the product with the values."""
    path: list[Operator] = []
    value = softmax.outputs[0] if softmax.outputs else None
    while value is not None and len(path) < LONGEST_SCORES:
        use = value.only_use
        if use is None:
            return None
        path.append(use)
        if use.plain_type in ("MatMul", "Einsum"):
            return [softmax, *path] if len(use.data) == 2 and use.inputs[0] is value else None
        if use.plain_type not in WEIGHTS_AFTER:
            return None
        value = use.outputs[0]
    return None


def _is_one_function(softmax: Operator) -> bool:
    """Whether the source calls attention as one function; where the file does not tell, it is taken to."""
    call = origin_of(softmax.metadata).call
    return not call or any(name in call for name in FUSED_CALLS)


def _dropout_of(operator: Operator, layer: Layer | None) -> dict[str, object]:
    if layer is not None:
        return {"p": layer.attrs.get("p"), "training": layer.attrs.get("training")}
    return {"p": dropout_rate(operator), "training": dropout_mode(operator)}


ATTENTION: dict[str, tuple[Pattern, ...]] = {"Softmax": (_attention,)}
