"""Models for the tests: from ONNX's text format, from the exported fixtures, and what is asked of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import onnx.parser

from orderlint.onnx.frontend import model_of_onnx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.graph.model import Model, Node

HERE = Path(__file__).resolve().parent
EXPORTS = HERE / "exports"
HANDMADE = HERE / "handmade"


def proto(body: str, opset: int = 17, ir_version: int = 8, imports: str = "") -> onnx.ModelProto:
    """A model in ONNX's text format: a graph, perhaps functions; `__` in a node's name is a slash."""
    model = onnx.parser.parse_model(
        f'<ir_version: {ir_version}, opset_import: ["": {opset}{imports}]>\n{body}'
    )
    for node in model.graph.node:
        node.name = node.name.replace("__", "/")
    return model


def graph(body: str, opset: int = 17, ir_version: int = 8, imports: str = "") -> Model:
    """The layer graph of a graph in ONNX's text format."""
    return lowered(proto(body, opset, ir_version, imports))


def lowered(model: onnx.ModelProto) -> Model:
    return model_of_onnx("net.onnx", model.SerializeToString())


def export(name: str) -> Model:
    """The layer graph of an exported fixture, `VGG.legacy.train`."""
    return model_of_onnx(str(EXPORTS / f"{name}.onnx"))


def kinds(model: Model) -> list[str]:
    return [node.kind for node in model.graph.nodes if node.kind != "input"]


def one(model: Model, kind: str) -> Node:
    """The only node of a kind."""
    (found,) = (node for node in model.graph.nodes if node.kind == kind)
    return found


def edges(model: Model) -> Iterator[tuple[str, str]]:
    """The edges of the graph, by the names of the nodes or, without one, by their kinds."""
    nodes = model.graph.nodes
    for source, targets in enumerate(model.graph.successors):
        for target in targets:
            yield nodes[source].name or nodes[source].kind, nodes[target].name or nodes[target].kind


def facts(model: Model) -> list[str]:
    return [fact.fact for fact in model.facts]
