"""What the followed models say of the layers at a place: whether a change there meets faulty layers only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from orderlint.engine.match import find
from orderlint.engine.view import GraphView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderlint.engine.schema import Rule
    from orderlint.graph.model import Model, Node, Place

Applied: TypeAlias = tuple[int, int]
"""A layer application: the number of its model, and its own."""


@dataclass(slots=True)
class Layers:
    """The layer applications of the models of one input, by the places that built and used them."""

    models: Sequence[Model]
    places: dict[Place, list[Applied]] = field(default_factory=lambda: defaultdict(list))
    views: list[GraphView] = field(default_factory=list)

    @staticmethod
    def of(models: Sequence[Model]) -> Layers:
        layers = Layers(models)
        for number, model in enumerate(models):
            for node in model.graph.nodes:
                for place in {node.built, node.used}:
                    if place is not None:
                        layers.places[place].append((number, node.id))
        return layers

    def node(self, applied: Applied) -> Node:
        return self.models[applied[0]].graph.nodes[applied[1]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`pairs`: the first and last layers of each path that a rule reports."""

    layers: Layers
    pairs: frozenset[tuple[Applied, Applied]]

    def covers(self, place: Place | None) -> bool:
        """Whether every layer at a place has the finding."""
        found = {applied for pair in self.pairs for applied in pair}
        return place is not None and all(applied in found for applied in self.layers.places.get(place, ()))

    def sole_consumer(self, place: Place | None) -> bool:
        """Whether the output of every layer at a place goes to one layer, and is no output of the model."""
        for number, node in self.layers.places.get(place, ()) if place else ():
            graph = self.layers.models[number].graph
            if len(graph.successors[node]) != 1 or node in graph.outputs:
                return False
        return True

    def channels(self, place: Place | None) -> int | None:
        """The one number of channels that convolutions give to the norms at a place, if it is one."""
        numbers = {
            self.layers.node(first).attrs.get("out_channels")
            for first, last in self.pairs
            if place in (self.layers.node(last).built, self.layers.node(last).used)
        }
        number = numbers.pop() if len(numbers) == 1 else None
        return number if isinstance(number, int) else None


def evidence(rule: Rule, layers: Layers) -> Evidence:
    """What the models say of a rule's findings."""
    if not layers.views:
        layers.views = [GraphView(model.graph) for model in layers.models]
    pairs = {
        ((number, first), (number, last))
        for number, (model, view) in enumerate(zip(layers.models, layers.views, strict=True))
        for group in find(rule, model, view).values()
        for first, last in group.pairs
    }
    return Evidence(layers, frozenset(pairs))
