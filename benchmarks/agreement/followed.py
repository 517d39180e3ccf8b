"""What orderlint says of a model: its graph (from source, a trace, or a trace's JSON) as an observation."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from orderlint.engine.check import check
from orderlint.engine.groups import effective_kind
from orderlint.engine.loader import load_rules
from orderlint.graph.model import LayerGraph, Model, Node, Place

from .observation import CODES, COMPARED, Edge, Finding, Layer, Observation

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic, DiagnosticLayer

NAMES = {code: group for group in CODES for code in group.split("+")}
Where = Callable[[Place | None], "str | None"]


def places_below(roots: Iterable[str]) -> Where:
    """A function that writes a place as `file:line`, the file relative to the first root it lies in."""
    prefixes = [os.path.realpath(root) + os.sep for root in roots]

    def where(place: Place | None) -> str | None:
        if place is None:
            return None
        path = os.path.realpath(place.path)
        root = next((prefix for prefix in prefixes if path.startswith(prefix)), "")
        return f"{path[len(root) :]}:{place.line}"

    return where


def followed(model: Model, name: str, where: Where) -> Observation:
    """A model that a front end followed."""
    census = Counter(effective_kind(node) for node in model.graph.nodes)
    reasons = [f"{item.reason} ({where(item.place) or 'no place'})" for item in model.unresolved]
    return Observation(
        name,
        model.entry,
        census,
        contracted(model.graph, where),
        findings(check(model, _rules()), where),
        model.status,
        reasons,
    )


def _rules() -> Sequence[Any]:
    if not _RULES:
        _RULES.extend(rule for rule in load_rules() if rule.code in NAMES)
    return _RULES


_RULES: list[Any] = []


def contracted(graph: LayerGraph, where: Where) -> set[Edge]:
    """Pairs of layers joined by a path that meets no other layer."""
    layers = [_layer(node, where) for node in graph.nodes]
    found: set[Edge] = set()
    for start, layer in enumerate(layers):
        if layer is None:
            continue
        seen, todo = set[int](), list(graph.successors[start])
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            if (end := layers[node]) is not None:
                found.add((layer, end))
            else:
                todo.extend(graph.successors[node])
    return found


def _layer(node: Node, where: Where) -> Layer | None:
    kind = effective_kind(node)
    return Layer(kind, where(node.built), where(node.used)) if kind in COMPARED else None


def findings(diagnostics: Iterable[Diagnostic], where: Where) -> list[Finding]:
    """The diagnostics that are compared, by the places of their anchors."""
    return [
        Finding(NAMES[found.code], _spots(_first(found), where), _spots(found.layers[-1], where))
        for found in diagnostics
        if found.code in NAMES and not _unjudged(found)
    ]


def _first(found: Diagnostic) -> DiagnosticLayer:
    """The layer that truth names first: the activation before a batch norm, not its weight layer."""
    first = "activation" if found.code == "OL303" else found.layers[0].role
    return next((layer for layer in found.layers if layer.role == first), found.layers[0])


def _unjudged(found: Diagnostic) -> bool:
    """Runs were not searched for repeated dropout with an activation between."""
    return found.code == "OL125" and any(layer.kind == "activation" for layer in found.layers)


def _spots(layer: DiagnosticLayer, where: Where) -> frozenset[str]:
    return frozenset(spot for spot in (where(layer.built), where(layer.used)) if spot)


def graph_of_json(data: dict[str, Any]) -> LayerGraph:
    """A graph as `orderlint graph` and `orderlint trace` print it."""
    graph = LayerGraph()
    for item in data["nodes"]:
        built, used = (_place(item[key]) for key in ("built", "used"))
        graph.add(Node(item["id"], item["kind"], item["op"], item["name"], item["attrs"], built, used))
    for start, end in data["edges"]:
        graph.connect(start, end)
    graph.outputs = [node.id for node in graph.nodes if not graph.successors[node.id]]
    return graph


def _place(data: dict[str, Any] | None) -> Place | None:
    return Place(data["path"], data["line"], data["column"]) if data else None
