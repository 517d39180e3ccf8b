"""The kind of an operator, where its operands decide, and its name with the version of its schema."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from onnx import defs
from orderlint.onnx.program import PLAIN, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.onnx.program import Operator

STARTS_FEATURES = frozenset({"lookup", "contraction", "conv", "rnn", "embedding", "linear"})
"""Kinds that turn indices or labels into features: an embedding, or a linear layer on a one-hot vector."""


def _choice(operator: Operator) -> str:
    if len(operator.data) > 1:
        return "other"
    return "scale" if operator.op_type.endswith("Where") else "activation"


def _lookup(operator: Operator) -> str:
    table = operator.input(0)
    return "embedding" if table is not None and table.role is Role.CONSTANT else "shape"


BY_OPERANDS: dict[str, Callable[[Operator], str]] = {
    "sum": lambda operator: "add" if len(operator.data) > 1 else "scale",
    "product": lambda operator: "multiply" if len(operator.data) > 1 else "scale",
    "contraction": lambda operator: "matmul" if len(operator.data) > 1 else "linear",
    "lookup": _lookup,
    "choice": _choice,
}
"""How each word of the catalogue becomes a kind."""


def kind_of(listed: str, operator: Operator) -> str:
    """The canonical kind of an operator, given what the catalogue lists."""
    decide = BY_OPERANDS.get(listed)
    return listed if decide is None else decide(operator)


def starts_features(listed: str, operator: Operator) -> bool:
    """Whether an operator makes features of indices, by a constant table or weight."""
    if listed not in STARTS_FEATURES:
        return False
    roles = [value.role for value in operator.inputs if value is not None]
    if listed == "lookup":
        table = operator.constant(0).dims
        return roles[:1] == [Role.CONSTANT] and (table is None or len(table) > 1)
    return roles.count(Role.CUT) == 1 and roles.count(Role.CONSTANT) == len(roles) - 1 > 0


@lru_cache(maxsize=4096)
def operator_name(domain: str, op_type: str, version: int) -> str:
    """An operator with the opset its schema dates from: `Dropout-13`, `com.microsoft.FusedConv-1`."""
    plain = domain in PLAIN
    try:
        since = defs.get_schema(
            op_type, max_inclusive_version=version, domain="" if plain else domain
        ).since_version
    except (defs.SchemaError, TypeError, OverflowError, ValueError):
        since = version  # not one that onnx knows, or a version that no 32-bit number holds
    return f"{op_type}-{since}" if plain else f"{domain}.{op_type}-{since}"
