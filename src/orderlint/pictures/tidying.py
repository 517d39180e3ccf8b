"""Tidying: blocks that data leaves and comes back to are taken apart, and shells around one thing removed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from orderlint.pictures.outline import Block, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.pictures.outline import Edges, Item


def tidied(block: Block, edges: Edges) -> Block:
    """The block with every block in it made a stretch of the flow; the block itself is changed.

    The blocks of an `nn.ModuleList` need not follow one another: what runs between them would have to be
    drawn behind the list and before it.
    """
    block.items = _apart(block.items, edges)
    for position, item in enumerate(block.items):
        if isinstance(item, Block):
            block.items[position] = _without_shell(tidied(item, edges))
    return block


def _apart(items: list[Item], edges: Edges) -> list[Item]:
    """The items, those blocks that stand in a cycle replaced by what they hold, in the order of running."""
    while cyclic := {item for item in _in_cycles(items, edges) if isinstance(item, Block)}:
        parts = [part for item in items for part in (_parts(item) if item in cyclic else [item])]
        items = sorted(parts, key=_first)
    return items


def _parts(item: Item) -> Iterator[Item]:
    assert isinstance(item, Block)  # only blocks are taken apart
    prefix = item.names[0]
    for part in item.items:
        if isinstance(part, Block):
            part.names = [f"{prefix}.{name}" for name in part.names]
        else:
            part.name = f"{prefix}.{part.name}" if part.name else prefix
        yield part


def _first(item: Item) -> int:
    return item.nodes[0].id if isinstance(item, Leaf) else min(_first(inner) for inner in item.items)


def _in_cycles(items: list[Item], edges: Edges) -> set[Item]:
    """Items from which data flows back to them through others."""
    home = {node.id: item for item in items for leaf in _leaves(item) for node in leaf.nodes}
    following: dict[Item, set[Item]] = defaultdict(set)
    for number, item in home.items():
        following[item] |= {home[target] for target in edges[number] if target in home} - {item}
    return {item for group in _components(items, following) if len(group) > 1 for item in group}


def _leaves(item: Item) -> Iterator[Leaf]:
    if isinstance(item, Leaf):
        yield item
    else:
        yield from item.leaves()


def _components(items: list[Item], following: dict[Item, set[Item]]) -> Iterator[list[Item]]:
    """Strongly connected components (Kosaraju's two searches)."""
    leading: dict[Item, set[Item]] = defaultdict(set)
    for item, others in following.items():
        for other in others:
            leading[other].add(item)
    finished: list[Item] = []
    seen: set[Item] = set()
    for item in items:
        finished += _search(item, following, seen)
    seen = set()
    for item in reversed(finished):
        yield _search(item, leading, seen)


def _search(start: Item, following: dict[Item, set[Item]], seen: set[Item]) -> list[Item]:
    """What is reached and not seen yet, in the order in which a depth-first search is done with it."""
    if start in seen:
        return []
    seen.add(start)
    finished: list[Item] = []
    stack = [(start, iter(following[start]))]
    while stack:
        item, others = stack[-1]
        fresh = next((other for other in others if other not in seen), None)
        if fresh is None:
            finished.append(item)
            stack.pop()
        else:
            seen.add(fresh)
            stack.append((fresh, iter(following[fresh])))
    return finished


def _without_shell(block: Block) -> Item:
    if len(block.items) != 1:
        return block
    (only,) = _parts(block)
    return only
