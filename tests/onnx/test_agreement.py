"""A network's source, trace and training exports give the same findings, by module path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules
from orderlint.source.frontend import SourceOptions, model_of_entry

from .build import export

if TYPE_CHECKING:
    from orderlint.graph.model import Model

pytest.importorskip("torch")

NETWORKS = (
    "DenseNet",
    "WideResNet",
    "VGG",
    "MobileNetV2",
    "ResidualMLP",
    "Transformer",
    "LSTMClassifier",
    "Decomposed",
)
LEGACY_LACKS = {"Decomposed"}


def findings(model: Model) -> set[tuple[str, ...]]:
    """Every finding of every rule, as its code and the kinds and module paths of its anchors."""
    paths = {}
    for node in model.graph.nodes:  # without places, and with names of their own, no two findings are merged
        path = node.attrs.get("module_path", node.name)
        node.name = node.name or f"#{node.id}"
        node.built, node.used, node.frames = None, None, ()
        paths[node.name] = str(path)
    found = set()
    for each in check(model, load_rules()):
        anchors = [each.layers[0], each.layers[-1]] if each.layers else []
        found.add((each.code, *(word for layer in anchors for word in (layer.kind, paths[layer.name]))))
    return found


@pytest.mark.parametrize("how", ["legacy.train", "dynamo.train.raw"])
@pytest.mark.parametrize("network", NETWORKS)
def test_export_and_trace_agree(network: str, how: str) -> None:
    if how.startswith("legacy") and network in LEGACY_LACKS:
        pytest.skip("the TorchScript exporter cannot export it")
    from orderlint.trace.tracing import trace_module

    from . import models

    traced = trace_module(getattr(models, network)(), (models.INPUTS[network],))
    assert findings(export(f"{network}.{how}")) == findings(traced)


@pytest.mark.parametrize("network", NETWORKS)
def test_source_and_trace_agree(network: str) -> None:
    from orderlint.trace.tracing import trace_module

    from . import models

    file = str(Path(models.__file__))
    options = SourceOptions(search_path=(str(Path(file).parent),), cache=False)
    followed = model_of_entry(f"{network}()", options, file)
    assert followed.status == "complete"
    traced = trace_module(getattr(models, network)(), (models.INPUTS[network],))
    assert findings(followed) == findings(traced)
