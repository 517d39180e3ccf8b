"""Flows: the edges of a graph as they are drawn, block by block, with the findings they are on a path of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

from orderlint.pictures.outline import Block, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orderlint.pictures.outline import Edges, Item

End: TypeAlias = "Item | Literal['in', 'out']"
Marks: TypeAlias = "set[int]"
"""Findings by their number."""


@dataclass(slots=True)
class Flows:
    """What is drawn in each block: edges between its items and its own entry and exit. `loops` are the folded
    blocks of which one copy feeds another; `marks` say what passes through each layer. `wires` are the edges
    as they are, between layers, each end with the blocks around it from the outermost on."""

    edges: dict[Block, dict[tuple[End, End], Marks]] = field(default_factory=dict)
    loops: dict[Block, Marks] = field(default_factory=dict)
    marks: dict[Leaf, Marks] = field(default_factory=dict)
    wires: dict[tuple[tuple[Item, ...], tuple[Item, ...]], Marks] = field(default_factory=dict)

    def marks_in(self, item: Item) -> Marks:
        """The findings whose paths touch a layer, or any layer in a block."""
        if isinstance(item, Leaf):
            return self.marks.get(item, set())
        return set().union(*(self.marks_in(inner) for inner in item.items))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node is drawn: the items from the outermost down to its layer, and which copy of each."""

    items: tuple[Item, ...]
    copies: tuple[int, ...]


def spots_of(root: Block) -> dict[int, Spot]:
    """The spot of every drawn node."""
    return dict(_spots(root, ()))


def _spots(block: Block, above: tuple[Block, ...]) -> Iterator[tuple[int, Spot]]:
    for item in block.items:
        if isinstance(item, Block):
            yield from _spots(item, (*above, item))
            continue
        for index, node in enumerate(item.nodes):
            yield node.id, Spot((*above, item), (*_copies(above, index), 0))


def _copies(above: tuple[Block, ...], index: int) -> tuple[int, ...]:
    """Which copy of each block around a layer its `index`-th node stands in."""
    copies: list[int] = []
    for block in reversed(above):
        index, copy = divmod(index, block.count)
        copies.append(copy)
    return tuple(reversed(copies))


def flows_of(root: Block, edges: Edges, paths: Mapping[int, Iterable[tuple[int, ...]]]) -> Flows:
    """The flows of an outline. `paths` are the witness paths (node ids, plumbing left out) by finding."""
    flows = Flows()
    spots = spots_of(root)
    steps: dict[tuple[int, int], Marks] = defaultdict(set)
    for finding, ways in paths.items():
        for way in ways:
            drawn = [number for number in way if number in spots]
            for number in drawn:
                leaf = spots[number].items[-1]
                assert isinstance(leaf, Leaf)  # a spot ends in a layer
                flows.marks.setdefault(leaf, set()).add(finding)
            for step in pairwise(drawn):
                steps[step].add(finding)
    for source, targets in edges.items():
        for target in targets:
            marks = steps.get((source, target), set())
            flows.wires.setdefault((spots[source].items, spots[target].items), set()).update(marks)
            _add(flows, root, spots[source], spots[target], marks)
    return flows


def _add(flows: Flows, root: Block, source: Spot, target: Spot, marks: Marks) -> None:
    """Draw one edge: down to where its ends part, then from there to both of them."""
    home, depth = root, 0
    while source.items[depth] is target.items[depth]:
        item = source.items[depth]
        if isinstance(item, Leaf):
            break  # it feeds itself, around a loop
        if source.copies[depth] != target.copies[depth]:
            flows.loops.setdefault(item, set()).update(marks)
            _inwards(flows, source, target, depth + 1, marks)
            return
        home, depth = item, depth + 1
    _mark(flows, home, (source.items[depth], target.items[depth]), marks)
    _inwards(flows, source, target, depth + 1, marks)


def _inwards(flows: Flows, source: Spot, target: Spot, depth: int, marks: Marks) -> None:
    for level in range(depth, len(source.items)):
        block = source.items[level - 1]
        assert isinstance(block, Block)  # only the last of a spot is a layer
        _mark(flows, block, (source.items[level], "out"), marks)
    for level in range(depth, len(target.items)):
        block = target.items[level - 1]
        assert isinstance(block, Block)
        _mark(flows, block, ("in", target.items[level]), marks)


def _mark(flows: Flows, block: Block, ends: tuple[End, End], marks: Marks) -> None:
    flows.edges.setdefault(block, {}).setdefault(ends, set()).update(marks)
