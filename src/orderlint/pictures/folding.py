"""Folding: equal blocks that follow one another, or stand side by side, become one with their number."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from orderlint.graph.model import Rate
from orderlint.pictures.outline import Block, Leaf

if TYPE_CHECKING:
    from orderlint.graph.model import Node
    from orderlint.pictures.outline import Edges, Item

Shape: TypeAlias = tuple[object, ...]
SHAPING = ("kernel_size", "stride", "dilation", "training", "inplace")
"""Attributes in which folded layers agree. Widths and rates may differ: their labels say so."""


@dataclass(frozen=True, slots=True)
class Surface:
    """The nodes of a block, and what it exchanges tensors with: nodes outside."""

    inside: frozenset[int]
    sources: frozenset[int]
    targets: frozenset[int]


def fold(block: Block, edges: Edges) -> Block:
    """Fold equal blocks within a block, the innermost first; the block itself is changed."""
    backwards: Edges = {number: [] for number in edges}
    for number, targets in edges.items():
        for target in targets:
            backwards[target].append(number)
    _fold(block, edges, backwards)
    return block


def _fold(block: Block, edges: Edges, backwards: Edges) -> None:
    for item in block.items:
        if isinstance(item, Block):
            _fold(item, edges, backwards)
    folded: list[Item] = []
    for run in _runs(block.items, edges):
        surfaces = [_surface(item, edges, backwards) for item in run]
        while run:
            length, chained = _foldable(surfaces)
            folded.append(_merged(run[:length], chained))
            run, surfaces = run[length:], surfaces[length:]
    block.items = folded


def _runs(items: list[Item], edges: Edges) -> list[list[Item]]:
    """Neighbours of one shape together."""
    runs: list[list[Item]] = []
    last: Shape | None = None
    for item in items:
        shape = _shape(item, edges) if isinstance(item, Block) else None
        if shape is not None and shape == last:
            runs[-1].append(item)
        else:
            runs.append([item])
        last = shape
    return runs


def _shape(block: Block, edges: Edges) -> Shape:
    """What equal blocks have in common: their layers by operator, and the edges between them."""
    nodes = [leaf.nodes[0] for leaf in block.leaves()]
    position = {node.id: number for number, node in enumerate(nodes)}
    inner = tuple(
        (position[node.id], position[target])
        for node in nodes
        for target in edges[node.id]
        if target in position
    )
    return tuple(_layer_shape(node) for node in nodes), inner, _nesting(block)


def _nesting(block: Block) -> Shape:
    return tuple((item.count, _nesting(item)) if isinstance(item, Block) else () for item in block.items)


def _layer_shape(node: Node) -> Shape:
    groups = node.attrs.get("groups")
    p = node.attrs.get("p", 0)
    return (
        node.op,
        str(node.condition),
        isinstance(groups, int) and groups > 1,
        p if isinstance(p, Rate) else isinstance(p, float | int) and p > 0,
        *(repr(node.attrs.get(name)) for name in SHAPING),
    )


def _surface(item: Item, edges: Edges, backwards: Edges) -> Surface:
    leaves = [item] if isinstance(item, Leaf) else item.leaves()
    inside = frozenset(node.id for leaf in leaves for node in leaf.nodes)
    sources = {source for number in inside for source in backwards[number]}
    targets = {target for number in inside for target in edges[number]}
    return Surface(inside, frozenset(sources - inside), frozenset(targets - inside))


def _foldable(surfaces: list[Surface]) -> tuple[int, bool]:
    """How many of the first blocks can be folded into one without hiding where their tensors come from and
    go to; and whether each of those feeds the next."""
    for length in range(len(surfaces), 1, -1):
        run = surfaces[:length]
        if _is_chain(run):
            return length, True
        if all(one.sources == run[0].sources and one.targets == run[0].targets for one in run):
            return length, False
    return 1, False


def _is_chain(run: list[Surface]) -> bool:
    """Each feeds the next; nothing enters but what enters the first, or leaves but where the last leads."""
    inside: frozenset[int] = frozenset().union(*(one.inside for one in run))
    return (
        all(one.targets & other.inside for one, other in pairwise(run))
        and all(one.sources - inside <= run[0].sources for one in run[1:])
        and all(one.targets - inside <= run[-1].targets for one in run[:-1])
    )


def _merged(run: list[Item], chained: bool) -> Item:
    first = run[0]
    if len(run) == 1 or not isinstance(first, Block):
        return first
    for other in run[1:]:
        assert isinstance(other, Block)  # only blocks have a shape
        first.names += other.names
        for mine, theirs in zip(first.leaves(), other.leaves(), strict=True):
            mine.nodes += theirs.nodes
    first.chained = chained
    return first
