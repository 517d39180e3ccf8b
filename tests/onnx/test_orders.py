"""Dropout and batch norm orders of the seven networks, by module path, in every training export.

The expected pairs were found by reading `models.py`; a dropout that is called as a function has the path of
the module that calls it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules

from .build import export

if TYPE_CHECKING:
    from orderlint.graph.model import Model

EXPORTERS = ("legacy.train", "dynamo.train.raw")

WIDE = ["layer.0", "layer.1", "layer.2"]
WIDE_NORMS = {"layer.0": "layer.0.bn1", "layer.1": "layer.1.bn1", "layer.2": "layer.2.bn1", "": "bn"}
BLOCKS = ["blocks.0", "blocks.1"]
TRANSITION = "transition.0"

DIRECT: dict[str, set[tuple[str, str]]] = {
    "DenseNet": {
        ("block1.0", "block1.1.norm1"),
        ("block1.0", TRANSITION),
        ("block1.1", TRANSITION),
        ("block2.0", "block2.1.norm1"),
        ("block2.0", "norm5"),
        ("block2.1", "norm5"),
    },
    "ResidualMLP": {("input_dropout", norm) for norm in ("blocks.0.norm", "blocks.1.norm", "last_norm")},
}
"""Dropout to batch norm with no norm and no weight between (OL101)."""

BEHIND_WEIGHTS: dict[str, set[tuple[str, str]]] = {
    "WideResNet": {(f"{block}.drop", WIDE_NORMS[later]) for block, later in combinations([*WIDE, ""], 2)},
    "VGG": {("features.3", "features.5")},
    "ResidualMLP": {
        ("blocks.0.dropout", "blocks.1.norm"),
        ("blocks.0.dropout", "last_norm"),
        ("blocks.1.dropout", "last_norm"),
    },
    "LSTMClassifier": {("embedding_dropout", "norm")},
}
"""Dropout to batch norm through weights, with no norm between (OL102)."""

NETWORKS = ("DenseNet", "WideResNet", "VGG", "MobileNetV2", "ResidualMLP", "Transformer", "LSTMClassifier")


def pairs(model: Model, code: str) -> set[tuple[str, str]]:
    """The module paths of the dropout and the batch norm of every finding of a rule."""
    paths = {node.name: str(node.attrs["module_path"]) for node in model.graph.nodes if node.kind != "input"}
    for node in model.graph.nodes:  # without places no two findings are merged
        node.used, node.frames = None, ()
    rules = [rule for rule in load_rules() if rule.code == code]
    found = check(model, rules)
    return {(paths[each.layers[0].name], paths[each.layers[-1].name]) for each in found}


@pytest.mark.parametrize("how", EXPORTERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_dropout_before_batch_norm(network: str, how: str) -> None:
    assert pairs(export(f"{network}.{how}"), "OL101") == DIRECT.get(network, set())


@pytest.mark.parametrize("how", EXPORTERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_dropout_weight_batch_norm(network: str, how: str) -> None:
    assert pairs(export(f"{network}.{how}"), "OL102") == BEHIND_WEIGHTS.get(network, set())


@pytest.mark.parametrize("network", NETWORKS)
def test_module_paths_exist(network: str) -> None:
    """Both exporters give every layer of the network the same path."""
    legacy, dynamo = (
        {
            (node.kind, node.attrs["module_path"])
            for node in export(f"{network}.{how}").graph.nodes
            if node.kind in ("conv", "batch_norm", "layer_norm", "dropout", "rnn", "embedding", "linear")
        }
        for how in EXPORTERS
    )
    assert legacy == dynamo


@pytest.mark.parametrize("how", EXPORTERS)
def test_rates_come_through(how: str) -> None:
    rates = {
        network: sorted(
            {
                str(node.attrs["p"])
                for node in export(f"{network}.{how}").graph.nodes
                if node.kind == "dropout"
            }
        )
        for network in NETWORKS
    }
    assert rates == {
        "DenseNet": ["0.2"],
        "WideResNet": ["0.3"],
        "VGG": ["0.3", "0.5"],
        "MobileNetV2": ["0.2"],
        "ResidualMLP": ["0.1", "0.25"],
        "Transformer": ["0.1"],
        "LSTMClassifier": ["0.2", "0.5"],
    }
