"""Tables of the report, in Markdown, from result rows."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from .plain_net import CONTROLS, ORDERS
from .residual_net import PLACES
from .statistics import (
    Array,
    Comparison,
    bootstrap,
    compare,
    correlation_with,
    kendall,
    one_seed_reliability,
    spearman,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .result_files import Row

QUESTION = dict(
    zip(ORDERS, (0.0324, 0.0389, 0.0413, 0.0426, 0.0472, 0.0483, 0.0491, 0.0501, 0.0514, 0.0681), strict=True)
)
"""Test losses of the question's table: MNIST, 20 epochs, one run each."""

Figures = dict[str, Array]


def by_rate(rows: Iterable[Row], figure: str) -> dict[str, Figures]:
    """One figure of the outcomes as arrays over seeds, by rate ("0" for none) and arrangement."""
    found: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        value = getattr(row.outcome, figure)
        if value is not None:
            found[row.configuration.rate][row.configuration.arrangement][row.outcome.seed] = value
    return {
        rate: {name: np.array([seeds[seed] for seed in sorted(seeds)]) for name, seeds in group.items()}
        for rate, group in found.items()
    }


def rates(rows: Iterable[Row]) -> list[str]:
    """The rates above 0 for which every seed of every arrangement is there."""
    groups = by_rate(rows, "test_loss")
    full = max((len(values) for group in groups.values() for values in group.values()), default=0)
    expected = max((len(group) for group in groups.values()), default=0)
    whole = [r for r, g in groups.items() if len(g) == expected and all(len(v) == full for v in g.values())]
    return sorted(rate for rate in whole if rate != "0")


def markdown(header: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    names = list(header)
    lines = ["| " + " | ".join(names) + " |", "|" + "--|" * len(names)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in body)])


def orders_table(rows: list[Row], rate: str) -> str:
    """The ten orders and the controls at one rate, best first, with intervals and what they differ from."""
    losses, accuracy, shift = (by_rate(rows, figure) for figure in ("test_loss", "accuracy", "shift"))
    group = losses[rate] | losses["0"]
    shifts = shift.get(rate, {}) | shift.get("0", {})
    pairs = compare({name: group[name] for name in ORDERS}, list(itertools.combinations(ORDERS, 2)))
    control = {c.first: c for c in compare(group, [(name, CONTROLS[1]) for name in ORDERS])}
    body = []
    for name in sorted(group, key=lambda name: group[name].mean()):
        mean, low, high = bootstrap(group[name])
        percent = 100 * (accuracy[rate] | accuracy["0"])[name].mean()
        ratio = f"{np.exp(np.log(shifts[name]).mean()):.2f}" if name in shifts else ""
        title = name if name in ORDERS else f"*{name}*"
        beaten = _record(name, pairs) if name in ORDERS else ""
        against = _against(control[name]) if name in control else ""
        body.append([title, f"{mean:.4f} [{low:.4f}, {high:.4f}]", f"{percent:.2f}", ratio, beaten, against])
    head = (
        "order",
        "test loss [95 %]",
        "accuracy %",
        "shift",
        "better than / worse than",
        "against BN alone",
    )
    return markdown(head, body)


def _record(name: str, pairs: list[Comparison]) -> str:
    """How many of the other orders one beats, and is beaten by, beyond chance."""
    better = sum(c.real and (c.difference.mean < 0) == (c.first == name) for c in pairs if name in c[:2])
    worse = sum(c.real and (c.difference.mean > 0) == (c.first == name) for c in pairs if name in c[:2])
    return f"{better} / {worse}"


def _against(comparison: Comparison) -> str:
    mean, low, high = comparison.difference
    mark = "" if comparison.real else " (n.s.)"
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]{mark}"


def correlation_table(parts: dict[str, list[Row]]) -> str:
    """How our order of the ten agrees with the question's, and how much one seed says."""
    body = []
    for part, rows in parts.items():
        for rate in rates(rows):
            group = by_rate(rows, "test_loss")[rate]
            losses = np.stack([group[name] for name in ORDERS])
            reference = np.array([QUESTION[name] for name in ORDERS])
            found = correlation_with(reference, losses)
            alone = one_seed_reliability(losses)
            body.append(
                [
                    part,
                    rate,
                    f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]",
                    f"{found.p:.2f}",
                    f"{kendall(reference, losses.mean(1)):+.2f}",
                    f"{alone.mean:+.2f} ({alone.low:+.2f} to {alone.high:+.2f})",
                ]
            )
    head = (
        "study",
        "rate",
        "Spearman with the question [95 %]",
        "p",
        "Kendall",
        "one seed with the others (range)",
    )
    return markdown(head, body)


def agreement_table(parts: dict[str, list[Row]]) -> str:
    """Rank correlations of the mean losses between every two studies and rates of ours."""
    columns = {
        f"{part} {rate}": np.stack([by_rate(rows, "test_loss")[rate][name] for name in ORDERS]).mean(1)
        for part, rows in parts.items()
        for rate in rates(rows)
    }
    body = [
        [left, *(f"{spearman(columns[left], columns[right]):+.2f}" for right in columns)] for left in columns
    ]
    return markdown(("", *columns), body)


def shift_correlations(parts: dict[str, list[Row]]) -> Iterator[tuple[str, str, float]]:
    """Rank correlation of measured |log shift| with test loss over the ten orders."""
    for part, rows in parts.items():
        losses, shift = by_rate(rows, "test_loss"), by_rate(rows, "shift")
        for rate in rates(rows):
            size = np.array([abs(np.log(shift[rate][name]).mean()) for name in ORDERS])
            yield part, rate, spearman(size, np.array([losses[rate][name].mean() for name in ORDERS]))


def shift_table(parts: dict[str, list[Row]]) -> str:
    body = [[part, rate, f"{value:+.2f}"] for part, rate, value in shift_correlations(parts)]
    return markdown(("study", "rate", "rank correlation of shift size with test loss"), body)


def places_table(rows: list[Row]) -> str:
    """Dropout in each place of a residual net at every rate, against none, seed by seed."""
    losses, accuracy, shift = (by_rate(rows, figure) for figure in ("test_loss", "accuracy", "worst_shift"))
    none = losses["0"][PLACES[0]]
    cases = [(place, rate) for rate in rates(rows) for place in PLACES[1:]]
    named = {f"{place} {rate}": losses[rate][place] for place, rate in cases} | {"none": none}
    found = {c.first: c for c in compare(named, [(f"{place} {rate}", "none") for place, rate in cases])}
    body = []
    for place, rate in [(PLACES[0], "0"), *cases]:
        mean, low, high = bootstrap(losses[rate][place])
        against = found.get(f"{place} {rate}")
        ratio = np.exp(np.log(shift[rate][place]).mean())
        figures = [
            f"{mean:.4f} [{low:.4f}, {high:.4f}]",
            f"{100 * accuracy[rate][place].mean():.2f}",
            f"{ratio:.2f}",
        ]
        body.append([place, rate, *figures, _against(against) if against else ""])
    return markdown(
        ("dropout", "rate", "test loss [95 %]", "accuracy %", "worst shift", "against nowhere"), body
    )
