"""The closed form of variance shift against what is measured: direct dropout, and through a linear layer."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from orderlint.engine.variance_shift import rectified_shift, zero_mean_shift
from orderlint.trace.measure import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RATES = (0.1, 0.2, 0.3, 0.5, 0.7)
ROWS, CHANNELS, BATCHES = 4096, 64, 8
COLUMNS = ("case", "rate", "closed_form", "measured", "spread")


def direct(rate: float, rectified: bool) -> nn.Module:
    """Dropout feeds a batch norm, of normal input or of what a ReLU makes of it."""
    first = nn.ReLU() if rectified else nn.Identity()
    return nn.Sequential(first, nn.Dropout(rate), nn.BatchNorm1d(CHANNELS))


def through_linear(width: int, aligned: bool) -> nn.Module:
    """Dropout of rate .5, a linear layer of this fan-in, a batch norm; weights positive, or of zero mean."""
    linear = nn.Linear(width, CHANNELS, bias=False)
    with torch.no_grad():
        linear.weight.uniform_(0.5, 1.5) if aligned else linear.weight.normal_()
    return nn.Sequential(nn.Dropout(0.5), linear, nn.BatchNorm1d(CHANNELS))


def correlated(width: int) -> Callable[[], Tensor]:
    """Positive inputs that share half their variance."""
    return lambda: (0.7 * torch.randn(ROWS, 1) + 0.7 * torch.randn(ROWS, width)).abs()


def uncorrelated(width: int) -> Callable[[], Tensor]:
    return lambda: torch.randn(ROWS, width)


def cases() -> Iterator[tuple[str, float, float | None, nn.Module, Callable[[], Tensor]]]:
    """Name, rate, closed form (None where it has none), network and input of every case."""
    for rate in RATES:
        yield "direct, zero-mean", rate, zero_mean_shift(rate), direct(rate, False), uncorrelated(CHANNELS)
        yield "direct, behind ReLU", rate, rectified_shift(rate), direct(rate, True), uncorrelated(CHANNELS)
    for width in (16, 128, 1024):
        name = f"through linear, fan-in {width}"
        yield f"{name}, correlated and aligned", 0.5, None, through_linear(width, True), correlated(width)
        yield f"{name}, uncorrelated", 0.5, None, through_linear(width, False), uncorrelated(width)


def run(path: Path) -> None:
    """Measure every case and write a result file."""
    torch.manual_seed(0)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, rate, expected, model, draw in cases():
            (layer,) = measure(model, [draw() for _ in range(BATCHES)]).layers
            form = "" if expected is None else f"{expected:.4f}"
            writer.writerow([name, rate, form, f"{layer.shift:.4f}", f"{layer.spread:.4f}"])


def table(path: Path) -> list[list[str]]:
    """The lines of the result file without its header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]
