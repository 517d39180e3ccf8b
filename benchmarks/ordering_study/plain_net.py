"""The two-module CNN of the question, with its layers in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from .layers import SeedLinear, conv

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS = (
    "C-D-BN-A-P",
    "C-BN-A-D-P",
    "C-BN-A-P-D",
    "C-A-D-BN-P",
    "C-D-A-P-BN",
    "C-D-A-BN-P",
    "C-A-BN-P-D",
    "C-A-D-P-BN",
    "C-BN-D-A-P",
    "C-A-BN-D-P",
)
"""The ten orders by the question's table, best first; C, D, BN, A, P: convolution, dropout, and so on."""

CONTROLS = ("C-A-P", "C-BN-A-P", "C-A-D-P")
"""Neither dropout nor batch norm; batch norm alone; dropout alone."""

WIDTHS = {"small": (8, 16, 64), "question": (32, 64, 512)}
"""Channels of the two convolutions and of the hidden layer; those of the question, and a quarter of them."""


def plain_net(
    seeds: int,
    order: str,
    rates: tuple[float, float],
    side: int,
    width: str = "small",
    activation: str = "ELU",
) -> nn.Sequential:
    """Two modules in the given order, then a hidden layer and the logits, as in the question.

    Images that are too small for unpadded convolutions are padded.
    """
    first, second, hidden = WIDTHS[width]
    padding = 0 if side >= 14 else 1
    layers: list[nn.Module] = []
    channels = 1
    for out, rate in ((first, rates[0]), (second, rates[1])):
        layers += _module(order, seeds, channels, out, rate, padding, activation)
        channels, side = out, (side - 2 + 2 * padding) // 2
    head = [
        nn.Flatten(),
        SeedLinear(seeds, channels * side * side, hidden),
        _activation(activation),
        SeedLinear(seeds, hidden, 10),
    ]
    return nn.Sequential(*layers, *head)


def _module(
    order: str, seeds: int, channels: int, out: int, rate: float, padding: int, activation: str
) -> list[nn.Module]:
    makers: dict[str, Callable[[], nn.Module]] = {
        "C": lambda: conv(seeds, channels, out, padding),
        "D": lambda: nn.Dropout(rate),
        "BN": lambda: nn.BatchNorm2d(seeds * out),
        "A": lambda: _activation(activation),
        "P": lambda: nn.MaxPool2d(2),
    }
    return [makers[letter]() for letter in order.split("-")]


def _activation(name: str) -> nn.Module:
    return nn.ReLU() if name == "ReLU" else nn.ELU()
