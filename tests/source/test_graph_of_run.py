"""The layers of a fixture's source graph, and the edges between them, are those of a real run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

pytest.importorskip("torch")

from orderlint.linter import LAYERS
from orderlint.source.frontend import SourceOptions, model_of_entry
from orderlint.trace.target import trace_target

from .marked import Run, fixtures

if TYPE_CHECKING:
    from orderlint.graph.model import LayerGraph, Node, Place

Spot: TypeAlias = "tuple[str, int] | None"
Layer: TypeAlias = "tuple[str, Spot, Spot]"

OPEN: dict[str, str] = {
    "modules/autograd_function: Net()": "`x * sigmoid(x)` in a Function is one activation in source",
    "modules/frozen_norm: Frozen()": "a batch norm in evaluation mode is `scale` in source only",
    "modules/lazy_and_odd: Net()": "lazy modules cannot be traced",
}
LIBRARY_INSIDE = {"modules/transformer_layers: Encoder()"}
"""Models with layers that torch applies: a run names the user's call, source a place in torch."""


def parameters() -> list[object]:
    runs = [run for fixture in fixtures() for run in fixture.runs]
    return [
        pytest.param(
            run,
            id=str(run),
            marks=[pytest.mark.xfail(reason=OPEN[str(run)], strict=True)] if str(run) in OPEN else [],
        )
        for run in runs
    ]


def spot(place: Place | None) -> Spot:
    return place and (Path(place.path).name, place.line)


def layer(node: Node, places: bool) -> Layer:
    return (node.kind, spot(node.built), spot(node.used)) if places else (node.kind, None, None)


def census(graph: LayerGraph, places: bool) -> Counter[Layer]:
    return Counter(layer(node, places) for node in graph.nodes if node.kind in LAYERS)


def edges(graph: LayerGraph, places: bool) -> set[tuple[Layer, Layer]]:
    """From layer to layer, whatever stands between that is none."""
    nearest: list[set[int]] = []
    found = set()
    for node in graph.nodes:
        before = set[int]()
        for other in graph.predecessors[node.id]:
            before |= {other} if graph.nodes[other].kind in LAYERS else nearest[other]
        nearest.append(before)
        if node.kind in LAYERS:
            found |= {(layer(graph.nodes[other], places), layer(node, places)) for other in before}
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("run", parameters())
def test_source_graph_is_that_of_a_run(run: Run) -> None:
    traced = trace_target(f"{run.path}:{run.entry}", run.inputs)
    followed = model_of_entry(run.entry, SourceOptions(cache=False), file=str(run.path))
    assert followed.status == "complete", followed.unresolved
    places = str(run) not in LIBRARY_INSIDE
    assert census(followed.graph, places) == census(traced.graph, places)
    assert edges(followed.graph, places) == edges(traced.graph, places)


def test_many_models_are_run() -> None:
    assert sum(len(fixture.runs) for fixture in fixtures()) >= 40
