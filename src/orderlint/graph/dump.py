"""A layer graph as text for people and as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph.model import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderlint.graph.model import LayerGraph, Model, Node, Place

    PathStyle = Callable[[str], str]

SCHEMA = 1
HIDDEN_ATTRS = frozenset({"module", "literal_p", "result_used"})
"""Attributes that say nothing to a reader of the text dump."""


def place_to_json(place: Place | None, path_style: PathStyle = str) -> dict[str, object] | None:
    """`{"path", "line", "column"}`, 1-based, columns in code points; None stays None."""
    if place is None:
        return None
    return {"path": path_style(place.path), "line": place.line, "column": place.column}


def graph_to_json(graph: LayerGraph, path_style: PathStyle = str) -> dict[str, object]:
    """The graph in the schema of `orderlint graph --format json`; `path_style` turns a path into the one to
    show."""
    nodes = [_node_to_json(node, path_style) for node in graph.nodes]
    edges = [[node, target] for node, targets in enumerate(graph.successors) for target in targets]
    return {"schema": SCHEMA, "nodes": nodes, "edges": edges}


def _node_to_json(node: Node, path_style: PathStyle) -> dict[str, object]:
    return {
        "id": node.id,
        "kind": node.kind,
        "op": node.op,
        "name": node.name,
        "attrs": {key: value_to_json(value) for key, value in node.attrs.items()},
        "built": place_to_json(node.built, path_style),
        "used": place_to_json(node.used, path_style),
        "condition": str(node.condition) if node.condition else None,
    }


def value_to_json(value: object) -> object:
    """An attribute's value as JSON; a symbolic rate is `{"symbol", "default"}`, what JSON cannot say is its
    text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if value - value == 0 else str(value)
        case Rate():
            return {"symbol": value.text, "default": value.default}
        case tuple() | list():
            return [value_to_json(item) for item in value]
        case dict():
            return {str(key): value_to_json(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((value_to_json(item) for item in value), key=str)
        case _:
            return str(value)


def graph_to_text(model: Model, path_style: PathStyle = str) -> str:
    """One line a layer application, `id kind operator name (attributes) place <- inputs`, under a line on
    the model."""
    return "\n".join(_text_lines(model, path_style))


def _text_lines(model: Model, path_style: PathStyle) -> Iterator[str]:
    graph = model.graph
    edges = sum(map(len, graph.successors))
    where = f"{path_style(model.path)}:{model.line}"
    yield f"{model.entry} ({where}): {model.status}, {len(graph.nodes)} nodes, {edges} edges"
    for reason in model.unresolved:
        where = f"{path_style(reason.place.path)}:{reason.place.line}: " if reason.place else ""
        yield f"  not followed: {where}{reason.reason}"
    width = len(str(max(len(graph.nodes) - 1, 0)))
    for node in graph.nodes:
        inputs = ", ".join(str(i) for i in graph.predecessors[node.id])
        yield f"{node.id:>{width}}  {_node_text(node, path_style)}" + (f"  <- {inputs}" if inputs else "")


def _node_text(node: Node, path_style: PathStyle) -> str:
    words = [node.kind, node.op]
    if node.name:
        words.append(f"`{node.name}`")
    attrs = ", ".join(
        f"{key}={_value_text(value)}" for key, value in node.attrs.items() if key not in HIDDEN_ATTRS
    )
    if attrs:
        words.append(f"({attrs})")
    if node.place is not None:
        words.append(f"{path_style(node.place.path)}:{node.place.line}")
    if node.condition:
        words.append(f"when {node.condition}")
    return "  ".join(words)


def _value_text(value: object) -> str:
    if isinstance(value, Rate):
        return value.text if value.default is None else f"{value.text} (default {value.default:g})"
    return "?" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
