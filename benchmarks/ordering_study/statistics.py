"""Intervals and tests over seeds: bootstrap, paired sign-flip tests, Holm correction, rank correlation."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

RESAMPLES = 10_000
FLIPS = 20_000
LEVEL = 0.05
RANDOM_SEED = 7


class Interval(NamedTuple):
    """A mean and the 95 % percentile bootstrap interval around it."""

    mean: float
    low: float
    high: float


def bootstrap(values: Array) -> Interval:
    """Mean over seeds, with its interval."""
    rows = np.random.default_rng(RANDOM_SEED).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[rows].mean(1), [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high))


def sign_flip(differences: Array) -> float:
    """Two-sided p of paired differences having mean 0: how often random signs give one as extreme."""
    signs = np.random.default_rng(RANDOM_SEED).choice([-1.0, 1.0], (FLIPS, len(differences)))
    extreme = np.abs(signs @ differences) >= abs(differences.sum()) * (1 - 1e-12)
    return float((extreme.sum() + 1) / (FLIPS + 1))


def holm(p_values: list[float]) -> list[float]:
    """Holm's adjusted p values, in the order given."""
    order = np.argsort(p_values)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


class Comparison(NamedTuple):
    """Two arrangements compared by seed: the mean of first minus second, its interval, the adjusted p."""

    first: str
    second: str
    difference: Interval
    p: float

    @property
    def real(self) -> bool:
        return self.p < LEVEL


def compare(losses: dict[str, Array], pairs: list[tuple[str, str]]) -> list[Comparison]:
    """Paired comparisons, Holm-corrected together."""
    differences = [losses[first] - losses[second] for first, second in pairs]
    adjusted = holm([sign_flip(difference) for difference in differences])
    return [
        Comparison(*pair, bootstrap(difference), p)
        for pair, difference, p in zip(pairs, differences, adjusted, strict=True)
    ]


def ranks(values: Array) -> Array:
    """Ranks from 1, smallest first; equal values share the mean of theirs."""
    ordered = np.sort(values)
    first = np.searchsorted(ordered, values, "left")
    last = np.searchsorted(ordered, values, "right")
    return (first + last + 1) / 2


def spearman(left: Array, right: Array) -> float:
    """Spearman's rank correlation."""
    return float(np.corrcoef(ranks(left), ranks(right))[0, 1])


def kendall(left: Array, right: Array) -> float:
    """Kendall's rank correlation (tau-a) of values without ties."""
    pairs = np.triu_indices(len(left), 1)
    signs = [np.sign(values[pairs[0]] - values[pairs[1]]) for values in (left, right)]
    return float((signs[0] * signs[1]).mean())


class Correlation(NamedTuple):
    """A rank correlation, its bootstrap interval over seeds, and its p under random orders."""

    value: float
    low: float
    high: float
    p: float


def correlation_with(reference: Array, losses: Array) -> Correlation:
    """Rank correlation of a reference with the mean over seeds of `losses` (arrangement, seed)."""
    generator = np.random.default_rng(RANDOM_SEED)
    value = spearman(reference, losses.mean(1))
    seeds = losses.shape[1]
    resampled = [
        spearman(reference, losses[:, generator.integers(0, seeds, seeds)].mean(1)) for _ in range(2000)
    ]
    shuffled = [spearman(generator.permutation(reference), losses.mean(1)) for _ in range(FLIPS // 4)]
    p = (sum(abs(other) >= abs(value) - 1e-12 for other in shuffled) + 1) / (len(shuffled) + 1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Correlation(value, float(low), float(high), p)


def one_seed_reliability(losses: Array) -> Interval:
    """Rank correlation of one seed's order of arrangements with the other seeds' means: mean and range."""
    seeds = range(losses.shape[1])
    values = [spearman(losses[:, seed], np.delete(losses, seed, 1).mean(1)) for seed in seeds]
    return Interval(float(np.mean(values)), float(np.min(values)), float(np.max(values)))
