"""When a dropout or batch norm works: what each version of the operators says of training and inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.program import PLAIN
from orderlint.onnx.provenance import origin_of

if TYPE_CHECKING:
    from orderlint.onnx.program import Operator, Program

ALWAYS, TRAIN, NEVER = "always", "train", "never"

DROPOUT_INPUTS = {"BiasDropout": (3, 4), "BitmaskBiasDropout": (3, 4)}
"""Where fused dropouts take rate and mode; all others at 1 and 2."""

TRAINING_CALL = "_native_batch_norm_legit_functional"
"""What `torch.export` calls a batch norm in training mode; the dynamo exporter writes no `training_mode`."""


def dropout_rate(operator: Operator) -> float | None:
    """The rate of a dropout; 0.5 is the default of every version, of other domains nothing is known."""
    given = operator.attribute("ratio", operator.attribute("p") if _is_foreign(operator) else None)
    if isinstance(given, int | float):
        return _rounded(float(given))
    position = DROPOUT_INPUTS.get(operator.op_type, (1, 2))[0]
    if operator.input(position) is None:
        return None if _is_foreign(operator) else 0.5
    known = operator.number(position)
    return None if known is None else _rounded(known)


def _rounded(rate: float) -> float:
    """A rate as the user wrote it: 0.1 comes back from a 32-bit number as 0.10000000149."""
    return round(rate, 6)


def _is_foreign(operator: Operator) -> bool:
    """Whether an operator is of a domain whose schemas are not known here."""
    return operator.domain not in (*PLAIN, "com.microsoft")


def dropout_mode(operator: Operator) -> str:
    """When a dropout works.

    Up to opset 6 `is_test` says so, from opset 12 on the input `training_mode`; between them it is open.
    https://onnx.ai/onnx/operators/onnx__Dropout.html
    """
    is_test = operator.attribute("is_test")
    if operator.domain in PLAIN and operator.version < 12:
        return NEVER if operator.version < 7 and is_test else TRAIN
    position = DROPOUT_INPUTS.get(operator.op_type, (1, 2))[1]
    mode = operator.input(position)
    if mode is None:
        return TRAIN if _is_foreign(operator) else NEVER
    return NEVER if operator.constant(position).fill in (False, 0) else TRAIN


def is_dropout_of_any_mode(operator: Operator) -> bool:
    """Whether a dropout leaves its mode to the runtime, as those of opsets 7 to 11 do."""
    return operator.plain_type == "Dropout" and 7 <= operator.version < 12


def batch_norm_mode(operator: Operator, *, mode_is_open: bool) -> str:
    """When a batch norm works on batch statistics.

    Up to opset 6 `is_test` says so, in opsets 7 to 13 the number of results, later `training_mode`; the
    dynamo exporter leaves it to its metadata. `mode_is_open`: the graph keeps dropouts of open mode.
    https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
    """
    if operator.attribute("training_mode") or TRAINING_CALL in (
        origin_of(operator.metadata).call or operator.name
    ):
        return TRAIN
    if operator.domain not in PLAIN or operator.version >= 14:
        return NEVER
    if operator.version < 7:
        return NEVER if operator.attribute("is_test") else TRAIN
    several = sum(bool(value.name) for value in operator.outputs) > 1
    return TRAIN if several or mode_is_open else NEVER


def leaves_mode_open(program: Program) -> bool:
    """Whether the graph keeps dropouts whose mode is up to the runtime."""
    return any(is_dropout_of_any_mode(operator) for operator in program.operators)
