"""Residual blocks: forks, joins, branches and shortcuts."""

from __future__ import annotations

import pytest

from orderlint.engine.residual import REGION_LIMIT
from orderlint.engine.view import GraphView

from .builder import Builder, parse


def places(text: str) -> dict[str, list[str]]:
    """The names of the layers with each place."""
    model = parse(text)
    view = GraphView(model.graph)
    wanted = ("residual_join", "residual_fork", "on_residual", "on_shortcut")
    return {
        place: [node.name for node in model.graph.nodes if place in view.labels[node.id]]
        for place in wanted
        if any(place in labels for labels in view.labels)
    }


def test_a_bare_skip() -> None:
    assert places("x=relu > conv > batch_norm > a=add; x > a") == {
        "residual_join": ["add3"],
        "residual_fork": ["relu0"],
        "on_residual": ["conv1", "batch_norm2"],
    }


def test_layers_on_the_shortcut() -> None:
    found = places("x=relu > conv > a=add; x > avg_pool > shape > a")
    assert found["on_shortcut"] == ["avg_pool2", "shape3"]
    assert found["on_residual"] == ["conv1"]


def test_a_projection_is_no_identity() -> None:
    found = places("x=relu > conv > relu > conv > a=add; x > conv > batch_norm > a")
    assert "on_shortcut" not in found
    assert found["on_residual"] == ["conv1", "relu2", "conv3"]


@pytest.mark.parametrize(
    "text",
    [
        "x=relu > conv > a=add; x > conv > a",  # two equal branches
        "x=relu > gelu > a=add; x > a",  # nothing is learnt
        "x=relu > conv > a=add; embedding > a",  # no common fork
        "x=relu > conv > m=multiply; x > m",  # a gate
    ],
)
def test_no_residual_block(text: str) -> None:
    assert places(text) == {}


def test_a_mask_that_enters_the_branch_does_not_hide_the_fork() -> None:
    found = places("mask=input; x=relu > linear > attention > a=add; mask > attention; x > a")
    assert found["residual_fork"] == ["relu1"]


def test_two_branches_on_one_shortcut() -> None:
    found = places("x=relu > attention > a=add; x > a; x > linear > b=add; a > b")
    assert found["residual_join"] == ["add2", "add4"]
    assert found["residual_fork"] == ["relu0"]


def test_a_block_around_a_block() -> None:
    found = places("x=relu > conv > y=relu > conv > a=add; y > a; a > conv > b=add; x > b")
    assert found["residual_fork"] == ["relu0", "relu2"]


def test_a_chain_of_blocks_is_labelled_in_linear_time() -> None:
    builder = Builder()
    last = builder.add("input")
    for _ in range(500):
        last = builder.add("add", last, builder.add("conv", builder.add("relu", last)))
    view = GraphView(builder.model().graph)
    assert sum("residual_join" in labels for labels in view.labels) == 500


def test_a_block_beyond_the_limit_stays_unlabelled() -> None:
    builder = Builder()
    fork = builder.add("input")
    last = builder.chain(*["conv"] * (REGION_LIMIT + 1), after=fork)[-1]
    builder.add("add", fork, last)
    assert not any("residual_join" in labels for labels in GraphView(builder.model().graph).labels)
