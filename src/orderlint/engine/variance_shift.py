"""The variance shift that dropout causes in a batch norm, in closed form.

Source: Li, Chen, Hu, Yang 2018, "Understanding the Disharmony between Dropout and Batch Normalization by
Variance Shift", arXiv 1801.05134. With retain probability q = 1 - p, input mean c and variance v, inverted
dropout gives in training the variance (c² + v) / q - c², in evaluation v.
"""

from __future__ import annotations

import math


def shift_ratio(p: float, mean: float = 0.0, variance: float = 1.0) -> float:
    """Variance in evaluation over variance in training, of what a dropout of rate p lets through.

    `p` in [0, 1); `mean` and `variance` of its input. 1.0 means no shift.

    Raises:
        ValueError: p is outside [0, 1) or the variance is not above 0.
    """
    if not 0 <= p < 1 or variance <= 0:
        raise ValueError(f"no variance shift for p = {p}, variance = {variance}")
    second_moment = mean * mean + variance
    return variance / (second_moment / (1 - p) - mean * mean)


RECTIFIED_MEAN = 1 / math.sqrt(2 * math.pi)
"""Mean of max(0, N(0, 1)), what a ReLU makes of a normal input; its second moment is 1/2."""


def zero_mean_shift(p: float) -> float:
    """The shift for zero-mean input: 1 - p, whatever the variance."""
    return shift_ratio(p)


def rectified_shift(p: float) -> float:
    """The shift behind a ReLU: for the positive half of a normal distribution, zeros for the other half."""
    return shift_ratio(p, RECTIFIED_MEAN, 0.5 - RECTIFIED_MEAN**2)
