"""Findings in words: merging, conditions, rates, severities and messages."""

from __future__ import annotations

import pytest

from orderlint.diagnostic import Diagnostic
from orderlint.engine.check import CheckSettings, check
from orderlint.graph.model import Place, Rate

from .builder import Builder, parse, when
from .cases import rules


def one(text: str, code: str = "OL101", **settings: object) -> Diagnostic:
    (found,) = check(parse(text), [rules()[code]], CheckSettings(**settings))  # type: ignore[arg-type]
    return found


def test_applications_of_one_place_are_one_finding() -> None:
    builder = Builder()
    for _ in range(3):
        drop = builder.add("dropout", line=5)
        builder.add("batch_norm", builder.add("relu", drop), line=7)
    (found,) = check(builder.model(), [rules()["OL101"]])
    assert found.count == 3
    assert (found.place.line, found.layers[-1].place) == (5, Place("net.py", 7, 5))


def test_pairs_are_counted_not_paths() -> None:
    assert one("d=dropout > relu > b=batch_norm; d > gelu > b").count == 1


def test_a_functional_call_is_placed_where_it_is_used() -> None:
    assert one("dropout(built=no, used=42, functional=true) > batch_norm").place.line == 42


def test_layers_without_places_are_told_apart_by_name() -> None:
    model = parse("dropout > batch_norm; dropout > batch_norm")
    for node in model.graph.nodes:
        node.built = node.used = None
    assert [item.place for item in check(model, [rules()["OL101"]])] == [Place("net.py", 1)] * 2


@pytest.mark.parametrize(
    ("text", "severity", "confidence", "condition"),
    [
        ("dropout(p=0.5) > batch_norm", "warning", "high", None),
        ("dropout(p=0.1) > batch_norm", "info", "high", None),
        ("dropout(p=rate:r) > batch_norm", "warning", "medium", "r > 0"),
        ("dropout(p=rate:r:0.5) > batch_norm", "warning", "medium", "r > 0"),
        ("dropout(p=rate:r:0.1) > batch_norm", "info", "medium", "r > 0"),
        ("dropout(p=rate:r:0) > batch_norm", "info", "medium", "r > 0"),
        ("dropout(p=none) > batch_norm", "warning", "low", None),
        ("dropout(when=flag) > batch_norm", "warning", "medium", "flag"),
        ("dropout(when=flag, default=off) > batch_norm", "info", "medium", "flag"),
        ("dropout(p=rate:r, when=r) > batch_norm(when=a)", "warning", "medium", "a and r > 0"),
        ("dropout(p=rate:r, when=!r == 0) > batch_norm", "warning", "medium", "r > 0"),
    ],
)
def test_severity_and_confidence(text: str, severity: str, confidence: str, condition: str | None) -> None:
    found = one(text)
    assert (found.severity, found.confidence, found.condition) == (severity, confidence, condition)


def test_a_literal_that_says_what_the_rate_says_is_said_once() -> None:
    builder = Builder()
    drop = builder.add("dropout", p=Rate("drop_rate", 0.0), condition=when("drop_rate > 0", default=False))
    builder.add("batch_norm", drop)
    (found,) = check(builder.model(), [rules()["OL101"]])
    assert found.condition == "drop_rate > 0"
    assert found.severity == "info"
    assert found.message.endswith(", when `drop_rate > 0`, which is off by default")


def test_a_known_rate_wins_over_a_symbolic_one_of_the_same_place() -> None:
    builder = Builder()
    for rate in (Rate("r", 0.0), 0.4):
        builder.add("batch_norm", builder.add("dropout", line=5, p=rate), line=7)
    (found,) = check(builder.model(), [rules()["OL101"]])
    assert (found.severity, found.condition, found.count) == ("warning", None, 2)


def test_a_severity_of_the_user_replaces_the_rules_own() -> None:
    assert one("dropout(p=0.1) > batch_norm", severities={"OL101": "error"}).severity == "error"
    assert one("dropout(p=rate:r:0) > batch_norm", severities={"OL101": "error"}).severity == "info"


FEEDS = "dropout `{}` (p={}) feeds batch norm `{}` "
LETS = "the variance it lets through in evaluation is "


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (
            "dropout(p=0.2) > concat > relu > batch_norm",
            FEEDS.format("dropout0", 0.2, "batch_norm3"),
            f"through concat → relu: for zero-mean input {LETS}0.80 of that in training",
        ),
        (
            "relu > max_pool > dropout(p=0.5) > batch_norm",
            FEEDS.format("dropout2", 0.5, "batch_norm3"),
            f"directly: for its ReLU input (a rectified normal) {LETS}0.41 of that in training",
        ),
        (
            "dropout(p=rate:r) > batch_norm",
            FEEDS.format("dropout0", "r", "batch_norm1"),
            f"directly: {LETS}below that in training, by p for zero-mean input, when `r > 0`",
        ),
    ],
)
def test_message(text: str, start: str, end: str) -> None:
    assert one(text).message == start + end


def test_long_paths_are_elided() -> None:
    text = "dropout > " + "relu > " * 9 + "batch_norm"
    assert "through relu → relu → relu → … → relu → relu → relu:" in one(text).message


def test_weight_layers_on_the_path_are_named() -> None:
    assert "through relu → `conv2`" in one("dropout > relu > conv > batch_norm", "OL102").message


def test_a_functional_layer_is_named_with_its_owner() -> None:
    text = "dropout(built=no, functional=true, op=torch.nn.functional.dropout) > batch_norm"
    assert one(text).message.startswith("dropout `F.dropout` in `dropout0` (p=0.5) feeds")


def test_a_fix_is_offered_only_where_it_applies() -> None:
    direct, indirect = one("dropout > shape > batch_norm").fix, one("dropout > relu > batch_norm").fix
    assert direct is not None
    assert (direct.kind, direct.safe) == ("swap_dropout_and_batchnorm", False)
    assert indirect is None


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("x=relu > conv > batch_norm > dropout(p=0.3) > conv > a=add; x > a", "OL203", "warning"),
        ("x=relu > conv > batch_norm > dropout(p=0.2) > conv > a=add; x > a", "OL203", "info"),
        ("conv > relu > batch_norm", "OL303", "info"),
        ("conv > tanh > batch_norm", "OL303", "warning"),
        ("softmax > cross_entropy", "OL401", "error"),
        ("log_softmax > cross_entropy", "OL401", "warning"),
        ("softmax > dropout > cross_entropy", "OL401", "warning"),
        ("sigmoid > dropout > bce_with_logits", "OL402", "warning"),
        ("dropout(p=1)", "OL120", "warning"),
        ("dropout(p=2)", "OL120", "error"),
        ("no_dropout(p=0, literal_p=true)", "OL120", "info"),
        ("linear > dropout", "OL124", "info"),
        ("linear > dropout > softmax > reduce", "OL124", "warning"),
    ],
)
def test_conditional_severities(text: str, code: str, severity: str) -> None:
    assert one(text, code).severity == severity


def test_one_finding_a_model() -> None:
    found = one("dropout(p=0.3) > conv > batch_norm; dropout(p=0.6) > conv > batch_norm", "OL103")
    assert found.count == 2
    assert "(p=0.6)" in found.message


def test_an_unused_result_is_placed_at_the_call() -> None:
    assert one("dropout(result_used=false, used=12)", "OL113").place.line == 12


def test_a_reused_module_is_one_finding() -> None:
    norm = "conv > batch_norm(module=7, line=3)"
    text = " > ".join([norm] * 3)
    assert one(text, "OL307").place.line == 3


def test_a_fact_is_named() -> None:
    found = one("fact modules_in_plain_container container=list", "OL501")
    assert found.message == "`layer` keeps layers in a plain list, so they are not registered"
    assert found.layers == ()


def test_the_order_is_the_users() -> None:
    text = "conv > batch_norm > relu"
    assert check(parse(text), [rules()["OL601"]]) == []
    order = CheckSettings(order=("activation", "norm", "dropout"))
    (found,) = check(parse(text), [rules()["OL601"]], order)
    assert found.message == "`relu2` stands behind `batch_norm1`, against the configured order"


def test_findings_are_sorted_and_repeatable() -> None:
    model = parse("dropout > relu > batch_norm > dropout > conv > batch_norm; conv(bias=true) > batch_norm")
    first, second = (check(model, list(rules().values())) for _ in range(2))
    assert first == second == sorted(first, key=Diagnostic.sort_key)
