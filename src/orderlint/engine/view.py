"""A graph as rules see it: labels of every layer, nearest neighbours, and what lies up- and downstream."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from orderlint.engine.groups import KIND_GROUPS, effective_kind, labels_of
from orderlint.engine.residual import Branch, find_blocks
from orderlint.graph.model import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.engine.schema import Labels, Surroundings
    from orderlint.graph.model import Condition, LayerGraph, Node

TRANSPARENT = KIND_GROUPS["transparent"]
NOTHING: Labels = frozenset()


class GraphView:
    """What the rules ask of a graph, each answer worked out once and kept.
    `leaving`: the outputs, each with the condition under which its result leaves the model.

    `residual`: also label residual joins, forks, branches and shortcuts. `labelled`: layers by label.
    """

    def __init__(self, graph: LayerGraph, residual: bool = True) -> None:
        self.graph = graph
        self.labels: list[Labels] = [labels_of(effective_kind(node), node.op) for node in graph.nodes]
        self._branch: dict[int, Branch] = {}
        self._flows: dict[tuple[str, Labels], frozenset[int]] = {}
        self.leaving: dict[int, Condition] = {}
        self._mark_outputs()
        if residual:
            self._mark_residual()
        self.labelled: dict[str, list[int]] = {}
        for node, labels in enumerate(self.labels):
            for label in labels:
                self.labelled.setdefault(label, []).append(node)

    def fits(self, node: int, labels: Labels) -> bool:
        return not self.labels[node].isdisjoint(labels)

    def with_any(self, labels: Labels) -> list[int]:
        """The layers with one of the labels, in order."""
        return sorted({node for label in labels for node in self.labelled.get(label, ())})

    def _mark(self, node: int, label: str) -> None:
        self.labels[node] = self.labels[node] | {label}

    def _mark_outputs(self) -> None:
        """A layer is an output if its result leaves the model through nothing but transparent layers,
        under conditions that can hold and do not rest on which turn of a loop is the last."""
        graph = self.graph
        waiting = deque((node, graph.output_conditions.get(node, ALWAYS)) for node in graph.outputs)
        while waiting:
            node, leaving = waiting.popleft()
            condition = leaving & graph.nodes[node].condition
            if node in self.leaving or condition.contradictory or condition.depends_on_turn:
                continue
            self.leaving[node] = leaving
            self._mark(node, "output")
            if self.fits(node, TRANSPARENT):
                edges = graph.edge_conditions
                waiting.extend(
                    (before, condition & edges.get((before, node), ALWAYS))
                    for before in graph.predecessors[node]
                )

    def _mark_residual(self) -> None:
        for block in find_blocks(self.graph, self.labels):
            self._mark(block.join, "residual_join")
            self._mark(block.fork, "residual_fork")
            for node in block.shortcut:
                self._mark(node, "on_shortcut")
            for node in block.branch.nodes:
                self._mark(node, "on_residual")
                known = self._branch.get(node)
                if known is None or len(block.branch.nodes) < len(known.nodes):
                    self._branch[node] = block.branch

    def neighbours(self, node: int, edges: list[list[int]]) -> list[int]:
        """The nearest layers along the edges, looking through transparent ones; in order of discovery."""
        found: dict[int, None] = {}
        stack, seen = list(reversed(edges[node])), set(edges[node])
        while stack:
            near = stack.pop()
            if not self.fits(near, TRANSPARENT):
                found[near] = None
                continue
            fresh = [further for further in reversed(edges[near]) if further not in seen]
            seen.update(fresh)
            stack.extend(fresh)
        return list(found)

    def consumers(self, node: int) -> list[int]:
        return self.neighbours(node, self.graph.successors)

    def producers(self, node: int) -> list[int]:
        return self.neighbours(node, self.graph.predecessors)

    def reached(self, direction: str, labels: Labels) -> frozenset[int]:
        """The layers that have a layer with one of the labels upstream (or downstream) of them."""
        key = (direction, labels)
        if key not in self._flows:
            graph = self.graph
            edges = graph.successors if direction == "upstream" else graph.predecessors
            starts = (far for node in self.with_any(labels) for far in edges[node])
            self._flows[key] = frozenset(closure(starts, edges))
        return self._flows[key]

    def branch(self, node: int) -> Iterable[int]:
        """The layers of the innermost residual branch that a layer stands on."""
        branch = self._branch.get(node)
        return branch.nodes if branch else ()

    def branch_downstream(self, node: int) -> Iterable[int]:
        """The layers of its residual branch that a layer feeds."""
        branch = self._branch.get(node)
        edges = self.graph.successors
        return closure(edges[node], edges, within=branch.nodes) if branch else ()

    def stands_among(self, node: int, test: Surroundings) -> bool:
        """Whether the layers around one fit the test; `all` of no layers at all do not."""
        if test.direction in ("upstream", "downstream"):
            return (node in self.reached(test.direction, test.labels)) == (test.quantifier == "any")
        around = list(self._around(node, test.direction))
        hits = [self.fits(near, test.labels) for near in around]
        return {"all": bool(hits) and all(hits), "any": any(hits), "none": not any(hits)}[test.quantifier]

    def _around(self, node: int, direction: str) -> Iterable[int]:
        match direction:
            case "consumers":
                return self.consumers(node)
            case "producers":
                return self.producers(node)
            case "branch":
                return self.branch(node)
            case _:
                return self.branch_downstream(node)

    def node(self, index: int) -> Node:
        return self.graph.nodes[index]


def closure(
    starts: Iterable[int], edges: list[list[int]], within: frozenset[int] | None = None
) -> dict[int, None]:
    """Everything that can be reached from the starts, the starts too; in order of discovery."""
    found = {node: None for node in starts if within is None or node in within}
    stack = list(found)
    while stack:
        for far in edges[stack.pop()]:
            if far not in found and (within is None or far in within):
                found[far] = None
                stack.append(far)
    return found
