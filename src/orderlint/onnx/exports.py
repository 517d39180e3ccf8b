"""What an export has lost (OL901, OL902): dropouts and batch norms; and dropouts left on (OL114)."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    from collections.abc import Iterable, Sequence

    from onnx import ModelProto
    from orderlint.graph.model import Node
    from orderlint.onnx.lowering import Lowering

GRAPH_SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"

RUNNING_MEAN = re.compile(r"target='([^'\n]+)\.running_mean'")
"""A batch norm in the signature that `torch.export` writes; it survives folding."""

FROZEN_CALL = "no_training"
"""Part of what `torch.export` calls a batch norm in inference mode."""

SHOWN_FOLDED = 3
"""Folded batch norms that a message names."""

DROPOUT_CLASS = re.compile(r"Drop(?:out|Path)|StochasticDepth|DropConnect", re.IGNORECASE)
"""Module classes that are gone from an inference export but for the metadata of what replaced them."""


def exporter_of(model: ModelProto, state: Lowering) -> str:
    """Which exporter wrote the file, as `data/exporters.toml` calls it."""
    if "pytorch" not in text(model.producer_name).lower():
        return "unknown"
    operators = state.program.operators
    dynamo = any(SCOPES in each.metadata or each.name.startswith("node_") for each in operators)
    return "torch-dynamo" if dynamo else "torch-legacy"


@dataclass(frozen=True, slots=True)
class Lost:
    """What an export has lost: the module paths of its folded batch norms, and of dropouts without effect.

    `frozen`: what the names of the folded norms say of the mode they were exported in: all in inference mode.
    """

    folded: tuple[str, ...]
    dropouts: tuple[str, ...]
    frozen: bool


def facts_of(path: str, model: ModelProto, state: Lowering) -> list[ModuleFact]:
    """The facts of an export that no layer carries, in the order of the rules' codes."""
    exporter, lost = exporter_of(model, state), lost_in(model, state)
    norms = [node for node in state.graph.nodes if node.kind == "batch_norm"]
    producer = " ".join(filter(None, (text(model.producer_name), text(model.producer_version))))
    if _is_inference_export(state):
        computed = _computed_weights(state) if exporter == "torch-legacy" else 0
        shown = norms or lost.folded or lost.dropouts or computed
        attrs = {
            **_recipe(exporter, "training", producer),
            "seems": "is" if shown else "looks like",
            "left": left_words(lost, len(norms), computed),
            "dropouts": lost.dropouts,
            "batch_norms": len(norms),
            "folded": lost.folded,
        }
        return [ModuleFact("inference_export", text(model.graph.name), producer, Place(path, 1), attrs)]
    facts = _active_dropouts(path, state, norms, lost)
    if lost.folded:
        attrs = {
            **_recipe(exporter, "unfolded", producer),
            "folded": folded_words(lost.folded),
            "count": len(lost.folded),
            "modules": lost.folded,
        }
        facts.append(ModuleFact("folded_batch_norm", lost.folded[0], producer, Place(path, 1), attrs))
    return facts


def left_words(lost: Lost, norms: int, computed: int) -> str:
    """What an inference export shows of its dropouts and batch norms, in words.

    `computed`: convolutions whose weights the exporter computed, as it does to fold a batch norm into them.
    """
    dropouts = f"{_counted(len(lost.dropouts), 'dropout')} gone" if lost.dropouts else "no dropout"
    parts = [
        f"{_counted(len(lost.folded), 'batch norm')} folded" if lost.folded else "",
        f"{_counted(norms, 'batch norm')} in inference mode" if norms else "",
        f"batch norms folded into {_counted(computed, 'convolution')}" if computed else "",
    ]
    found = [part for part in parts if part] or ["no batch norm"]
    return ", ".join([dropouts, *found])


def _computed_weights(state: Lowering) -> int:
    """Convolutions with weights that the TorchScript exporter has named itself: those of the model keep
    theirs."""
    return sum(
        operator.op_type == "Conv"
        and (weight := operator.input(1)) is not None
        and weight.name.startswith("onnx::")
        for operator in state.operators.values()
    )


def folded_words(folded: Sequence[str]) -> str:
    """`3 batch norms are folded (bn1, layer1.0.bn2, …)`."""
    names = ", ".join(f"`{name}`" for name in folded[:SHOWN_FOLDED] if name)
    more = ", …" if len(folded) > SHOWN_FOLDED else ""
    verb = "is" if len(folded) == 1 else "are"
    return f"{_counted(len(folded), 'batch norm')} {verb} folded" + (f" ({names}{more})" if names else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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


def lost_in(model: ModelProto, state: Lowering) -> Lost:
    """The batch norms that were folded into weight layers, and the dropouts of which a copy is left."""
    fused = [
        origin
        for operator in state.operators.values()
        if FOLDED in (origin := origin_of(operator.metadata)).rewrites
    ]
    kept = {node.attrs.get("module_path") for node in state.graph.nodes if node.kind == "batch_norm"}
    signed = [name for name in RUNNING_MEAN.findall(_signature(model)) if name not in kept]
    folded = dict.fromkeys([*(origin.module or "" for origin in fused), *signed])
    frozen = bool(fused) and all(FROZEN_CALL in origin.call for origin in fused)
    return Lost(tuple(folded), tuple(_gone_dropouts(state)), frozen)


def _signature(model: ModelProto) -> str:
    """What `torch.export` says of the parameters and buffers of a model, or ""."""
    entries = [*model.metadata_props, *getattr(model.graph, "metadata_props", ())]  # graphs: since onnx 1.16
    return next((text(entry.value) for entry in entries if text(entry.key) == GRAPH_SIGNATURE), "")


def _gone_dropouts(state: Lowering) -> list[str]:
    """The module paths of dropouts of which a copy without effect is left."""
    origins = (origin_of(operator.metadata) for operator in state.program.operators if operator.metadata)
    paths = (each.module for each in origins if DROPOUT_CLASS.search(each.module_class.rpartition(".")[2]))
    return list(dict.fromkeys(path for path in paths if path))


def _active_dropouts(path: str, state: Lowering, norms: list[Node], lost: Lost) -> list[ModuleFact]:
    """Dropouts that work though all batch norms are in inference mode; they are marked as always on."""
    if any(node.attrs.get("training") != NEVER for node in norms) or not (norms or lost.frozen):
        return []
    facts = []
    for node in _active(state):
        node.attrs["training"] = "always"
        attrs = {
            "p": node.attrs.get("p"),
            "module_path": node.attrs.get("module_path"),
            "batch_norm": norms[0].name if norms else lost.folded[0],
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
