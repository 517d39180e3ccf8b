"""Dropout as exporters without a Dropout operator write it: data times a random mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.onnx.patterns import Layer, close, constant_factor
from orderlint.onnx.program import Role

if TYPE_CHECKING:
    from orderlint.onnx.patterns import Found, Pattern
    from orderlint.onnx.program import Operator, Value

LARGEST_MASK = 24
"""Operators a mask is computed with; PyTorch's has 6."""

THRESHOLDS = frozenset({"Less", "LessOrEqual", "Greater", "GreaterOrEqual"})


@dataclass(slots=True)
class Mask:
    """A random mask: the probability to keep an element (None: unknown), and the shape of the noise."""

    keep: float | None = None
    dims: tuple[int | None, ...] | None = None
    binary: bool = False

    @property
    def drops_samples(self) -> bool:
        """Whether whole samples are dropped: one number each."""
        return self.dims is not None and len(self.dims) > 1 and all(size == 1 for size in self.dims[1:])

    @property
    def drops_channels(self) -> bool:
        return self.dims is not None and len(self.dims) > 2 and all(size == 1 for size in self.dims[2:])


def _masked(operator: Operator, found: Found) -> Layer | None:
    """`x * mask`, `x / keep * mask` or `x * mask / keep`."""
    noise = [value for value in operator.inputs if value is not None and value.role is Role.RANDOM]
    data = operator.data
    if len(noise) != 1 or len(data) != 1:
        return None
    mask = _mask(noise[0], found)
    if operator.plain_type == "Where":
        mask.binary = True
        if operator.input(1) is not data[0] and mask.keep is not None:
            mask.keep = 1.0 - mask.keep
    return _layer(operator, data[0], mask, found) if mask.binary else None


def _layer(operator: Operator, x: Value, mask: Mask, found: Found) -> Layer:
    operators, gives = [operator], operator.outputs[0]
    scale = gives.only_use
    if scale is not None and _undoes(scale, mask):
        operators.append(scale)
        gives = scale.outputs[0]
    shift = gives.only_use
    if shift is not None and shift.plain_type == "Add" and _adds_noise(shift):
        operators.append(shift)
        gives = shift.outputs[0]
    before = x.producer
    if before is not None and x.only_use is operator and _undoes(before, mask) and found.is_free([before]):
        operators.append(before)
        x = before.data[0]
    attrs: dict[str, object] = {"p": None if mask.keep is None else round(1.0 - mask.keep, 6)}
    if mask.drops_channels and not mask.drops_samples:
        attrs["channelwise"] = True
    kind, op = ("drop_path", "DropPath") if mask.drops_samples else ("dropout", "Dropout")
    return Layer(kind, op, operator, (x,), gives, tuple(operators), {**attrs, "training": "train"})


def _adds_noise(operator: Operator) -> bool:
    """Whether an operator adds what the mask dropped elsewhere, as alpha dropout does."""
    return any(value is not None and value.role is Role.RANDOM for value in operator.inputs)


def _undoes(operator: Operator, mask: Mask) -> bool:
    """Whether an operator divides by the probability to keep an element."""
    return mask.keep is not None and mask.keep > 0 and close(constant_factor(operator), 1.0 / mask.keep)


def _mask(value: Value, found: Found) -> Mask:
    """What is known of a random mask, from the operators that make it."""
    mask, waiting, seen = Mask(), [value], set[int]()
    inverted = False
    while waiting and len(seen) < LARGEST_MASK:
        operator = waiting.pop().producer
        if operator is None or operator.index in seen:
            continue
        seen.add(operator.index)
        inverted ^= operator.plain_type == "Not"
        _read(operator, mask, found)
        waiting.extend(each for each in operator.inputs if each is not None and each.role is Role.RANDOM)
    if inverted and mask.keep is not None:
        mask.keep = 1.0 - mask.keep
    return mask


def _read(operator: Operator, mask: Mask, found: Found) -> None:
    kind = operator.plain_type
    if kind in THRESHOLDS:
        mask.binary, mask.keep = True, _share_below(operator)
    elif kind == "Floor":
        mask.binary, mask.keep = True, _floored(operator)
    elif kind == "Bernoulli":
        mask.binary, mask.keep = True, operator.number(0)
        mask.dims = operator.constant(0).dims
    elif kind.startswith("Random"):
        mask.dims = _noise_dims(operator, found)


def _share_below(operator: Operator) -> float | None:
    """The probability that a threshold on uniform noise holds."""
    noise_first = operator.inputs[0] is not None and operator.inputs[0].role is Role.RANDOM
    threshold = operator.number(1 if noise_first else 0)
    if threshold is None:
        return None
    share = min(max(threshold, 0.0), 1.0)
    return share if operator.plain_type.startswith("Less") == noise_first else 1.0 - share


def _floored(operator: Operator) -> float | None:
    """`floor(keep + noise)`, as in the first implementations of stochastic depth."""
    value = operator.input(0)
    added = value.producer if value is not None else None
    if added is None or added.plain_type != "Add":
        return None
    keep = added.number(0) if added.number(0) is not None else added.number(1)
    return keep if keep is not None and 0.0 <= keep <= 1.0 else None


def _noise_dims(operator: Operator, found: Found) -> tuple[int | None, ...] | None:
    shape = operator.attribute("shape")
    if isinstance(shape, tuple):
        return shape
    like = operator.input(0)
    known = found.program.dims(operator.outputs[0])
    return known if known is not None or like is None else found.program.dims(like)


MASKS: dict[str, tuple[Pattern, ...]] = {"Mul": (_masked,), "Where": (_masked,)}
