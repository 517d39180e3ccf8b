"""Dropout written by hand: random masks, followed from the noise to the multiplication."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orderlint.graph.model import Node, Place
    from orderlint.trace.operators import Operator

SCALING = frozenset(
    {"mul", "multiply", "div", "divide", "truediv", "itruediv", "idiv", "imul", "true_divide", "rmul"}
)
SHIFTING = frozenset({"add", "iadd", "radd"})
STEPPING = frozenset({"floor", "trunc"})
BELOW = frozenset({"lt", "le", "less", "less_equal"})
ABOVE = frozenset({"gt", "ge", "greater", "greater_equal"})
COMPLEMENT = frozenset({"rsub", "logical_not", "invert", "bitwise_not"})
UNIFORM = frozenset({"rand", "rand_like", "uniform"})
BERNOULLI = frozenset({"bernoulli"})
KEEPING = frozenset({"shape", "identity"})


@dataclass(frozen=True, slots=True)
class Mask:
    """Noise on its way to a mask: uniform noise plus an offset, or (`steps`) zeros and a constant.

    `rate` is the share of zeros, None where it is not known; `inverted`: it is 1 minus the mask first drawn;
    `scaled`: by a number, as a dropout's mask; `uses`: the multiplications by it, and by all made of it.
    """

    steps: bool
    offset: float = 0.0
    rate: float | None = None
    inverted: bool = False
    scaled: bool = False
    uses: list[tuple[Place | None, bool, Node | None]] = field(default_factory=list, compare=False)

    @property
    def complement(self) -> Mask:
        rate = None if self.rate is None else 1 - self.rate
        return replace(self, rate=rate, inverted=not self.inverted)

    def use_on_constant(self, place: Place | None) -> None:
        """Note a product with a constant, such as the zeros that a recurrence starts from."""
        self.uses.append((place, self.inverted, None))

    def use(self, node: Node, neighbours: Callable[[int], Iterable[Node]]) -> None:
        """Note a multiplication by the mask: in several places and never rescaled, it chooses, or hides
        something for a task (`mask * a + (1 - mask) * b`), and is no dropout."""
        self.uses.append((node.used, self.inverted, node))
        spots = {(place, inverted) for place, inverted, _ in self.uses}
        nodes = [used for _, _, used in self.uses if used is not None]
        if len(spots) > 1 and not self.scaled and not any(_rescaled(neighbours(n.id)) for n in nodes):
            for used in nodes:
                used.kind = "scale"


class Masks:
    """The masks among the tensors of a run, by identity (tensors must be kept alive by the caller)."""

    def __init__(self) -> None:
        self._known: dict[int, Mask] = {}

    def of(self, tensor: Tensor) -> Mask | None:
        return self._known.get(id(tensor))

    def mark(self, tensors: Iterable[Tensor], mask: Mask) -> None:
        self._known.update({id(tensor): mask for tensor in tensors})

    def result(self, operator: Operator, args: tuple[Any, ...], constants: bool) -> Mask | None:
        """The mask an operator makes, of noise or (with `constants` alone beside it) of another mask."""
        if operator.key in UNIFORM:
            bounds = _numbers(args[1:]) if operator.key == "uniform" else []
            return Mask(steps=False) if bounds in ([], [0.0, 1.0]) else None
        if operator.key in BERNOULLI:
            return Mask(steps=True, rate=_bernoulli_rate(args))
        mask = next((self.of(item) for item in args if isinstance(item, Tensor) and self.of(item)), None)
        return _next_mask(mask, operator, _numbers(args)) if mask and constants else None


def _next_mask(mask: Mask, operator: Operator, numbers: list[float]) -> Mask | None:
    number = numbers[0] if numbers else None
    if mask.steps:
        if operator.key in COMPLEMENT or (operator.key == "sub" and number == 1):
            return mask.complement
        if operator.key in SCALING:
            return replace(mask, scaled=True)
        return mask if operator.kind in KEEPING else None
    if operator.key in SHIFTING and number is not None:
        return replace(mask, offset=mask.offset + number)
    if operator.key in STEPPING:
        return Mask(steps=True, rate=1 - mask.offset)
    if operator.key in BELOW | ABOVE:
        rate = None if number is None else number - mask.offset
        threshold = Mask(steps=True, rate=rate)
        return threshold.complement if operator.key in BELOW else threshold
    return mask if operator.kind in KEEPING else None


def _rescaled(nodes: Iterable[Node]) -> bool:
    """Whether what is multiplied, or the product, is scaled by a number."""
    return any(n.kind == "scale" and n.op.rpartition(".")[2].strip("_") in SCALING for n in nodes)


def _numbers(args: tuple[Any, ...]) -> list[float]:
    return [float(item) for item in args if isinstance(item, int | float) and not isinstance(item, bool)]


def _bernoulli_rate(args: tuple[Any, ...]) -> float | None:
    """`x.bernoulli_(keep)` names the probability; `torch.bernoulli(p)` holds one in every element."""
    numbers = _numbers(args)
    return 1 - numbers[0] if numbers else None


def dropped_kind(mask: Tensor, data: Tensor) -> str:
    """What a multiplication by a mask is: `drop_path` for one value a sample (or batch), else `dropout`."""
    shape = [1] * (data.dim() - mask.dim()) + list(mask.shape)
    return "drop_path" if data.dim() > 1 and all(size == 1 for size in shape[1:]) else "dropout"
