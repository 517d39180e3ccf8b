"""Check a model against rules: the engine's entry point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.collector import collector_paused
from orderlint.engine.groups import PLACES
from orderlint.engine.match import find
from orderlint.engine.report import diagnostic
from orderlint.engine.view import GraphView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderlint.diagnostic import Diagnostic, Severity
    from orderlint.engine.schema import LayerPattern, Rule
    from orderlint.engine.witness import Key
    from orderlint.graph.model import Model


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What a user may set: severities by code (they replace a rule's own), and the order OL601 enforces."""

    severities: Mapping[str, Severity] = field(default_factory=dict)
    order: tuple[str, ...] = ()


DEFAULTS = CheckSettings()


def check(model: Model, rules: Sequence[Rule], settings: CheckSettings = DEFAULTS) -> list[Diagnostic]:
    """The findings of the rules in a model, sorted by place. Every rule given is run, whether enabled or not.

    Raises:
        UsageError: `settings.order` says a slot that does not exist.
    """
    return [diagnostic for diagnostic, _ in occurrences(model, rules, settings)]


def occurrences(
    model: Model, rules: Sequence[Rule], settings: CheckSettings = DEFAULTS
) -> list[tuple[Diagnostic, tuple[tuple[int, ...], ...]]]:
    """The findings as `check` gives them, each with the paths (node ids) of all that it was counted for.

    Raises:
        UsageError: `settings.order` says a slot that does not exist.
    """
    with collector_paused():
        return _occurrences(model, rules, settings)


def _occurrences(
    model: Model, rules: Sequence[Rule], settings: CheckSettings
) -> list[tuple[Diagnostic, tuple[tuple[int, ...], ...]]]:
    view = GraphView(model.graph, residual=any(_needs_residual(rule) for rule in rules))
    found = {rule.code: find(rule, model, view, settings.order) for rule in rules}
    diagnostics = []
    for rule in rules:
        said: set[Key] = set().union(*(found.get(code, {}) for code in rule.yields_to))
        for key, group in found[rule.code].items():
            if key not in said:
                item = diagnostic(rule, group, model, view, settings.severities.get(rule.code))
                diagnostics.append((item, tuple(group.pairs.values())))
    return sorted(diagnostics, key=lambda item: item[0].sort_key())


def _needs_residual(rule: Rule) -> bool:
    places = PLACES - {"output"}
    for match in rule.matches:
        wanted = {label for labels in (*match.model.has, match.model.lacks) for label in labels}
        for pattern in (*match.layers, *match.also):
            wanted |= _words(pattern)
        if wanted & places:
            return True
    return False


def _words(pattern: LayerPattern) -> set[str]:
    words = set(pattern.kinds | pattern.unless | pattern.stands)
    for test in pattern.around:
        words |= test.labels
        if test.direction.startswith("branch"):
            words.add("on_residual")
    return words
