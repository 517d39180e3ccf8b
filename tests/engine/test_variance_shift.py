"""The closed form against the simulated figures of arXiv 1801.05134's case (a)."""

from __future__ import annotations

import pytest

from orderlint.engine.variance_shift import rectified_shift, shift_ratio, zero_mean_shift

RATES = (0.1, 0.2, 0.3, 0.5, 0.7)


@pytest.mark.parametrize(("p", "shift"), list(zip(RATES, (0.90, 0.80, 0.70, 0.50, 0.30), strict=True)))
def test_zero_mean(p: float, shift: float) -> None:
    assert zero_mean_shift(p) == pytest.approx(shift, abs=0.005)


@pytest.mark.parametrize(("p", "shift"), list(zip(RATES, (0.86, 0.73, 0.61, 0.41, 0.23), strict=True)))
def test_behind_relu(p: float, shift: float) -> None:
    assert rectified_shift(p) == pytest.approx(shift, abs=0.005)


def test_no_dropout_shifts_nothing() -> None:
    assert zero_mean_shift(0) == rectified_shift(0) == 1


@pytest.mark.parametrize(("p", "variance"), [(1, 1), (-0.1, 1), (0.5, 0)])
def test_no_ratio_outside_its_domain(p: float, variance: float) -> None:
    with pytest.raises(ValueError, match="no variance shift"):
        shift_ratio(p, variance=variance)
