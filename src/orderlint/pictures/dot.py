"""A picture in the DOT language of Graphviz."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from orderlint.pictures.labels import block_summary, block_title, leaf_title
from orderlint.pictures.outline import Block
from orderlint.pictures.projection import colour_of, is_open, seen_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.pictures.outline import Item
    from orderlint.pictures.picture import Picture


def dot_text(picture: Picture) -> str:
    """A digraph with a cluster for each open block; the paths of findings are thick and coloured."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield f"digraph {_quoted(picture.model.entry)} {{"
    yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif", fontsize=10];'
    yield '  graph [fontname="sans-serif", fontsize=11, style=rounded];'
    yield from _inside(picture, picture.root, "", 1)
    for (source, target), marks in seen_edges(picture).items():
        yield f"  {source} -> {target}{_style(colour_of(picture, marks))};"
    yield "}"


def _inside(picture: Picture, block: Block, above: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for item in block.items:
        name = picture.ids[item]
        if not isinstance(item, Block):
            yield f"{indent}{name} {_node(picture, item, leaf_title(item), item.name)};"
            continue
        title = block_title(item, above)
        heading = title if item.count == 1 else f"{title} ×{item.count}"
        if is_open(picture, item):
            yield f"{indent}subgraph cluster_{name} {{"
            yield f"{indent}  label={_quoted(heading)};"
            yield from _inside(picture, item, title.partition(" ")[0], depth + 1)
            yield f"{indent}}}"
        else:
            yield f"{indent}{name} {_node(picture, item, heading, block_summary(item), 'peripheries=2')};"


def _node(picture: Picture, item: Item, title: str, below: str, *more: str) -> str:
    label = f"{title}\n{below}" if below else title
    colour = colour_of(picture, picture.flows.marks_in(item))
    styles = [f'color="{colour}", penwidth=2.5'] if colour else []
    return f"[{', '.join([f'label={_quoted(label)}', *more, *styles])}]"


def _style(colour: str | None) -> str:
    return f' [color="{colour}", penwidth=2.5]' if colour else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
