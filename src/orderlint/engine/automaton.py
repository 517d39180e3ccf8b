"""A path of layer patterns, compiled to an automaton over a graph's layers.

A state says which pattern comes next and whether the layers since the last one have met its `requires`. An
automaton of n patterns has 2n states, so that a walk over layers and states is linear in edges times states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from orderlint.engine.attributes import passes

if TYPE_CHECKING:
    from orderlint.engine.schema import Labels, LayerPattern
    from orderlint.engine.view import GraphView

Move: TypeAlias = tuple[bool, tuple[tuple[int, int], ...]]
"""Whether the last pattern is met here; else the states that follow, each with the pattern met here or -1."""


def fits_pattern(view: GraphView, node: int, pattern: LayerPattern) -> bool:
    """Whether a layer is what a pattern asks for."""
    labels = view.labels[node]
    if labels.isdisjoint(pattern.kinds) or not labels.isdisjoint(pattern.unless):
        return False
    if not pattern.stands <= labels:
        return False
    attrs = view.graph.nodes[node].attrs
    for where in pattern.where:
        if not passes(where, attrs):
            return False
    return not pattern.around or all(view.stands_among(node, test) for test in pattern.around)


class Automaton:
    """The patterns of one match over one graph; answers are worked out once for each layer and state."""

    def __init__(self, view: GraphView, patterns: tuple[LayerPattern, ...]) -> None:
        self.view, self.patterns = view, patterns
        self._fits: dict[tuple[int, int], bool] = {}
        self._moves: dict[tuple[int, int], Move] = {}
        self._passing: dict[tuple[Labels, int], Move] = {}

    def fits(self, node: int, index: int) -> bool:
        key = (node, index)
        if key not in self._fits:
            self._fits[key] = fits_pattern(self.view, node, self.patterns[index])
        return self._fits[key]

    def starts(self) -> list[int]:
        """The layers that meet the first pattern."""
        view, pattern = self.view, self.patterns[0]
        return [node for node in view.with_any(pattern.kinds) if fits_pattern(view, node, pattern)]

    def move(self, node: int, state: int) -> Move:
        """Where the automaton goes when it comes to a layer in a state."""
        key = (node, state)
        if key not in self._moves:
            self._moves[key] = self._work_out(node, state)
        return self._moves[key]

    def _work_out(self, node: int, state: int) -> Move:
        index, met = divmod(state, 2)
        pattern, labels = self.patterns[index], self.view.labels[node]
        if labels.isdisjoint(pattern.kinds):
            return self._pass(labels, state)
        arrived = (met == 1 or not pattern.between.requires) and self.fits(node, index)
        if arrived and index == len(self.patterns) - 1:
            return True, ()
        _, passing = self._pass(labels, state)
        return False, ((2 * index + 2, index), *passing) if arrived else passing

    def _pass(self, labels: Labels, state: int) -> Move:
        """Where it goes if the layer only stands between, which its labels alone decide."""
        known = self._passing.get((labels, state))
        if known is None:
            index, met = divmod(state, 2)
            between = self.patterns[index].between
            states: list[tuple[int, int]] = []
            if (between.only is None or labels & between.only) and labels.isdisjoint(between.avoid):
                states.append((2 * index + int(met or not labels.isdisjoint(between.requires)), -1))
            known = self._passing[labels, state] = (False, tuple(states))
        return known


FIRST_STATE = 2
"""The state behind the first pattern."""
