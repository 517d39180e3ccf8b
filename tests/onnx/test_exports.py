"""What exports have lost: the facts behind OL901 and OL902, for every exporter and mode."""

from __future__ import annotations

import pytest

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules

from .build import EXPORTS, export, facts, graph

FILES = sorted(path.name.removesuffix(".onnx") for path in EXPORTS.glob("*.onnx"))
EVAL = [name for name in FILES if ".eval" in name]
NETWORKS_WITH_FOLDABLE = ("WideResNet", "VGG", "MobileNetV2", "DenseNet")


def test_there_are_exports() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("name", FILES)
def test_every_export_is_read_whole(name: str) -> None:
    model = export(name)
    assert (model.status, model.frontend) == ("complete", "onnx")
    assert model.notes["exporter"] == ("torch-legacy" if ".legacy" in name else "torch-dynamo")
    assert "other" not in {node.kind for node in model.graph.nodes}


@pytest.mark.parametrize("name", EVAL)
def test_an_inference_export_is_said_to_be_one(name: str) -> None:
    model = export(name)
    assert facts(model) == ["inference_export"]
    attrs = model.facts[0].attrs
    recipe = str(attrs["recipe"])
    if ".legacy" in name:
        assert "training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False" in recipe
        assert attrs["exporter"] == "PyTorch's TorchScript exporter"
    else:
        assert "model.train()" in recipe
        assert "dynamo=True, optimize=False" in recipe


@pytest.mark.parametrize("name", [name for name in EVAL if not name.startswith("Decomposed")])
def test_the_rule_speaks_of_it_and_fails_nothing(name: str) -> None:
    rules = [rule for rule in load_rules() if rule.code in ("OL901", "OL902", "OL101", "OL102", "OL114")]
    found = check(export(name), rules)
    assert [(each.code, each.severity) for each in found] == [("OL901", "info")]


def test_what_an_inference_export_has_lost() -> None:
    attrs = export("VGG.dynamo.eval.raw").facts[0].attrs
    assert attrs["dropouts"] == ("features.3", "classifier.2", "classifier.5")
    assert (attrs["batch_norms"], attrs["folded"]) == (2, ())
    attrs = export("VGG.dynamo.eval.optimized").facts[0].attrs
    assert (attrs["batch_norms"], attrs["folded"]) == (0, ("features.1", "features.5"))


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".train.raw", "legacy.train"))])
def test_a_whole_training_export_has_lost_nothing(name: str) -> None:
    assert facts(export(name)) == []


@pytest.mark.parametrize("network", NETWORKS_WITH_FOLDABLE)
def test_dynamo_folds_batch_norms_of_training_exports(network: str) -> None:
    (fact,) = export(f"{network}.dynamo.train.optimized").facts
    assert fact.fact == "folded_batch_norm"
    assert "optimize=False" in str(fact.attrs["recipe"])
    raw = export(f"{network}.dynamo.train.raw").graph.nodes
    optimized = export(f"{network}.dynamo.train.optimized").graph.nodes
    norms, kept = (
        [node.attrs["module_path"] for node in nodes if node.kind == "batch_norm"]
        for nodes in (raw, optimized)
    )
    assert fact.attrs["modules"] == tuple(path for path in norms if path not in kept)


def test_a_folded_layer_keeps_the_path_of_its_weight() -> None:
    nodes = export("VGG.dynamo.train.optimized").graph.nodes
    assert [node.attrs["module_path"] for node in nodes if node.kind == "conv"] == [
        "features.0",
        "features.4",
    ]


def test_a_graph_without_weights_is_no_export_of_a_network() -> None:
    assert facts(graph("net (float[2] x) => (y) { y = Relu(x) }")) == []


def test_another_exporter_is_called_by_its_name() -> None:
    model = graph("net (float[1,4] x, float[4,4] w) => (y) { y = Gemm(x, w) }")
    (fact,) = model.facts
    assert fact.attrs["exporter"] == "the exporter"
    assert "training mode" in str(fact.attrs["recipe"])
