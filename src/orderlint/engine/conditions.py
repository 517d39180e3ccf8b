"""Conditions of a witness path: its layers' own, and the symbolic rates it rests on, as one conjunction."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from orderlint.graph.implication import denies_what_holds, excludes, follows, unsatisfiable, without_implied
from orderlint.graph.model import Condition, Literal, Rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set


Atoms: TypeAlias = frozenset[tuple[str, bool]]
"""Tests and whether each is negated; what a path requires, without what is true by default."""

NO_ATOMS: Atoms = frozenset()


def rate_literal(rate: Rate) -> Literal:
    """The test that a symbolic rate is above 0."""
    return Literal(f"{rate.text} > 0", False, None if rate.default is None else rate.default > 0)


def rate_spellings(rate: Rate) -> dict[str, tuple[str, bool]]:
    """The tests that say that a rate is above 0 (or, negated, that it is not), each to the one we use."""
    text, canonical = rate.text, f"{rate.text} > 0"
    positive = (
        canonical,
        text,
        f"{text} > 0.0",
        f"{text} > 0.",
        f"{text} != 0",
        f"{text} != 0.0",
        f"0 < {text}",
    )
    negative = (f"{text} == 0", f"{text} == 0.0", f"{text} <= 0", f"{text} <= 0.0", f"not {text}")
    return {**dict.fromkeys(positive, (canonical, False)), **dict.fromkeys(negative, (canonical, True))}


def atoms_of(condition: Condition, spellings: Mapping[str, tuple[str, bool]]) -> Atoms:
    """What a layer or an edge requires."""
    if not condition:
        return NO_ATOMS
    return frozenset(_atom(literal, spellings) for literal in condition.literals)


def _atom(literal: Literal, spellings: Mapping[str, tuple[str, bool]]) -> tuple[str, bool]:
    text, flipped = spellings.get(literal.text, (literal.text, False))
    return text, literal.negated != flipped


def joined(left: Atoms, right: Atoms) -> Atoms | None:
    """Both; None if they cannot both hold."""
    if not right or right <= left:
        return left
    if any(excludes(*mine, *theirs) for theirs in right - left for mine in left):
        return None
    both = left | right
    return None if denies_what_holds(both) else both


def contradictory(atoms: Atoms) -> bool:
    return len(atoms) > 1 and unsatisfiable(atoms)


def path_condition(conditions: Iterable[Condition], rates: Iterable[Rate]) -> Condition | None:
    """The condition of a path of these that rests on rates above 0; None if nothing satisfies it."""
    spellings: dict[str, tuple[str, bool]] = {}
    found: dict[tuple[str, bool], bool | None] = {}
    for rate in rates:
        spellings.update(rate_spellings(rate))
        literal = rate_literal(rate)
        found[(literal.text, False)] = literal.default
    turns: set[str] = set()
    for condition in conditions:
        for literal in condition.literals:
            text, negated = _atom(literal, spellings)
            turns.update([text] if literal.turn else ())
            default = literal.holds_by_default
            if found.get((text, negated)) is None:
                found[(text, negated)] = default if default is None else default != negated
    if contradictory(frozenset(found)):
        return None
    return Condition(frozenset(_simplified(found, turns)))


def _simplified(found: Mapping[tuple[str, bool], bool | None], turns: Set[str]) -> Iterable[Literal]:
    """The tests without those that follow from others; what a test implies is off with it by default."""
    kept = without_implied(found) if len(found) > 1 else frozenset(found)
    off = [(text, negated) for text, negated in found if found[text, negated] is negated]
    for text, negated in kept:
        implied_off = found[text, negated] is None and any(
            atom not in kept and follows(atom, [(text, negated)]) for atom in off
        )
        yield Literal(text, negated, negated if implied_off else found[text, negated], text in turns)
