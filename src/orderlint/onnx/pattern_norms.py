"""Normalisations taken apart: (x - mean) / sqrt(variance + eps) and its relatives, and group norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.patterns import TRANSPARENT, Layer, inner_operators, scaled_by_constant, source

if TYPE_CHECKING:
    from orderlint.onnx.patterns import Found, Pattern
    from orderlint.onnx.program import Operator, Value

LONGEST_DENOMINATOR = 10
"""Operators between the mean of squares and the division by its root."""

ROOTS = frozenset({"Sqrt", "Reciprocal", "Add", "Pow", "Div", "Max", "Clip", "Expand", *TRANSPARENT})
"""Operators that turn a mean of squares into what x is divided by."""

MEANS = frozenset({"ReduceMean", "ReduceL2", "ReduceSumSquare"})


def _normalised(operator: Operator, found: Found) -> Layer | None:
    """`x / root` or `x * (1 / root)`, where the root is that of the mean of x squared."""
    data = operator.data
    if len(data) != 2 or len(operator.inputs) != 2:
        return None
    orders = (
        [(data[0], data[1])] if operator.plain_type == "Div" else [(data[0], data[1]), (data[1], data[0])]
    )
    for numerator, denominator in orders:
        path = _to_mean(denominator)
        if path is not None and (operators := _statistics(source(numerator), path[-1])) is not None:
            return _layer(operator, source(numerator), path, operators, found)
    return None


def _to_mean(value: Value) -> list[Operator] | None:
    """Back from a denominator to the mean of squares it is the root of."""
    path: list[Operator] = []
    while len(path) < LONGEST_DENOMINATOR:
        operator = value.producer
        if operator is None:
            return None
        path.append(operator)
        if operator.plain_type in MEANS:
            rooted = operator.plain_type == "ReduceL2" or any(_takes_root(each) for each in path)
            return path if rooted else None
        if operator.plain_type not in ROOTS or len(operator.data) != 1:
            return None
        value = operator.data[0]
    return None


def _takes_root(operator: Operator) -> bool:
    return operator.plain_type == "Sqrt" or (
        operator.plain_type == "Pow" and operator.number(1) in (0.5, -0.5)
    )


def _statistics(x: Value, mean: Operator) -> list[Operator] | None:
    """The operators that square x, if the mean is that of x squared."""
    squared = source(mean.data[0]) if mean.data else None
    if squared is x:
        return [] if mean.plain_type in ("ReduceL2", "ReduceSumSquare") else None
    square = squared.producer if squared is not None else None
    if square is None or mean.plain_type != "ReduceMean":
        return None
    operands = {id(source(value)) for value in square.data}
    power = square.plain_type == "Pow" and square.number(1) == 2.0
    product = square.plain_type == "Mul" and len(square.data) == 2
    return [square] if (power or product) and operands == {id(x)} else None


def _layer(
    operator: Operator, x: Value, path: list[Operator], squares: list[Operator], found: Found
) -> Layer | None:
    centring = _centring(x)
    mean = path[-1]
    reads = x
    inside = [*path, *squares]
    if centring is not None:
        inside += [*centring]
        reads = source(centring[0].data[0])
    axes = _axes(mean)
    kind, op = _kind(mean, axes, centred=centring is not None)
    core, gives = [operator], operator.outputs[0]
    if kind == "layer_norm" and (regroup := _regrouped(reads, gives)) is not None:
        kind, op = "group_norm", "GroupNormalization"
        core, gives = [*core, regroup], regroup.outputs[0]
    if kind != "other_norm":
        core, gives = _with_affine(core, gives)
    if not found.is_free(core):
        return None
    attrs: dict[str, object] = {"training": "train"} if kind == "batch_norm" else {}
    return Layer(kind, op, core[-1], (reads,), gives, inner_operators(inside, core), attrs)


def _centring(x: Value) -> tuple[Operator, Operator] | None:
    """The subtraction of the mean that made x, and the mean."""
    sub = x.producer
    if sub is None or sub.plain_type != "Sub" or len(sub.data) != 2:
        return None
    mean = source(sub.data[1]).producer
    if mean is None or mean.plain_type != "ReduceMean" or source(mean.data[0]) is not source(sub.data[0]):
        return None
    return sub, mean


def _axes(mean: Operator) -> tuple[int, ...]:
    axes = mean.attribute("axes")
    if isinstance(axes, tuple):
        return tuple(axis for axis in axes if isinstance(axis, int))
    return mean.constant(1).integers or ()


def _kind(mean: Operator, axes: tuple[int, ...], *, centred: bool) -> tuple[str, str]:
    if mean.plain_type != "ReduceMean":
        return "other_norm", "LpNormalization"
    if not centred:
        return "rms_norm", "RMSNormalization"
    if 0 in axes and len(axes) > 1:
        return "batch_norm", "BatchNormalization"
    if axes and min(axes) == 2 and axes == tuple(range(2, 2 + len(axes))) and len(axes) > 1:
        return "instance_norm", "InstanceNormalization"
    return "layer_norm", "LayerNormalization"


def _with_affine(core: list[Operator], gives: Value) -> tuple[list[Operator], Value]:
    """Take in the multiplication by the weight and the addition of the bias that may follow."""
    for wanted in ("Mul", "Add"):
        while (use := gives.only_use) is not None and use.plain_type in TRANSPARENT and use.data:
            core, gives = [*core, use], use.outputs[0]
        use = gives.only_use
        if use is not None and use.plain_type == wanted and scaled_by_constant(use) is not None:
            core, gives = [*core, use], use.outputs[0]
    return core, gives


def _regrouped(reads: Value, gives: Value) -> Operator | None:
    """The Reshape back from groups to channels, if the norm stands between two of them."""
    before, after = reads.producer, gives.only_use
    if before is None or after is None or before.plain_type != "Reshape" or after.plain_type != "Reshape":
        return None
    return after


def _grouped_instance_norm(operator: Operator, found: Found) -> Layer | None:
    """Group norm as PyTorch writes it: instance norm between two reshapes, then the affine part."""
    if len(operator.data) != 1 or operator.number(1) != 1.0 or operator.number(2) != 0.0:
        return None
    x = operator.data[0]
    regroup = _regrouped(x, operator.outputs[0])
    if regroup is None:
        return None
    core, gives = _with_affine([operator, regroup], regroup.outputs[0])
    if not found.is_free(core):
        return None
    return Layer("group_norm", "GroupNormalization", core[-1], (x,), gives, tuple(core))


def _batch_statistics(operator: Operator, found: Found) -> Layer | None:
    """A batch norm without running statistics: its mean and variance are computed from its input."""
    x, mean, variance = (operator.input(position) for position in (0, 3, 4))
    if x is None or mean is None or variance is None or not (mean.is_data and variance.is_data):
        return None
    inside: list[Operator] = []
    waiting = [mean, variance]
    while waiting and len(inside) < LONGEST_DENOMINATOR:
        value = waiting.pop()
        if value is not x and value.producer is not None and value.producer not in inside:
            inside.append(value.producer)
            waiting.extend(value.producer.data)
    attrs = {"training": "always", "track_running_stats": False}
    operators = inner_operators(inside, [operator])
    if not found.is_free(operators):
        return None
    return Layer("batch_norm", "", operator, (x,), operator.outputs[0], operators, attrs)


NORMS: dict[str, tuple[Pattern, ...]] = {
    "Div": (_normalised,),
    "Mul": (_normalised,),
    "BatchNormalization": (_batch_statistics,),
    "InstanceNormalization": (_grouped_instance_norm,),
}
