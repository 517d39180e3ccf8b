"""What an export has lost (OL901, OL902): dropouts and batch norms; and dropouts left on (OL114)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from orderlint.graph.kinds import WEIGHT
from orderlint.graph.model import ModuleFact, Place
from orderlint.onnx.attributes import text
from orderlint.onnx.catalogue import data
from orderlint.onnx.modes import NEVER, TRAIN, is_dropout_of_any_mode
from orderlint.onnx.module_paths import FOLDED
from orderlint.onnx.provenance import SCOPES, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onnx import ModelProto
    from orderlint.graph.model import Node
    from orderlint.onnx.lowering import Lowering

GRAPH_SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"

RUNNING_MEAN = re.compile(r"target='([^'\n]+)\.running_mean'")
"""A batch norm in the signature that `torch.export` writes; it survives folding."""

DROPOUT_CLASS = re.compile(r"Drop(?:out|Path)|StochasticDepth|DropConnect", re.IGNORECASE)
"""Module classes that are gone from an inference export but for the metadata of what replaced them."""


def exporter_of(model: ModelProto, state: Lowering) -> str:
    """Which exporter wrote the file, as `data/exporters.toml` calls it."""
    if "pytorch" not in text(model.producer_name).lower():
        return "unknown"
    operators = state.program.operators
    dynamo = any(SCOPES in each.metadata or each.name.startswith("node_") for each in operators)
    return "torch-dynamo" if dynamo else "torch-legacy"


def facts_of(path: str, model: ModelProto, state: Lowering) -> list[ModuleFact]:
    """The facts of an export that no layer carries, in the order of the rules' codes."""
    exporter = exporter_of(model, state)
    folded, gone = _folded(model, state), _gone_dropouts(state)
    norms = [node for node in state.graph.nodes if node.kind == "batch_norm"]
    producer = " ".join(filter(None, (text(model.producer_name), text(model.producer_version))))
    if _is_inference_export(state):
        attrs = {
            **_recipe(exporter, "training", producer),
            "dropouts": tuple(gone),
            "batch_norms": len(norms),
            "folded": tuple(folded),
        }
        return [ModuleFact("inference_export", text(model.graph.name), producer, Place(path, 1), attrs)]
    facts = _active_dropouts(path, state, norms)
    if folded:
        attrs = {**_recipe(exporter, "unfolded", producer), "count": len(folded), "modules": tuple(folded)}
        facts.append(ModuleFact("folded_batch_norm", folded[0], producer, Place(path, 1), attrs))
    return facts


def _is_inference_export(state: Lowering) -> bool:
    """Whether nothing in a network with weights shows that it was exported in training mode."""
    nodes = state.graph.nodes
    trained = any(_shows_training(node) for node in nodes)
    return not trained and any(node.kind in WEIGHT for node in nodes)


def _shows_training(node: Node) -> bool:
    mode = node.attrs.get("training")
    if node.kind == "batch_norm":
        return mode == TRAIN  # one without running statistics works on batch statistics in any mode
    return node.kind in ("dropout", "drop_path") and mode != NEVER


def _folded(model: ModelProto, state: Lowering) -> list[str]:
    """The module paths of the batch norms that were folded into weight layers."""
    fused = [
        (origin.module or "")
        for operator in state.operators.values()
        if FOLDED in (origin := origin_of(operator.metadata)).rewrites
    ]
    kept = {node.attrs.get("module_path") for node in state.graph.nodes if node.kind == "batch_norm"}
    signature = next((text(e.value) for e in model.metadata_props if text(e.key) == GRAPH_SIGNATURE), "")
    signed = [name for name in RUNNING_MEAN.findall(signature) if name not in kept]
    return list(dict.fromkeys([*fused, *signed]))


def _gone_dropouts(state: Lowering) -> list[str]:
    """The module paths of dropouts of which a copy without effect is left."""
    origins = (origin_of(operator.metadata) for operator in state.program.operators if operator.metadata)
    paths = (each.module for each in origins if DROPOUT_CLASS.search(each.module_class.rpartition(".")[2]))
    return list(dict.fromkeys(path for path in paths if path))


def _active_dropouts(path: str, state: Lowering, norms: list[Node]) -> list[ModuleFact]:
    """Dropouts that work though all batch norms are in inference mode; they are marked as always on."""
    if not norms or any(node.attrs.get("training") != NEVER for node in norms):
        return []
    facts = []
    for node in _active(state):
        node.attrs["training"] = "always"
        attrs = {
            "p": node.attrs.get("p"),
            "module_path": node.attrs.get("module_path"),
            "batch_norm": norms[0].name,
        }
        place = node.used or Place(path, 1)
        facts.append(ModuleFact("active_dropout_in_inference_graph", node.name, node.op, place, attrs))
    return facts


def _active(state: Lowering) -> Iterable[Node]:
    for node in state.graph.nodes:
        operator = state.operators.get(node.id)
        open_mode = operator is not None and is_dropout_of_any_mode(operator)
        if node.kind == "dropout" and node.attrs.get("training") != NEVER and not open_mode:
            yield node


def _recipe(exporter: str, purpose: str, producer: str) -> dict[str, object]:
    """How to export again; an exporter that is not known is called by the name in the file."""
    table = _exporters()[exporter]
    return {"exporter": table.get("name", producer or "the exporter"), "recipe": table[purpose]}


@lru_cache(maxsize=1)
def _exporters() -> dict[str, dict[str, str]]:
    return data("exporters.toml")
