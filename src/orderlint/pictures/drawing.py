"""A picture as data for the drawing program in `web/`, which draws in a browser and for SVG files alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderlint.pictures.labels import block_summary, block_title, leaf_title
from orderlint.pictures.outline import Leaf

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.graph.model import Place
    from orderlint.pictures.flows import Marks
    from orderlint.pictures.outline import Block
    from orderlint.pictures.picture import Finding, Picture

    PathStyle = Callable[[str], str]


def drawing(picture: Picture, path_style: PathStyle = str) -> dict[str, Any]:
    """The picture as JSON can hold it: `title`, `notes`, `findings`, `opened` (ids), and `root`, a block.

    A block has `id`, `title`, `summary`, `count`, `items`, `edges` ([from, to, findings]; ends are ids, "in"
    or "out") and `loop` (findings, or null where no copy feeds the next); a layer has `id`, `kind`, `title`,
    `name`, `hint`. Findings are meant by their number; `marks` are those whose path touches the item.
    """
    model = picture.model
    return {
        "title": model.entry,
        "notes": [item.reason for item in model.unresolved] if model.status != "complete" else [],
        "findings": [_finding(item, path_style) for item in picture.findings],
        "opened": sorted(picture.ids[block] for block in picture.opened),
        "root": _block(picture, picture.root, "", path_style),
    }


def _finding(finding: Finding, path_style: PathStyle) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "place": _place_text(diagnostic.place, path_style),
        "count": diagnostic.count,
    }


def _block(picture: Picture, block: Block, above: str, path_style: PathStyle) -> dict[str, Any]:
    flows, ids = picture.flows, picture.ids
    edges = flows.edges.get(block, {})
    title = block_title(block, above)
    return {
        "id": ids[block],
        "title": title,
        "summary": block_summary(block),
        "count": block.count,
        "items": [
            _leaf(picture, item, path_style)
            if isinstance(item, Leaf)
            else _block(picture, item, title.partition(" ")[0], path_style)
            for item in block.items
        ],
        "edges": [
            [*(end if isinstance(end, str) else ids[end] for end in ends), _numbers(marks)]
            for ends, marks in edges.items()
        ],
        "loop": _numbers(flows.loops[block]) if block in flows.loops else None,
        "marks": _numbers(flows.marks_in(block)),
    }


def _leaf(picture: Picture, leaf: Leaf, path_style: PathStyle) -> dict[str, Any]:
    node = leaf.nodes[0]
    hints = [node.op, f"`{node.name}`" if node.name else ""]
    hints += [_place_text(node.place, path_style), f"when {node.condition}" if node.condition else ""]
    return {
        "id": picture.ids[leaf],
        "kind": node.kind,
        "title": leaf_title(leaf),
        "name": leaf.name,
        "hint": "\n".join(hint for hint in hints if hint),
        "conditional": bool(node.condition),
        "marks": _numbers(picture.flows.marks.get(leaf, set())),
    }


def _place_text(place: Place | None, path_style: PathStyle) -> str:
    return f"{path_style(place.path)}:{place.line}" if place is not None else ""


def _numbers(marks: Marks) -> list[int]:
    return sorted(marks)
