"""The variance shift of a live model, measured at each batch norm's input and set beside its closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from orderlint.engine.variance_shift import shift_ratio
from orderlint.errors import UsageError
from orderlint.trace.lint import arguments
from orderlint.trace.moments import Moments, Spot, moments_of_pass
from orderlint.trace.restore import left_as_found
from orderlint.trace.shift_sources import Causes, Source, shift_causes
from orderlint.trace.tracing import first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

SMALLEST_VARIANCE = 1e-12
"""Channels whose variance is below this in either mode are dead, and have no ratio."""

CLEAR_SHIFT = 1.05
"""A ratio this far from 1, either way, is worth a word where no rule names its cause."""


@dataclass(frozen=True, slots=True)
class LayerShift:
    """The shift at the input of one application of a batch norm.

    Attributes:
        name: path of its module; `call`: which of that module's applications it is.
        train_mean, train_variance, test_mean, test_variance: one value a channel.
        shift: variance in evaluation over variance in training, geometric mean over channels; 1 means none.
            None if all channels are dead.
        spread: the geometric standard deviation of that ratio over channels (1: all alike).
        source: the dropout that OL101 or OL102 names, if any.
        estimate: the closed form's shift of its output, from its rate and the measured moments of its input,
            geometric mean over channels.
        inherited: shifted although no rule names a dropout: one lies upstream, behind another norm. A batch
            norm in evaluation mode passes on the shift of its input, since it divides by a constant.
    """

    name: str
    call: int
    train_mean: tuple[float, ...]
    train_variance: tuple[float, ...]
    test_mean: tuple[float, ...]
    test_variance: tuple[float, ...]
    shift: float | None
    spread: float | None
    source: Source | None = None
    estimate: float | None = None
    inherited: bool = False

    @property
    def channels(self) -> int:
        return len(self.train_mean)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, and under which conditions: which weights, which input, after how many steps."""

    entry: str
    layers: tuple[LayerShift, ...]
    batches: int
    weights: str = "as given"
    data: str = "as given"
    steps: int = 0

    def __str__(self) -> str:
        from orderlint.trace.measure_report import measurement_to_text

        return measurement_to_text(self)


def measure(
    model: nn.Module,
    batches: Iterable[Any],
    *,
    entry: str = "",
    weights: str = "as given",
    data: str = "as given",
    steps: int = 0,
) -> Measurement:
    """Measure the variance shift at each batch norm's input; the model is left as it was found.

    Running statistics are estimated anew in train mode on the same batches (their plain average), so that
    evaluation mode normalises by what training would have estimated. Then the same batches run in that mode.

    Args:
        batches: each a tensor, positional arguments in a sequence, or keyword arguments in a mapping.
        entry: what the model is called; its class by default.
        weights, data: how the report names them ("random", "as given"); `steps`: training steps taken before.

    Raises:
        ValueError: there is no batch.
        UsageError: the model does not run on a batch, in training or in evaluation mode.
    """
    runs = [arguments(batch) for batch in batches]
    if not runs:
        raise ValueError("no batches to measure on")
    with left_as_found(model):
        causes = shift_causes(model, runs[0])
        momenta = _average_running_statistics(model)
        try:
            train, test = (_moments(model, runs, training) for training in (True, False))
        finally:
            for norm, momentum in momenta:
                norm.momentum = momentum
    layers = tuple(
        _layer(spot, train[spot], test[spot], causes, test)
        for spot in train
        if spot.kind == "batch_norm" and spot in test
    )
    return Measurement(entry or type(model).__name__, layers, len(runs), weights, data, steps)


def _moments(model: nn.Module, runs: list[Any], training: bool) -> dict[Spot, Moments]:
    try:
        return moments_of_pass(model, runs, training)
    except Exception as error:
        mode = "training" if training else "evaluation"
        raise UsageError(
            f"{type(model).__name__} does not run in {mode} mode: {first_line(error)}"
        ) from error


def _average_running_statistics(
    model: nn.Module,
) -> list[tuple[nn.modules.batchnorm._BatchNorm, float | None]]:
    """Make every batch norm average over all batches; returns the momenta to put back.

    One that stays in evaluation mode when its model trains is frozen, and keeps its statistics.
    """
    model.train()
    found = []
    for module in model.modules():
        if not isinstance(module, nn.modules.batchnorm._BatchNorm):
            continue
        if module.track_running_stats and module.training:
            found.append((module, module.momentum))
            module.momentum = None
            module.reset_running_stats()
    return found


def _layer(
    spot: Spot, train: Moments, test: Moments, causes: Causes, tests: dict[Spot, Moments]
) -> LayerShift:
    source = causes.sources.get(spot.module)
    shift, spread = geometric(test.variance, train.variance)
    return LayerShift(
        spot.module,
        spot.call,
        tuple(train.mean.tolist()),
        tuple(train.variance.tolist()),
        tuple(test.mean.tolist()),
        tuple(test.variance.tolist()),
        shift,
        spread,
        source,
        _estimate(source, test, tests),
        source is None and spot.module in causes.behind and _clear(shift),
    )


def _clear(shift: float | None) -> bool:
    return shift is not None and not 1 / CLEAR_SHIFT < shift < CLEAR_SHIFT


def geometric(numerator: Tensor, denominator: Tensor) -> tuple[float | None, float | None]:
    """Geometric mean and standard deviation of a ratio over channels, dead and infinite ones left out."""
    alive = (numerator > SMALLEST_VARIANCE) & (denominator > SMALLEST_VARIANCE)
    alive &= numerator.isfinite() & denominator.isfinite()
    if not bool(alive.any()):
        return None, None
    logarithms = (numerator[alive] / denominator[alive]).log()
    return float(logarithms.mean().exp()), float(logarithms.std(correction=0).exp())


def _estimate(source: Source | None, test: Moments, tests: dict[Spot, Moments]) -> float | None:
    """The closed form at the batch norm if the dropout feeds it directly, else at the dropout's output."""
    if source is None or not 0 < source.p < 1:
        return None
    seen = test if source.direct else tests.get(Spot("dropout", source.dropout, source.call))
    return None if seen is None else closed_form(source.p, seen.mean.tolist(), seen.variance.tolist())


def closed_form(p: float, means: Sequence[float], variances: Sequence[float]) -> float | None:
    """The shift that a dropout of rate p causes in channels of these moments, geometric mean over them."""
    ratios = [
        shift_ratio(p, c, v)
        for c, v in zip(means, variances, strict=True)
        if SMALLEST_VARIANCE < v < math.inf
    ]
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None
