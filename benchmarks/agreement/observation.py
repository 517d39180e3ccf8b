"""What is compared: a model's census, layer-to-layer edges and findings, named by places in the source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

CODES = ("OL101+OL102", "OL301", "OL303", "OL125")
"""What findings are compared under; OL101 and OL102 are one: a pair may be joined by paths of both sorts."""

COMPARED = frozenset(
    {"conv", "linear", "batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"}
    | {"activation", "dropout", "rnn", "attention"}
)
"""Kinds of the layers that edges join; all others are passed through."""

CENSUS = ("conv", "linear", "batch_norm", "layer_norm", "group_norm", "dropout")
"""Kinds that must be equal in number for a census to be equal; the others are listed only."""


class Layer(NamedTuple):
    """A layer by kind and places (`file:line`): the same if built at one place, or sharing any place."""

    kind: str
    built: str | None
    used: str | None

    def same(self, other: Layer) -> bool:
        if self.kind != other.kind:
            return False
        if self.built and other.built:
            return self.built == other.built
        return bool({self.built, self.used} & {other.built, other.used} - {None})

    def __str__(self) -> str:
        return f"{self.kind} {self.built or self.used}"


Edge = tuple[Layer, Layer]


class Finding(NamedTuple):
    """A finding by the places of both ends; `certain`: counted where it is missed."""

    code: str
    start: frozenset[str]
    end: frozenset[str]
    certain: bool = True

    def same(self, other: Finding) -> bool:
        return self.code == other.code and bool(self.start & other.start) and bool(self.end & other.end)

    def __str__(self) -> str:
        return f"{self.code} {'|'.join(sorted(self.start))} -> {'|'.join(sorted(self.end))}"


@dataclass(slots=True)
class Observation:
    """One model as one side sees it. `reasons`: why it could not be followed, with places."""

    name: str
    entry: str
    census: Counter[str] = field(default_factory=Counter)
    edges: set[Edge] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    status: str = "complete"
    reasons: list[str] = field(default_factory=list)
