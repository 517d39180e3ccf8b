"""Residual blocks: which adds join a shortcut with a residual branch, and which layers stand on either.

For each add, the fork is the latest layer that flows into two of its inputs. The block is residual if a path
from the fork reaches the add without meeting a weight layer (the identity shortcut) while another meets one;
or if one side has a single weight layer (the projection shortcut) and the other has more.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.graph.kinds import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderlint.engine.schema import Labels
    from orderlint.graph.model import LayerGraph

REGION_LIMIT = 2000
"""Layers looked at behind one add; longer blocks (outermost skips of deep U-shaped nets) stay unlabelled."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The layers of a residual branch, the fork and the join left out."""

    nodes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Block:
    """One residual block; `shortcut` is empty for a bare skip or a projection."""

    fork: int
    join: int
    shortcut: frozenset[int]
    branch: Branch


def find_blocks(graph: LayerGraph, labels: Sequence[Labels]) -> Iterator[Block]:
    """The residual blocks of a graph, in the order of their joins."""
    for join in range(len(graph.nodes)):
        inputs = [node for node in graph.predecessors[join] if node < join]
        if "add" in labels[join] and len(inputs) > 1:
            block = _block(graph, labels, join, inputs)
            if block is not None:
                yield block


def _block(graph: LayerGraph, labels: Sequence[Labels], join: int, inputs: list[int]) -> Block | None:
    fork, sides = _fork(graph, inputs)
    if fork is None:
        return None
    inside = _fed_by(graph, fork, sides)
    weights = {node for node in inside if labels[node] & WEIGHT and not _product_of_data(graph, node)}
    bare = _weightless(graph, fork, inputs, inside - weights)
    if bare is not None:
        branch = inside - bare
    else:
        bits = [1 << index for index in range(len(inputs))]
        counts = {bit: sum(bool(sides[node] & bit) for node in weights) for bit in bits}
        projection = min(bits, key=lambda bit: counts[bit])
        if counts[projection] != 1 or max(counts.values()) < 2:
            return None
        bare, branch = frozenset(), frozenset(n for n in inside if sides[n] & ~projection)
    return Block(fork, join, bare, Branch(branch)) if branch & weights else None


def _product_of_data(graph: LayerGraph, node: int) -> bool:
    """Whether a layer multiplies data by data (the distances between points), and has no weights."""
    layer = graph.nodes[node]
    return layer.kind == "matmul" and (
        layer.attrs.get("of_data") is True or len(graph.predecessors[node]) > 1
    )


def _fork(graph: LayerGraph, inputs: list[int]) -> tuple[int | None, dict[int, int]]:
    """The latest layer that flows into two inputs, and for each layer after it what it feeds, as bits."""
    sides = {node: 1 << index for index, node in enumerate(inputs)}
    heap = [-node for node in sides]
    heapq.heapify(heap)
    passed: dict[int, int] = {}
    while heap and len(passed) < REGION_LIMIT:
        node = -heapq.heappop(heap)
        side = sides[node]
        if side & (side - 1):
            return node, passed
        passed[node] = side
        for producer in graph.predecessors[node]:
            if producer < node:  # an edge around a loop leads out of the block
                if producer not in sides:
                    heapq.heappush(heap, -producer)
                sides[producer] = sides.get(producer, 0) | side
        waiting = {sides[-producer] for producer in heap}
        if len(waiting) == 1 and all(side & (side - 1) == 0 for side in waiting):
            break  # only one input is still being followed, so nothing flows into two
    return None, passed


def _fed_by(graph: LayerGraph, fork: int, region: dict[int, int]) -> frozenset[int]:
    """The layers of a region that the fork flows into; constants and further inputs are left out."""
    found: set[int] = set()
    for node in sorted(region):
        if any(producer == fork or producer in found for producer in graph.predecessors[node]):
            found.add(node)
    return frozenset(found)


def _weightless(
    graph: LayerGraph, fork: int, inputs: list[int], weightless: frozenset[int]
) -> frozenset[int] | None:
    """The layers on paths from the fork to the join that meet no weight layer; None if there is none."""
    if not weightless.intersection(inputs) and fork not in inputs:
        return None
    forward: set[int] = set()
    for node in sorted(weightless):
        if any(producer == fork or producer in forward for producer in graph.predecessors[node]):
            forward.add(node)
    backward: set[int] = set(forward.intersection(inputs))
    for node in sorted(forward, reverse=True):
        if any(consumer in backward for consumer in graph.successors[node]):
            backward.add(node)
    return frozenset(backward) if backward or fork in inputs else None
