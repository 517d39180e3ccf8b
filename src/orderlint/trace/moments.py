"""Mean and variance, a channel, of what reaches each batch norm and dropout in one pass over batches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from orderlint.trace.calls import ModuleCalls, observed_calls
from orderlint.trace.operators import bound, operator_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Arguments = tuple[tuple[Any, ...], dict[str, Any]]

MEASURED = frozenset({"batch_norm", "dropout"})


class Spot(NamedTuple):
    """A layer application: its kind, the path of its module, and which of that module's calls it is."""

    kind: str
    module: str
    call: int


@dataclass(slots=True)
class Moments:
    """Sums over everything but channels (dimension 1), in double precision."""

    count: int
    total: Tensor
    squares: Tensor

    @classmethod
    def of(cls, data: Tensor) -> Moments:
        dims = [dim for dim in range(data.dim()) if dim != 1]
        exact = data.detach().double()
        count = data.numel() // max(1, data.shape[1])
        return cls(count, exact.sum(dims), exact.square().sum(dims))

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> Tensor:
        return self.total / self.count

    @property
    def variance(self) -> Tensor:
        return (self.squares / self.count - self.mean.square()).clamp(min=0)


class _Recorder(TorchFunctionMode):
    """Adds up the moments of the inputs of batch norms and dropouts while it is active."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.found: dict[Spot, Moments] = {}
        self._calls = ModuleCalls(model)
        self._seen: Counter[tuple[str, str]] = Counter()

    def call_module(self, module: nn.Module, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._calls.running.append(module)
        try:
            return call(*args, **kwargs)
        finally:
            self._calls.running.pop()

    def start_batch(self) -> None:
        self._seen.clear()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        operator = operator_of(func)
        if operator.kind in MEASURED:
            data = bound(operator, args, kwargs or {}).get("input")
            if isinstance(data, Tensor) and data.dim() > 1:
                self._add(operator.kind, data)
        return func(*args, **(kwargs or {}))

    def _add(self, kind: str, data: Tensor) -> None:
        module = self._calls.name(self._calls.innermost)
        spot = Spot(kind, module, self._seen[kind, module])
        self._seen[kind, module] += 1
        moments, known = Moments.of(data), self.found.get(spot)
        if known is None or known.total.shape == moments.total.shape:
            self.found[spot] = moments if known is None else known + moments


def moments_of_pass(model: nn.Module, batches: Iterable[Arguments], training: bool) -> dict[Spot, Moments]:
    """Run a model over batches in one mode, without gradients; the moments in order of first use."""
    model.train(training)
    recorder = _Recorder(model)
    with torch.no_grad(), observed_calls(recorder), recorder:
        for args, kwargs in batches:
            recorder.start_batch()
            model(*args, **kwargs)
    return recorder.found
