"""The same model gives the same findings from its source and from its run."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules
from orderlint.source.frontend import SourceOptions, model_of_entry
from orderlint.trace.target import trace_target

NETS = Path(__file__).with_name("differential_nets.py")
INPUTS = {
    "residual_stack": "2,3,16,16",
    "dense": "2,4,8,8",
    "careless": "4,8",
    "branches": "4,8",
    "vgg": "2,3,8,8",
    "encoder": "2,5,8",
    "pooled": "2,3,8,8",
}
RULES = [rule for rule in load_rules() if rule.matches]
LIBRARY_INSIDE = {"encoder"}
"""Networks with layers that torch itself applies: a run names the user's call, source a place in torch."""


def findings(model):
    return {(found.code, *anchors(found)) for found in check(model, RULES)}


def anchors(found):
    """Lines of the first and last layer, by where they are built, else used."""
    ends = (found.layers[0], found.layers[-1]) if found.layers else ()
    return tuple(layer.place and (Path(layer.place.path).name, layer.place.line) for layer in ends)


@pytest.mark.parametrize("name", INPUTS)
def test_source_and_run_agree(name):
    source = model_of_entry(f"{name}()", SourceOptions(), file=str(NETS))
    run = trace_target(f"{NETS}:{name}", [INPUTS[name]])
    assert source.status == "complete", source.unresolved
    said, seen = findings(source), findings(run)
    if name in LIBRARY_INSIDE:
        said, seen = ({code for code, *_ in found} for found in (said, seen))
    assert said == seen


def test_a_mean_over_all_positions_is_global_pooling():
    run = trace_target(f"{NETS}:pooled", [INPUTS["pooled"]])
    assert [found.layers[-1].name for found in check(run, RULES) if found.code == "OL306"] == [
        "norms.0",
        "norms.1",
        "norms.2",
    ]
