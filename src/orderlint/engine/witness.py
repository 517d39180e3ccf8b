"""Witnesses of a rule in a model, and how those of the same places become one finding."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from orderlint.engine.conditions import path_condition
from orderlint.graph.model import ALWAYS, Condition, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderlint.engine.schema import LayerPattern
    from orderlint.engine.view import GraphView
    from orderlint.graph.model import LayerGraph, ModuleFact, Node

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """One match: the layers of a path with their roles (None: between), or a fact; and when it holds."""

    layers: tuple[tuple[Node, str | None], ...] = ()
    fact: ModuleFact | None = None
    condition: Condition = ALWAYS

    @property
    def anchors(self) -> dict[str, Node]:
        return {role: node for node, role in self.layers if role is not None}

    @property
    def key(self) -> Key:
        """What findings are merged by: the places of the first and last anchor, or of the fact."""
        if self.fact is not None:
            return (self.fact.place, self.fact.name)
        return tuple(_spot(node) for node, _ in (self.layers[:1] + self.layers[-1:]))

    @property
    def direct(self) -> bool:
        """Whether nothing but transparent layers stands between the anchors."""
        return all(role is not None or node.kind in ("shape", "identity") for node, role in self.layers)

    @property
    def rank(self) -> tuple[int, bool, float, int]:
        """Order of preference: what holds by default, then always, then of the highest rate."""
        by_default = {True: 0, None: 1, False: 2}[self.condition.holds_by_default]
        p = self.layers[0][0].attrs.get("p") if self.layers else None
        strength = -float(p) if isinstance(p, int | float) else 0.0
        return by_default, bool(self.condition), strength, len(self.layers)


def _spot(node: Node) -> object:
    """Where a layer is built, else used, else its name: what makes two applications the same for the user.

    The line that uses it is the same for all layers of a container; the front end may know which is meant.
    """
    if node.built is None and node.place is not None and "site" in node.attrs:
        return node.place, node.attrs["site"]
    return node.place or node.name or node.id


def path_witness(
    view: GraphView, patterns: tuple[LayerPattern, ...], path: Sequence[tuple[int, int]]
) -> Witness | None:
    """The witness of a path of (layer, pattern or -1); None if nothing satisfies its conditions."""
    layers = tuple((view.node(node), patterns[index].role if index >= 0 else None) for node, index in path)
    rated = {pattern.role for pattern in patterns if pattern.tests_rate}
    rates = [rate for node, role in layers if role in rated and isinstance(rate := node.attrs.get("p"), Rate)]
    leaving = [
        view.leaving[node] for node, index in path if index >= 0 and "output" in patterns[index].stands
    ]
    conditions = _conditions(view.graph, [node for node, _ in layers])
    condition = path_condition(itertools.chain(conditions, leaving), rates)
    return None if condition is None else Witness(layers, condition=condition)


def _conditions(graph: LayerGraph, nodes: Sequence[Node]) -> Iterator[Condition]:
    yield from (node.condition for node in nodes)
    for left, right in itertools.pairwise(node.id for node in nodes):
        if (left, right) in graph.edge_conditions:
            yield graph.edge_conditions[left, right]


@dataclass(slots=True)
class Group:
    """The witnesses of one finding: the best of them, and a path (node ids) for each pair of anchors."""

    best: Witness
    pairs: dict[tuple[int, int], tuple[int, ...]]

    @property
    def count(self) -> int:
        return max(1, len(self.pairs))
