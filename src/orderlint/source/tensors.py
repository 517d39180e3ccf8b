"""Tensors of the interpreter: where they come from, the memory they share, and what is random in them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS, Condition, Place

if TYPE_CHECKING:
    from orderlint.source.values import Value

_STAMP = itertools.count(1)


def next_stamp() -> int:
    """The time of a new tensor or write, later than any other."""
    return next(_STAMP)


@dataclass(slots=True, eq=False)
class Storage:
    """Memory that views share: the nodes of the last in-place write, and when it came."""

    producers: frozenset[int] = frozenset()
    stamp: int = 0
    writer: int | None = None  # the node of the last write, where it is a layer's own in-place mode


@dataclass(slots=True, eq=False)
class Noise:
    """A random tensor: `mask` once it is thresholded to 0/1; `grain` = element | channel | sample; `rate` =
    P(0). `inverted`: it is 1 minus the mask first drawn; `scaled`: by a number, as a dropout's mask; `uses`
    of the mask, shared by all that is made of it: the place, whether inverted, the node where data flows.
    """

    mask: bool
    grain: str
    rate: Value = None
    inverted: bool = False
    scaled: bool = False
    uses: list[tuple[Place | None, bool, int | None]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Tensor:
    """A tensor: the layer applications it may have come from; without any it is made of parameters or
    constants.

    `data` holds the elements of small constant tensors (`torch.linspace`), `rank` the number of dimensions.
    """

    producers: frozenset[int] = frozenset()
    storage: Storage = field(default_factory=Storage)
    rank: int | None = None
    data: list[Value] | None = None
    noise: Noise | None = None
    parameter: bool = False
    live: bool = (
        False  # indices or truth values computed from data: no values flow through, but it is no constant
    )
    sizes: tuple[Value, ...] | None = None
    stamp: int = field(default_factory=_STAMP.__next__)
    conditions: dict[int, Condition] | None = None

    def routes(self) -> dict[int, Condition]:
        """The sources, each with the condition under which this tensor comes from there."""
        known = self.conditions if self.conditions and self.storage.stamp <= self.stamp else {}
        return {source: known.get(source, ALWAYS) for source in self.sources()}

    def sources(self) -> frozenset[int]:
        """The producers of what this tensor holds now, in-place writes through views included."""
        return self.storage.producers if self.storage.stamp > self.stamp else self.producers

    def write(self, producers: frozenset[int], writer: int | None = None) -> Tensor:
        """Record an in-place write: every view of the same storage sees it. Returns the tensor as written.

        `writer`: the node, where a layer's in-place mode writes; reading the memory by an older name is then
        a trap.
        """
        self.storage.producers, self.storage.stamp, self.storage.writer = producers, next(_STAMP), writer
        return Tensor(producers, self.storage, self.rank)

    def overwritten_by(self) -> int | None:
        """The in-place layer that has replaced what this name was bound to, if any."""
        return self.storage.writer if self.storage.stamp > self.stamp else None
