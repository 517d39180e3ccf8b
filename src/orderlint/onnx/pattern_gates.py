"""Activations of the form x · g(x): GELU, SiLU, Hardswish and Mish, taken apart by exporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.patterns import (
    Layer,
    close,
    constant_factor,
    inner_operators,
    other_operand,
    scaled_by_constant,
    source,
)

if TYPE_CHECKING:
    from orderlint.onnx.patterns import Found, Pattern
    from orderlint.onnx.program import Operator, Value

LARGEST_GATE = 16
"""Operators between x and its gate; the tanh form of GELU has 8."""

ELEMENTWISE = frozenset(
    {
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Pow",
        "Neg",
        "Identity",
        "Cast",
        "CastLike",
        "Softplus",
        "Exp",
        "Log",
        "Sqrt",
    }
)
"""Operators that a gate is computed from x with."""

LAST_FACTORS = (0.5, 1 / 6)
"""Factors that belong to GELU (x/2 · …) and Hardswish (x/6 · …) and may come last."""


def _gated(anchor: Operator, found: Found) -> Layer | None:
    """`x * g(x)`, where g ends in the anchor, perhaps shifted and scaled."""
    chain, product = _to_product(anchor)
    if product is None or not anchor.data:
        return None
    other = other_operand(product, chain[-1].outputs[0])
    if other is None or not other.is_data:
        return None
    for x in dict.fromkeys((other, source(other), _unscaled(other))):
        cone = _cone(anchor.data[0], x)
        if cone is not None and found.is_free((*chain, product)):
            return _layer(anchor, chain, product, other, x, cone)
    return None


def _to_product(anchor: Operator) -> tuple[list[Operator], Operator | None]:
    """From the anchor over shifts and scales to the multiplication of two tensors."""
    chain = [anchor]
    while len(chain) <= LARGEST_GATE:
        use = chain[-1].outputs[0].only_use if chain[-1].outputs else None
        if use is None or use.plain_type == "":
            break
        if use.plain_type == "Mul" and len(use.data) == 2:
            return chain, use
        if scaled_by_constant(use) is None:
            break
        chain.append(use)
    return chain, None


def _unscaled(value: Value) -> Value:
    """x, of x times a constant."""
    producer = value.producer
    if producer is None or producer.plain_type not in ("Mul", "Div") or scaled_by_constant(producer) is None:
        return value
    return producer.data[0]


def _cone(value: Value, x: Value) -> list[Operator] | None:
    """The operators that compute `value` from `x` alone, None if there is more to it."""
    cone: list[Operator] = []
    waiting, seen = [value], {id(x)}
    while waiting:
        value = waiting.pop()
        if id(value) in seen or not value.is_data:
            continue
        seen.add(id(value))
        operator = value.producer
        if operator is None or operator.plain_type not in ELEMENTWISE or len(cone) == LARGEST_GATE:
            return None
        cone.append(operator)
        waiting.extend(operator.data)
    return cone


def _layer(
    anchor: Operator, chain: list[Operator], product: Operator, other: Value, x: Value, cone: list[Operator]
) -> Layer | None:
    op = _name(anchor, cone)
    if op is None:
        return None
    core = [*chain, product]
    last = product.outputs[0].only_use
    if last is not None and any(close(constant_factor(last), factor) for factor in LAST_FACTORS):
        core.append(last)
    scaling = [other.producer] if other is not x and other.producer is not None else []
    operators = inner_operators([*cone, *scaling], core)
    return Layer("activation", op, product, (x,), core[-1].outputs[0], operators)


def _name(anchor: Operator, cone: list[Operator]) -> str | None:
    types = {operator.plain_type for operator in cone}
    match anchor.plain_type:
        case "Erf":
            return "Gelu"
        case "Tanh":
            return "Mish" if types & {"Softplus", "Log"} else "Gelu"
        case "Sigmoid":
            return "Swish"
        case "HardSigmoid":
            return "HardSwish"
        case "Clip":
            return "HardSwish" if "Add" in types else None
    return None


GATES: dict[str, tuple[Pattern, ...]] = dict.fromkeys(
    ("Erf", "Tanh", "Sigmoid", "HardSigmoid", "Clip"), (_gated,)
)
