"""The dropout between the layers of one stacked recurrent module: part of it, no layer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.modes import dropout_mode, dropout_rate
from orderlint.onnx.patterns import TRANSPARENT, Layer, scope_of
from orderlint.onnx.program import Role

if TYPE_CHECKING:
    from orderlint.onnx.patterns import Found, Pattern
    from orderlint.onnx.program import Operator

LONGEST_RESHAPE = 10
"""Operators between a recurrent layer and the dropout after it, or that and the next recurrent layer."""

RESHAPES = frozenset(
    {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Concat", "Slice", "Split", *TRANSPARENT}
)
RECURRENT_TYPES = frozenset({"RNN", "LSTM", "GRU"})


def _recurrent_dropout(dropout: Operator, found: Found) -> Layer | None:
    """The dropout between the layers of one `nn.LSTM`: part of it, no layer of its own."""
    before = _recurrent_before(dropout)
    after = _recurrent_after(dropout)
    if before is None or after is None or not found.is_free([dropout]):
        return None
    modules = {scope_of(each) for each in (before, dropout, after)}
    if len(modules) != 1 or not dropout.data:
        return None
    found.inner_dropouts[before.index] = {"p": dropout_rate(dropout), "training": dropout_mode(dropout)}
    return Layer("", "", dropout, (dropout.data[0],), dropout.outputs[0], (dropout,))


def _recurrent_before(dropout: Operator) -> Operator | None:
    operator = dropout.data[0].producer if dropout.data else None
    for _ in range(LONGEST_RESHAPE):
        if operator is None or operator.plain_type not in RESHAPES or not operator.data:
            break
        operator = operator.data[0].producer
    return operator if operator is not None and operator.plain_type in RECURRENT_TYPES else None


def _recurrent_after(dropout: Operator) -> Operator | None:
    value = dropout.outputs[0] if dropout.outputs else None
    for _ in range(LONGEST_RESHAPE):
        use = value.only_use if value is not None and value.role is Role.DATA else None
        if use is None or use.plain_type in RECURRENT_TYPES:
            return use
        if use.plain_type not in RESHAPES:
            return None
        value = use.outputs[0]
    return None


RECURRENT: dict[str, tuple[Pattern, ...]] = {"Dropout": (_recurrent_dropout,)}
