"""Witness paths: shortest, free of contradictions, found around loops, and in linear time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderlint.engine import walk
from orderlint.engine.automaton import Automaton
from orderlint.engine.check import check
from orderlint.engine.view import GraphView
from orderlint.engine.walk import Walker

from .builder import Builder, parse, when
from .cases import rules

if TYPE_CHECKING:
    from orderlint.graph.model import Model


def codes(text: str, *wanted: str) -> list[str]:
    chosen = [rules()[code] for code in wanted or ("OL101", "OL102")]
    return [item.code for item in check(parse(text), chosen)]


def walker(model: Model, code: str = "OL101") -> Walker:
    return Walker(Automaton(GraphView(model.graph), rules()[code].matches[0].layers))


def test_the_witness_is_the_shortest_path() -> None:
    (found,) = check(
        parse("d=dropout > relu > shape > gelu > b=batch_norm; d > max_pool > b"), [rules()["OL101"]]
    )
    assert [layer.kind for layer in found.layers] == ["dropout", "max_pool", "batch_norm"]
    assert [layer.role for layer in found.layers] == ["dropout", "between", "batch_norm"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dropout(when=a) > batch_norm(when=!a)", []),
        ("dropout(when=a) > relu(when=b) > batch_norm(when=!b)", []),
        ("dropout(when=a) > batch_norm(when=b)", ["OL101"]),
        ("dropout(p=rate:r) > batch_norm(when=!r > 0)".replace(" > 0", ""), []),
        ("dropout(p=rate:r) > relu(when=r) > batch_norm", ["OL101"]),
    ],
)
def test_contradictory_paths_are_no_paths(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_another_path_is_found_where_the_shortest_contradicts_itself() -> None:
    text = "d=dropout(when=a) > relu(when=!a) > b=batch_norm; d > gelu > gelu > b"
    (found,) = check(parse(text), [rules()["OL101"]])
    assert [layer.op for layer in found.layers][1:-1] == ["torch.nn.GELU", "torch.nn.GELU"]


def test_a_longer_path_that_always_holds_is_the_better_witness() -> None:
    (found,) = check(
        parse("d=dropout > relu(when=a) > b=batch_norm; d > gelu > gelu > b"), [rules()["OL101"]]
    )
    assert found.condition is None
    assert len(found.layers) == 4


def test_many_conditional_branches_stay_bounded() -> None:
    builder = Builder()
    last = builder.add("dropout")
    for number in range(60):
        sides = [builder.add("relu", last, condition=when(f"{sign}c{number}")) for sign in ("", "!")]
        last = builder.add("shape", *sides)
    builder.add("batch_norm", last)
    walked = walker(builder.model())
    assert any(walked.arrivals())
    assert walked.steps < 10_000


def test_a_loop_carries_the_dropout_back_to_the_norm() -> None:
    assert codes("b=batch_norm > relu > d=dropout; d > b") == ["OL101"]
    assert codes("b=batch_norm > conv > d=dropout; d > conv > b") == ["OL102"]


def test_a_loop_without_a_batch_norm_ends() -> None:
    assert codes("r=relu > d=dropout; d > r") == []


def test_direct_and_weighted_paths_of_one_pair_are_one_finding() -> None:
    assert codes("d=dropout > conv > a=add > batch_norm; d > a") == ["OL101"]
    assert codes("d=dropout > conv > batch_norm; d > batch_norm") == ["OL101", "OL102"]


def test_a_layer_norm_on_one_branch_does_not_end_the_other() -> None:
    assert codes("d=dropout > layer_norm > a=add > batch_norm; d > a") == ["OL101"]


@pytest.mark.parametrize("size", [5_000, 50_000])
def test_steps_are_linear_in_a_chain(size: int) -> None:
    builder = Builder()
    builder.chain(*["conv", "dropout", "relu", "batch_norm", "max_pool"] * (size // 5))
    walked = walker(builder.model())
    assert sum(1 for _ in walked.arrivals()) == size // 5
    assert walked.steps < 3 * size


def test_a_chain_without_a_target_is_walked_once() -> None:
    builder = Builder()
    builder.chain(*["dropout", "relu"] * 25_000)
    walked = walker(builder.model())
    assert list(walked.arrivals()) == []
    assert walked.steps < 100_000


def test_many_starts_before_one_target_stay_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "STEP_BUDGET", 20_000)
    builder = Builder()
    builder.chain(*["dropout", "relu"] * 2_000, "batch_norm")
    walked = walker(builder.model())
    assert {arrival.target for arrival in walked.arrivals()} == {4_000}
    assert walked.steps < 20_000 + 4 * 4_000
