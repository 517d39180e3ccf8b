"""What is trained: every configuration of the study, in the order in which it is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .data import load
from .plain_net import CONTROLS, ORDERS, plain_net
from .residual_net import NETS, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

RATES = ("0.1", "0.25", "0.5")
QUESTION_RATES = "0.2/0.3"
"""The rates of the first and the second module in the question."""

RESIDUAL_RATES = ("0.25", "0.5")


@dataclass(frozen=True, slots=True, order=True)
class Configuration:
    """One network on one data set. `rate`: of all dropouts, or `first/second`; "0" where there is none.

    `scale`: small, or question (its widths, 28 x 28 images); `activation`: of the plain networks.
    """

    data: str
    net: str
    arrangement: str
    rate: str
    scale: str = "small"
    activation: str = "ELU"

    @property
    def key(self) -> tuple[str, ...]:
        return (self.data, self.net, self.arrangement, self.rate, self.scale, self.activation)

    def build(self) -> Callable[[int], nn.Module]:
        """A function that builds the network for a number of seeds."""
        if self.net in NETS:
            return lambda seeds: NETS[self.net](seeds, self.arrangement, float(self.rate))
        first, _, second = self.rate.partition("/")
        rates, side = (float(first), float(second or first)), load(self.data).side
        return lambda seeds: plain_net(seeds, self.arrangement, rates, side, self.scale, self.activation)


def plain(
    data: str, rates: tuple[str, ...] = RATES, scale: str = "small", activation: str = "ELU"
) -> Iterator[Configuration]:
    """The ten orders and the dropout-only control at every rate, and the controls without dropout."""
    for arrangement in CONTROLS[:2]:
        yield Configuration(data, "plain", arrangement, "0", scale, activation)
    for rate in rates:
        for arrangement in (*ORDERS, CONTROLS[2]):
            yield Configuration(data, "plain", arrangement, rate, scale, activation)


def residual(data: str, net: str) -> Iterator[Configuration]:
    """Dropout in every place at every rate, and nowhere."""
    yield Configuration(data, net, PLACES[0], "0")
    for rate in RESIDUAL_RATES:
        for place in PLACES[1:]:
            yield Configuration(data, net, place, rate)


@dataclass(frozen=True, slots=True)
class Part:
    """A title, configurations that share a result file, and how many seeds are trained as one network.

    The groups belong to the result: each draws its dropout masks from one generator. Small networks are
    fastest in large groups; larger ones in groups whose activations fit into a core's cache.
    """

    title: str
    configurations: Callable[[], Iterator[Configuration]]
    group: int


PARTS = {
    "plain-mnist": Part("Ten orders on MNIST", lambda: plain("mnist"), 20),
    "plain-digits": Part("Ten orders on digits", lambda: plain("digits"), 20),
    "wrn-digits": Part("WRN-16-2-like net on digits", lambda: residual("digits", "wrn"), 20),
    "densenet-digits": Part("DenseNet-like net on digits", lambda: residual("digits", "densenet"), 5),
    "plain-mnist-relu": Part(
        "Ten orders on MNIST, ReLU", lambda: plain("mnist", ("0.25",), activation="ReLU"), 20
    ),
    "question-mnist": Part(
        "The question's own widths", lambda: plain("mnist28", (QUESTION_RATES,), "question"), 5
    ),
}
"""Parts of the study by the name of their result file."""

DEFAULT = ("plain-mnist", "plain-digits", "wrn-digits", "densenet-digits")
"""Parts that run unless others are named: half an hour of one core, as the result files' seconds say."""
