"""What docs/evidence.md and the rules' evidence conclude from the study is what the committed results say."""

from __future__ import annotations

import itertools
import re
from functools import cache

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("torch")

from benchmarks.ordering_study.configurations import DEFAULT, PARTS  # noqa: E402
from benchmarks.ordering_study.plain_net import ORDERS  # noqa: E402
from benchmarks.ordering_study.residual_net import PLACES  # noqa: E402
from benchmarks.ordering_study.result_files import path_of, read  # noqa: E402
from benchmarks.ordering_study.statistics import compare  # noqa: E402
from benchmarks.ordering_study.tables import by_rate, rates  # noqa: E402

from orderlint.selection import all_rules  # noqa: E402

STRONG = [(part, rate) for part in ("plain-mnist", "plain-digits") for rate in ("0.25", "0.5")]
BODY = ("kim", "before-bn", "shortcut")


@cache
def losses(part):
    """Arrays over seeds by rate and arrangement; "0" holds what has no dropout."""
    return by_rate(read(path_of(part)), "test_loss")


def mean(part, rate, arrangement):
    return losses(part)[rate][arrangement].mean()


def ranked(part, rate):
    """The ten orders by mean loss, best first."""
    return sorted(ORDERS, key=lambda order: mean(part, rate, order))


@cache
def against_none(part):
    """Comparisons of every place and rate with no dropout, corrected together, as in the page's table."""
    cases = [(place, rate) for rate in rates(read(path_of(part))) for place in PLACES[1:]]
    named = {f"{place} {rate}": losses(part)[rate][place] for place, rate in cases}
    none = losses(part)["0"]["nowhere"]
    pairs = [(name, "none") for name in named]
    return {item.first: item for item in compare({**named, "none": none}, pairs)}


def test_the_default_parts_take_less_than_forty_minutes_of_one_core():
    rows = [row for part in DEFAULT for row in read(path_of(part))]
    expected = {configuration for part in DEFAULT for configuration in PARTS[part].configurations()}
    assert {row.configuration for row in rows} == expected
    assert len(rows) == 20 * len(expected)
    assert sum(row.outcome.cpu_seconds for row in rows) < 40 * 60


@pytest.mark.parametrize(("part", "rate"), STRONG)
def test_strong_rates(part, rate):
    """OL101, OL102, OL303, OL602."""
    order = ranked(part, rate)
    assert set(order[-2:]) == {"C-A-D-P-BN", "C-D-A-P-BN"}
    assert order.index("C-D-BN-A-P") >= 5
    assert order.index("C-A-D-BN-P") <= 4
    assert order[0] == "C-A-BN-D-P"
    assert mean(part, "0", "C-BN-A-P") < mean(part, rate, order[0])
    assert mean(part, rate, "C-A-BN-D-P") < mean(part, rate, "C-BN-A-D-P")
    assert mean(part, rate, "C-A-BN-P-D") < mean(part, rate, "C-BN-A-P-D")


def test_at_a_tenth_nothing_differs_from_batch_norm_alone_on_mnist():
    group = losses("plain-mnist")["0.1"] | losses("plain-mnist")["0"]
    assert not any(item.real for item in compare(group, [(order, "C-BN-A-P") for order in ORDERS]))


def test_dropout_before_or_behind_the_activation_does_not_matter():
    """OL126."""
    for part in ("plain-mnist", "plain-digits", "plain-mnist-relu"):
        for rate in rates(read(path_of(part))):
            group = {order: losses(part)[rate][order] for order in ORDERS}
            found = compare(group, list(itertools.combinations(ORDERS, 2)))
            (pair,) = [item for item in found if {item.first, item.second} == {"C-BN-D-A-P", "C-BN-A-D-P"}]
            assert not pair.real


def test_places_in_the_wide_net():
    """OL101, OL103, OL201, OL202, OL203."""
    found = against_none("wrn-digits")
    quarter = [found[f"{place} 0.25"] for place in BODY]
    assert all(item.real and item.difference.mean < 0 for item in quarter)
    assert not any(item.real and item.difference.mean < 0 for item in (found[f"{p} 0.5"] for p in BODY))
    assert not any(found[f"head {rate}"].real for rate in ("0.25", "0.5"))
    assert found["kim 0.5"].real
    assert max(PLACES[1:], key=lambda place: mean("wrn-digits", "0.5", place)) == "shortcut"
    for rate in ("0.25", "0.5"):
        assert mean("wrn-digits", rate, "before-bn") < mean("wrn-digits", rate, "kim")


def test_places_in_the_dense_net():
    """OL103, OL201, OL202, OL203."""
    assert all(item.real and item.difference.mean > 0 for item in against_none("densenet-digits").values())
    for rate in ("0.25", "0.5"):
        order = sorted(PLACES[1:], key=lambda place: mean("densenet-digits", rate, place))
        assert order == ["head", "before-bn", "kim", "shortcut"]


def quoted():
    """Each figure that a rule quotes of our study, with the means that it may be."""
    means = {
        f"{array.mean():.3f}".lstrip("0")
        for part in (*DEFAULT, "plain-mnist-relu")
        for group in losses(part).values()
        for array in group.values()
    }
    for rule in all_rules():
        for item in rule.evidence:
            if "own study" in item.source:
                yield from ((rule.code, figure, means) for figure in re.findall(r"\.\d{3}\b", item.claim))


def test_figures_that_rules_quote_are_means_of_the_study():
    figures = list(quoted())
    assert len(figures) >= 10
    assert [(code, figure) for code, figure, means in figures if figure not in means] == []
