"""A picture as a Mermaid flowchart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.pictures.labels import block_summary, block_title, leaf_title
from orderlint.pictures.outline import Block
from orderlint.pictures.projection import colour_of, is_open, seen_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.pictures.picture import Picture


def mermaid_text(picture: Picture) -> str:
    """A flowchart with a subgraph for each open block; the paths of findings are thick and coloured."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart TD"
    yield from _inside(picture, picture.root, "", 1)
    for source, target in seen_edges(picture):
        yield f"  {source} --> {target}"
    for number, marks in enumerate(seen_edges(picture).values()):
        colour = colour_of(picture, marks)
        if colour:
            yield f"  linkStyle {number} stroke:{colour},stroke-width:3px"
    for item, name in picture.ids.items():
        colour = colour_of(picture, picture.flows.marks_in(item)) if not is_open(picture, item) else None
        if colour and name in _seen(picture, picture.root):
            yield f"  style {name} stroke:{colour},stroke-width:3px"


def _seen(picture: Picture, block: Block) -> set[str]:
    names = {picture.ids[item] for item in block.items}
    opened = [item for item in block.items if isinstance(item, Block) and is_open(picture, item)]
    return names.union(*(_seen(picture, item) for item in opened))


def _inside(picture: Picture, block: Block, above: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for item in block.items:
        name = picture.ids[item]
        if not isinstance(item, Block):
            lines = (leaf_title(item), item.name)
            yield f'{indent}{name}["{_quoted(*lines)}"]'
            continue
        title = block_title(item, above)
        heading = title if item.count == 1 else f"{title} ×{item.count}"
        if is_open(picture, item):
            yield f'{indent}subgraph {name}["{_quoted(heading)}"]'
            yield from _inside(picture, item, title.partition(" ")[0], depth + 1)
            yield f"{indent}end"
        else:
            yield f'{indent}{name}[["{_quoted(heading, block_summary(item))}"]]'


def _quoted(*lines: str) -> str:
    return "<br/>".join(line.replace('"', "#quot;") for line in lines if line)
