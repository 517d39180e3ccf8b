"""A picture as nested boxes and edges between what is seen, for formats that are laid out elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from orderlint.pictures.outline import Block

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.pictures.flows import Marks
    from orderlint.pictures.outline import Item
    from orderlint.pictures.picture import Picture

Seen: TypeAlias = "dict[tuple[str, str], Marks]"

COLOURS = {"error": "#c81e1e", "warning": "#d9730d", "info": "#2f6fb7"}
"""Of findings, by severity."""


def is_open(picture: Picture, item: Item) -> bool:
    return isinstance(item, Block) and item in picture.opened


def seen_edges(picture: Picture) -> Seen:
    """Edges between the layers and closed blocks that are seen, by their ids, each with its findings."""
    edges: Seen = {}
    for (source, target), marks in picture.flows.wires.items():
        start, end = _seen_of(picture, source), _seen_of(picture, target)
        if start is not end or start in picture.flows.loops:
            edges.setdefault((picture.ids[start], picture.ids[end]), set()).update(marks)
    return edges


def _seen_of(picture: Picture, items: Iterable[Item]) -> Item:
    """The outermost of a layer and the blocks around it that is not open."""
    return next(item for item in items if not is_open(picture, item))


def colour_of(picture: Picture, marks: Marks) -> str | None:
    """The colour of the gravest of some findings; None for none."""
    severities = {picture.findings[mark].diagnostic.severity for mark in marks}
    return next((colour for severity, colour in COLOURS.items() if severity in severities), None)
