"""Models for the tests: from ONNX's text format, from the exported fixtures, and what is asked of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import onnx.parser

from orderlint.onnx.frontend import model_of_onnx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.graph.model import Model, Node

HERE = Path(__file__).resolve().parent
EXPORTS = HERE / "exports"
HANDMADE = HERE / "handmade"
NAME = "name_of_node"
NAMED = re.compile(r"\[(?P<name>[A-Za-z_]\w*)\]\s*(?P<start>[^=\[\]]*=\s*[\w.]+)\s*(?P<attributes><)?")


def proto(body: str, opset: int = 17, ir_version: int = 8, imports: str = "") -> onnx.ModelProto:
    """A model in ONNX's text format: a graph, perhaps functions; `__` in a node's name is a slash.

    Parsers before onnx 1.18 know no `[name]` in front of a node, so names are passed as an attribute.
    """
    text = NAMED.sub(_with_name, body)
    model = onnx.parser.parse_model(
        f'<ir_version: {ir_version}, opset_import: ["": {opset}{imports}]>\n{text}'
    )
    for nodes in (model.graph.node, *(function.node for function in model.functions)):
        _name_nodes(nodes)
    return model


def _with_name(match: re.Match[str]) -> str:
    name, start, attributes = match["name"], match["start"], match["attributes"]
    return f'{start}<{NAME}: string = "{name}"{", " if attributes else ">"}'


def _name_nodes(nodes: Iterable[onnx.NodeProto]) -> None:
    """Take each node's name out of its attributes, in bodies of control flow too."""
    for node in nodes:
        for attribute in list(node.attribute):
            if attribute.name == NAME:
                node.name = attribute.s.decode().replace("__", "/")
                node.attribute.remove(attribute)
            else:
                _name_nodes(attribute.g.node)


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
