"""A picture before it is drawn: the outline of a model, its flows and findings, and which blocks are open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.pictures.flows import Flows, flows_of, spots_of
from orderlint.pictures.folding import fold
from orderlint.pictures.outline import Block, Leaf, drawn_edges, outline
from orderlint.pictures.tidying import tidied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import Model
    from orderlint.pictures.flows import Spot

WIDTH_OF_SIGHT = 45
"""Layers and closed blocks that a picture shows at most, unless the path of a finding asks for more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding, and the paths (node ids) of all its occurrences."""

    diagnostic: Diagnostic
    paths: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class Picture:
    """What is drawn. `opened` are the blocks whose inside is shown at first; `ids` name every item."""

    model: Model
    findings: Sequence[Finding]
    root: Block
    flows: Flows
    opened: set[Block]
    ids: dict[Block | Leaf, str] = field(default_factory=dict)


def picture_of(model: Model, findings: Sequence[Finding] = (), depth: int | None = None) -> Picture:
    """The picture of a model. `depth` is how many levels of blocks are open; None for as many as can be
    taken in, and those on the path of each finding."""
    edges = drawn_edges(model.graph)
    root = fold(tidied(outline(model.graph), edges), edges)
    flows = flows_of(root, edges, {number: item.paths for number, item in enumerate(findings)})
    opened = (
        _down_to(root, depth) if depth is not None else _taken_in(root, _on_paths(findings, spots_of(root)))
    )
    picture = Picture(model, findings, root, flows, opened)
    _number(picture, root)
    return picture


def _number(picture: Picture, item: Block | Leaf) -> None:
    picture.ids[item] = f"n{len(picture.ids)}"
    for inner in item.items if isinstance(item, Block) else ():
        _number(picture, inner)


def _down_to(block: Block, depth: int) -> set[Block]:
    inner = [item for item in block.items if isinstance(item, Block)] if depth > 0 else []
    return {block}.union(*(_down_to(item, depth - 1) for item in inner))


def _taken_in(root: Block, needed: set[Block]) -> set[Block]:
    """The blocks needed, then level by level what there is room for; of a level for which there is none, the
    first block of each make."""
    opened = {root} | needed
    room = WIDTH_OF_SIGHT - sum(len(block.items) for block in opened) + len(opened) - 1
    level: list[Block] = [root]
    while level:
        level = [
            item for block in level if block in opened for item in block.items if isinstance(item, Block)
        ]
        wanted = [block for block in level if block not in opened]
        if sum(map(_cost, wanted)) > room:
            makes = {_make(block): block for block in reversed(level)}
            wanted = [block for block in wanted if makes[_make(block)] is block]
        for block in wanted:
            if _cost(block) <= room:
                opened.add(block)
                room -= _cost(block)
    return opened


def _cost(block: Block) -> int:
    return len(block.items) - 1


def _make(block: Block) -> tuple[str, ...]:
    """The operators of its layers: blocks of one make show the same but for sizes."""
    return tuple(leaf.nodes[0].op for leaf in block.leaves())


def _on_paths(findings: Sequence[Finding], spots: Mapping[int, Spot]) -> set[Block]:
    """The blocks around one path of each finding that is more than information: the path for which the
    fewest more are needed."""
    opened: set[Block] = set()
    for finding in findings:
        if finding.diagnostic.severity == "info":
            continue
        around = [_around(path, spots) for path in finding.paths]
        opened |= min(around, key=lambda blocks: len(blocks - opened), default=set())
    return opened


def _around(path: Iterable[int], spots: Mapping[int, Spot]) -> set[Block]:
    items = (item for number in path if number in spots for item in spots[number].items)
    return {item for item in items if isinstance(item, Block)}
