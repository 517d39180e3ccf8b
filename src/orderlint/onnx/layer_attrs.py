"""The attributes of a layer: rate, mode, bias and sizes, from attributes and shapes of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.modes import batch_norm_mode, dropout_mode, dropout_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.onnx.program import Operator

WEIGHT_POSITION = {"QLinearConv": 3, "QLinearConvTranspose": 3}
BIAS_POSITION = {"QLinearConv": 8, "QLinearConvTranspose": 8, "QGemm": 6}
"""Where the quantised operators take weight and bias; all others at 1 and 2."""

TRANSPOSED = frozenset({"ConvTranspose", "ConvTransposeWithDynamicPads", "QLinearConvTranspose"})


def attributes_of(kind: str, operator: Operator, *, mode_is_open: bool) -> dict[str, object]:
    """The attributes of a layer of this kind that the file tells."""
    if kind == "batch_norm":
        return {**_norm(operator), "training": batch_norm_mode(operator, mode_is_open=mode_is_open)}
    read = READERS.get(kind)
    return {} if read is None else read(operator)


def _conv(operator: Operator) -> dict[str, object]:
    found: dict[str, object] = {"bias": _has_bias(operator), "groups": _integer(operator, "group", 1)}
    dims = operator.constant(WEIGHT_POSITION.get(operator.op_type, 1)).dims
    if dims is None or len(dims) < 2 or dims[0] is None or dims[1] is None:
        return found
    groups = _integer(operator, "group", 1)
    transposed = operator.op_type in TRANSPOSED
    incoming, outgoing = (dims[0], dims[1] * groups) if transposed else (dims[1] * groups, dims[0])
    return {**found, "in_channels": incoming, "out_channels": outgoing, "kernel_size": dims[2:]}


def _linear(operator: Operator) -> dict[str, object]:
    found: dict[str, object] = {"bias": _has_bias(operator)}
    weights = (value for value in operator.inputs[:2] if value is not None and not value.is_data)
    weight = next(weights, None)
    dims = weight.constant.dims if weight is not None else None
    if weight is None or dims is None or len(dims) < 2:
        return found
    incoming, outgoing = dims[-2:]
    if operator.attribute("transB") or operator.inputs[0] is weight:
        incoming, outgoing = outgoing, incoming
    return {**found, "in_channels": incoming, "out_channels": outgoing}


def _has_bias(operator: Operator) -> bool:
    """Whether a bias is added: a parameter, or no computed zero, as the dynamo exporter writes for none."""
    position = BIAS_POSITION.get(operator.op_type, 2)
    if operator.op_type in ("MatMul", "MatMulInteger", "Einsum", "ConvInteger"):
        return False
    bias = operator.input(position)
    return bias is not None and (bias.producer is None or operator.number(position) != 0.0)


def _norm(operator: Operator) -> dict[str, object]:
    shapes = (operator.constant(position).dims for position in range(1, len(operator.inputs)))
    sizes = next((dims for dims in shapes if dims is not None and len(dims) == 1), None)
    return {} if sizes is None or sizes[0] is None else {"num_features": sizes[0]}


def _group_norm(operator: Operator) -> dict[str, object]:
    groups = operator.attribute("num_groups", operator.attribute("groups"))
    return {**_norm(operator), **({"num_groups": groups} if isinstance(groups, int) else {})}


def _dropout(operator: Operator) -> dict[str, object]:
    return {"p": dropout_rate(operator), "training": dropout_mode(operator)}


def _rnn(operator: Operator) -> dict[str, object]:
    dims = operator.constant(1).dims
    found: dict[str, object] = {"num_layers": 1}
    if dims is not None and len(dims) == 3:
        found["in_channels"] = dims[2]
    hidden = operator.attribute("hidden_size")
    return {**found, "out_channels": hidden} if isinstance(hidden, int) else found


def _embedding(operator: Operator) -> dict[str, object]:
    dims = operator.constant(0).dims
    return {"out_channels": dims[-1]} if dims is not None and len(dims) > 1 else {}


def _pool(operator: Operator) -> dict[str, object]:
    kernel = operator.attribute("kernel_shape")
    return {"kernel_size": kernel} if isinstance(kernel, tuple) else {}


def _attention(operator: Operator) -> dict[str, object]:
    """Heads as ONNX's own operator and the contributed ones spell them."""
    heads = operator.attribute("q_num_heads", operator.attribute("num_heads"))
    shared = operator.attribute("kv_num_heads")
    found = {"num_heads": heads, "num_kv_heads": shared}
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _axis(operator: Operator) -> dict[str, object]:
    axis = operator.attribute("axis")
    return {"dim": axis} if isinstance(axis, int) else {}


def _integer(operator: Operator, name: str, default: int) -> int:
    value = operator.attribute(name)
    return value if isinstance(value, int) else default


READERS: dict[str, Callable[[Operator], dict[str, object]]] = {
    "conv": _conv,
    "linear": _linear,
    "layer_norm": _norm,
    "rms_norm": _norm,
    "instance_norm": _norm,
    "group_norm": _group_norm,
    "dropout": _dropout,
    "rnn": _rnn,
    "attention": _attention,
    "embedding": _embedding,
    "avg_pool": _pool,
    "max_pool": _pool,
    "activation": _axis,
    "concat": _axis,
}
"""How the attributes of each kind are read."""
