"""Each shipped rule on small graphs, its own graph examples, and with each clause of its match turned off."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from orderlint.engine.check import check
from orderlint.engine.groups import EFFECTIVE_KINDS
from orderlint.engine.schema import Between, LayerPattern, Match, ModelPattern, Rule, SeverityCase

from .builder import parse
from .cases import ORDER, Case, as_due, cases, reported, rules

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case) -> None:
    assert as_due(rules()[case.code], case)


@pytest.mark.parametrize("code", rules())
def test_every_rule_has_cases_and_examples_of_both_kinds(code: str) -> None:
    rule = rules()[code]
    assert {case.due for case in cases() if case.code == code} == {True, False}
    for side in ("bad", "good"):
        assert sum(example.side == side for example in rule.examples) >= 2


@pytest.mark.parametrize("code", rules())
def test_examples_mark_their_findings(code: str) -> None:
    for example in rules()[code].examples:
        if example.graph:
            found = check(parse(example.graph), [rules()[code]], ORDER)
            assert bool(found) is (example.side == "bad"), example.title
        else:
            compile(example.code, example.title, "exec")
            marks = re.findall(r"# (OL\d+)", example.code)
            assert set(marks) == ({code} if example.side == "bad" else set()), example.title


def clauses_off(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule with each clause of its matches turned off, one at a time."""
    for position, match in enumerate(rule.matches):
        for name, mutant in _match_clauses(match):
            matches = (*rule.matches[:position], mutant, *rule.matches[position + 1 :])
            yield f"match {position}: {name}", dataclasses.replace(rule, matches=matches, severity_cases=())


IMPLIED = {
    "OL204": {"match 0: layers batch_norm: kind", "match 1: layers batch_norm: kind"},
    "OL304": {"match 0: layers again: kind", "match 0: layers again: between.only"},
}
"""Clauses that `consumers.all` implies: they say which of the consumers is the second layer."""


def _match_clauses(match: Match) -> Iterator[tuple[str, Match]]:
    for key in ("layers", "also"):
        for position, pattern in enumerate(getattr(match, key)):
            for name, mutant in _layer_clauses(pattern):
                layers = list(getattr(match, key))
                layers[position] = mutant
                yield f"{key} {pattern.role}: {name}", dataclasses.replace(match, **{key: tuple(layers)})
    yield from _drop_each(match, "relations")
    yield from _drop_each(match, "unless")
    if match.model != ModelPattern() and match.layers:
        for field in dataclasses.fields(ModelPattern):
            plain = dataclasses.replace(match.model, **{field.name: type(getattr(match.model, field.name))()})
            if plain != match.model:
                yield f"model.{field.name}", dataclasses.replace(match, model=plain)
    if match.also:
        yield "also", dataclasses.replace(match, also=())


def _layer_clauses(pattern: LayerPattern) -> Iterator[tuple[str, LayerPattern]]:
    yield from _drop_each(pattern, "where")
    yield from _drop_each(pattern, "around")
    for key in ("unless", "stands"):
        for label in sorted(getattr(pattern, key)):
            yield f"{key} {label}", dataclasses.replace(pattern, **{key: getattr(pattern, key) - {label}})
    yield "kind", dataclasses.replace(pattern, kinds=EFFECTIVE_KINDS)
    between = pattern.between
    for name, mutant in (
        ("only", dataclasses.replace(between, only=None)),
        ("avoid", dataclasses.replace(between, avoid=frozenset())),
        ("requires", dataclasses.replace(between, requires=frozenset())),
    ):
        if mutant != between:
            yield f"between.{name}", dataclasses.replace(pattern, between=mutant)


def _drop_each(item: Match | LayerPattern, key: str) -> Iterator[tuple[str, Match | LayerPattern]]:
    parts = getattr(item, key)
    for position, part in enumerate(parts):
        rest = (*parts[:position], *parts[position + 1 :])
        yield f"{key} {part}", dataclasses.replace(item, **{key: rest})


MUTANTS = [
    (code, name, mutant)
    for code, rule in rules().items()
    for name, mutant in clauses_off(rule)
    if name not in IMPLIED.get(code, ())
]


@pytest.mark.parametrize(
    ("code", "name", "mutant"), MUTANTS, ids=[f"{code} clause {i}" for i, (code, _, _) in enumerate(MUTANTS)]
)
def test_every_clause_matters(code: str, name: str, mutant: Rule) -> None:
    """With a clause off, some case of the rule comes out differently."""
    own = [case for case in cases() if case.code == code]
    assert any(reported(mutant, case.graph) is not case.due for case in own), name


def severities_off(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule without each of its severity cases, and with each clause of such a case turned off."""
    whole = rule.severity_cases
    for position, case in enumerate(whole):
        before, behind = whole[:position], whole[position + 1 :]
        yield f"severity {position}", dataclasses.replace(rule, severity_cases=(*before, *behind))
        for name, mutant in _severity_clauses(case):
            mutated = dataclasses.replace(rule, severity_cases=(*before, mutant, *behind))
            yield f"severity {position}: {name}", mutated


def _severity_clauses(case: SeverityCase) -> Iterator[tuple[str, SeverityCase]]:
    for key in ("where", "around"):
        for index, part in enumerate(getattr(case, key)):
            rest = (*getattr(case, key)[:index], *getattr(case, key)[index + 1 :])
            yield f"{key} {part}", dataclasses.replace(case, **{key: rest})
    if case.kinds:
        yield "kind", dataclasses.replace(case, kinds=frozenset())
    if case.path is not None:
        yield "path", dataclasses.replace(case, path=None)


SEVERITY_MUTANTS = [
    (code, name, mutant) for code, rule in rules().items() for name, mutant in severities_off(rule)
]


@pytest.mark.parametrize(
    ("code", "name", "mutant"),
    SEVERITY_MUTANTS,
    ids=[f"{code} severity {i}" for i, (code, _, _) in enumerate(SEVERITY_MUTANTS)],
)
def test_every_severity_matters(code: str, name: str, mutant: Rule) -> None:
    """With a severity case or one of its clauses off, some case of the rule comes out differently."""
    own = [case for case in cases() if case.code == code]
    assert any(not as_due(mutant, case) for case in own), name


@pytest.mark.parametrize("code", [code for code, rule in rules().items() if rule.severity_cases])
def test_every_severity_has_a_case(code: str) -> None:
    rule = rules()[code]
    asked = {case.severity for case in cases() if case.code == code} - {""}
    assert asked == {rule.severity, *(case.severity for case in rule.severity_cases)}


def test_between_is_empty_by_default() -> None:
    assert Between().only is None
