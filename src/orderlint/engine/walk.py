"""Shortest witness paths of an automaton over a graph, without those whose conditions contradict."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.engine.automaton import FIRST_STATE, Automaton
from orderlint.engine.conditions import (
    NO_ATOMS,
    Atoms,
    atoms_of,
    contradictory,
    joined,
    rate_literal,
    rate_spellings,
)
from orderlint.graph.model import Rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CONDITION_LIMIT = 8
"""Different conditions kept for one layer and state: beyond, a path through many branches may be missed."""

STEP_BUDGET = 300_000
"""Steps spent on single starts of one match; the rest then share one walk, and pairs are counted low."""


@dataclass(slots=True)
class Step:
    """One layer on a path: how it was reached, and the pattern it meets (-1: it stands between)."""

    node: int
    state: int
    atoms: Atoms
    parent: Step | None
    pattern: int
    start: int


@dataclass(slots=True)
class Arrival:
    """A path from a start to a layer that meets the last pattern."""

    start: int
    target: int
    last: Step
    length: int

    def path(self) -> list[tuple[int, int]]:
        """Layers in data-flow order, each with the pattern it meets, or -1."""
        steps: list[tuple[int, int]] = []
        step: Step | None = self.last
        while step is not None:
            steps.append((step.node, step.pattern))
            step = step.parent
        return steps[::-1]


@dataclass(slots=True)
class Walker:
    """Walks one automaton; `steps` counts the edges followed."""

    automaton: Automaton
    steps: int = 0
    live: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def arrivals(self) -> Iterator[Arrival]:
        """Paths from every start to every target it reaches, one for each set of conditions."""
        labels = self.automaton.view.labelled.keys()
        if any(labels.isdisjoint(pattern.kinds) for pattern in self.automaton.patterns):
            return
        starts = self.automaton.starts()
        if len(self.automaton.patterns) == 1:
            for node in starts:
                yield Arrival(node, node, Step(node, 0, NO_ATOMS, None, 0, node), 1)
            return
        self.live = self._live(starts)
        starts = [node for node in starts if self._leads_on(node)]
        for position, start in enumerate(starts):
            if self.steps > STEP_BUDGET:
                yield from self._walk(starts[position:], {})
                return
            rate = self.automaton.view.node(start).attrs.get("p")
            rated = isinstance(rate, Rate) and self.automaton.patterns[0].tests_rate
            yield from self._walk([start], rate_spellings(rate) if rated and isinstance(rate, Rate) else {})

    def _leads_on(self, start: int) -> bool:
        return any((node, FIRST_STATE) in self.live for node in self.automaton.view.graph.successors[start])

    def _live(self, starts: Iterable[int]) -> frozenset[tuple[int, int]]:
        """The pairs (layer, state to come to it in) that lie on some path from a start to a target."""
        edges = self.automaton.view.graph.successors
        stack = list(dict.fromkeys((node, FIRST_STATE) for start in starts for node in edges[start]))
        seen, back, goals = (
            set(stack),
            dict[tuple[int, int], list[tuple[int, int]]](),
            list[tuple[int, int]](),
        )
        while stack:
            here = stack.pop()
            accepted, moves = self.automaton.move(*here)
            if accepted:
                goals.append(here)
            following = edges[here[0]]
            for state, _ in moves:
                self.steps += len(following)
                for node in following:
                    there = (node, state)
                    back.setdefault(there, []).append(here)
                    if there not in seen:
                        seen.add(there)
                        stack.append(there)
        return _closure(goals, back)

    def _walk(self, starts: list[int], spellings: Mapping[str, tuple[str, bool]]) -> Iterator[Arrival]:
        """Breadth first, so that the first arrival at a target is a shortest one."""
        view = self.automaton.view
        edges = view.graph.successors
        queue: deque[tuple[Step, int]] = deque()
        for start in starts:
            atoms = self._first_atoms(start, spellings)
            if atoms is not None:
                queue.append((Step(start, FIRST_STATE, atoms, None, 0, start), 1))
        seen: dict[tuple[int, int], list[Atoms]] = {}
        while queue:
            step, length = queue.popleft()
            for node in edges[step.node]:
                self.steps += 1
                if (node, step.state) not in self.live:
                    continue
                atoms = self._atoms_after(step, node, spellings)
                if atoms is None:
                    continue
                accepted, moves = self.automaton.move(node, step.state)
                if accepted:
                    last = Step(node, -1, atoms, step, len(self.automaton.patterns) - 1, step.start)
                    yield Arrival(step.start, node, last, length + 1)
                for state, pattern in moves:
                    if _news(seen, (node, state), atoms):
                        queue.append((Step(node, state, atoms, step, pattern, step.start), length + 1))

    def _atoms_after(self, step: Step, node: int, spellings: Mapping[str, tuple[str, bool]]) -> Atoms | None:
        """What a path requires that goes on to a layer; None if nothing satisfies it."""
        graph = self.automaton.view.graph
        atoms = joined(step.atoms, atoms_of(graph.nodes[node].condition, spellings))
        edge = graph.edge_conditions.get((step.node, node))
        return atoms if atoms is None or edge is None else joined(atoms, atoms_of(edge, spellings))

    def _first_atoms(self, start: int, spellings: Mapping[str, tuple[str, bool]]) -> Atoms | None:
        node = self.automaton.view.node(start)
        atoms = atoms_of(node.condition, spellings)
        rate = node.attrs.get("p")
        if spellings and isinstance(rate, Rate):
            atoms = atoms | {(rate_literal(rate).text, False)}
        return None if contradictory(atoms) else atoms


def _news(seen: dict[tuple[int, int], list[Atoms]], key: tuple[int, int], atoms: Atoms) -> bool:
    """Whether coming here under these conditions allows anything that was not allowed before."""
    known = seen.setdefault(key, [])
    if len(known) >= CONDITION_LIMIT or any(before <= atoms for before in known):
        return False
    known.append(atoms)
    return True


def _closure(
    goals: list[tuple[int, int]], back: Mapping[tuple[int, int], list[tuple[int, int]]]
) -> frozenset[tuple[int, int]]:
    found, stack = set(goals), list(goals)
    while stack:
        for before in back.get(stack.pop(), ()):
            if before not in found:
                found.add(before)
                stack.append(before)
    return frozenset(found)
