"""Offer fixes: turn what a rule says of a finding's fix into edits, or into nothing where it is not clean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderlint.diagnostic import Edit
from orderlint.fixes.case import Case, Files
from orderlint.fixes.changes import NotCleanError, consistent
from orderlint.fixes.constructor import (
    complement_rate,
    drop_inplace,
    remove_bias,
    remove_rnn_dropout,
    set_num_features,
    use_channel_dropout,
)
from orderlint.fixes.containers import wrap_in_module_container
from orderlint.fixes.evidence import Layers, evidence
from orderlint.fixes.function_calls import call_function
from orderlint.fixes.mode import add_training_argument, tie_dropout_p, use_functional_dropout
from orderlint.fixes.removal import remove_activation
from orderlint.fixes.swap import swap_neighbours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orderlint.diagnostic import Diagnostic
    from orderlint.engine.schema import Rule
    from orderlint.fixes.case import Planner
    from orderlint.fixes.evidence import Evidence
    from orderlint.graph.model import Model

PLANNERS: Mapping[str, Planner] = {
    "add_training_argument": add_training_argument,
    "call_function": call_function,
    "complement_rate": complement_rate,
    "drop_inplace": drop_inplace,
    "remove_activation": remove_activation,
    "remove_bias": remove_bias,
    "remove_rnn_dropout": remove_rnn_dropout,
    "set_num_features": set_num_features,
    "swap_activation_and_batchnorm": swap_neighbours,
    "swap_dropout_and_batchnorm": swap_neighbours,
    "tie_dropout_p": tie_dropout_p,
    "use_channel_dropout": use_channel_dropout,
    "use_functional_dropout": use_functional_dropout,
    "wrap_in_module_container": wrap_in_module_container,
}
"""Every kind of fix that a rule may name."""


def offered(
    diagnostics: Iterable[Diagnostic], models: Sequence[Model], rules: Iterable[Rule], files: Files
) -> list[Diagnostic]:
    """The findings, each fix with its edits; the fixes that cannot be applied cleanly taken away."""
    found = list(diagnostics)
    if not any(diagnostic.fix for diagnostic in found):
        return found
    by_code = {rule.code: rule for rule in rules}
    layers, known = Layers.of(models), dict[str, "Evidence"]()
    for position, diagnostic in enumerate(found):
        if diagnostic.fix is not None:
            code = diagnostic.code
            if code not in known:
                known[code] = evidence(by_code[code], layers)
            found[position] = _with_edits(Case(diagnostic, files, known[code]))
    return found


def _with_edits(case: Case) -> Diagnostic:
    fix = case.diagnostic.fix
    assert fix is not None  # the caller asked
    try:
        edits = planned(case, fix.kind)
    except NotCleanError:
        return replace(case.diagnostic, fix=None)
    return replace(case.diagnostic, fix=replace(fix, edits=edits, sites=frozenset(case.sites)))


def planned(case: Case, kind: str) -> tuple[Edit, ...]:
    """The edits of one fix.

    Raises:
        NotCleanError: it cannot be applied cleanly.
    """
    if kind not in PLANNERS:
        raise NotCleanError(f"no fix is called {kind!r}")
    changes = consistent(PLANNERS[kind](case))
    if not changes:
        raise NotCleanError("nothing to change")
    texts = {path: case.files.known[path].source for path in {change.path for change in changes}}
    return tuple(Edit(texts[item.path].place(item.start, item.end), item.text) for item in changes)
