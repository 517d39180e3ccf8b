"""What tests of one value say of each other: which exclude one another, and which follow from others.

A test is a text such as `norm == 'batch'`, `drop_rate > 0`, `depth in (18, 34)`, `norm is None` or `flag`.
Two tests of one subject are compared on the values that can tell them apart: their constants, and one value
before, between and behind these. What is no such test is only ever compared with itself.
"""

from __future__ import annotations

import ast
import operator
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "is not": operator.is_not,
    "is": operator.is_,
    "not in": lambda value, options: value not in options,
    "in": lambda value, options: value in options,
}
OPPOSITES = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}
FORM = re.compile(rf"(?P<subject>.+?) (?P<sign>{'|'.join(SIGNS)}) (?P<constant>\S.*)")
WORD = re.compile(r"[A-Za-z_][\w.]*(\(\))?")
ELSE = "\0"
"""A string unlike every constant."""


class Test(NamedTuple):
    """A test of `subject`; without a sign, of its truth."""

    subject: str
    sign: str
    constant: Any

    def holds(self, value: object) -> bool:
        if not self.sign:
            return bool(value)
        try:
            return bool(SIGNS[self.sign](value, self.constant))
        except TypeError:
            return False


@lru_cache(maxsize=4096)
def read(text: str) -> Test | None:
    """The test that a text says; None where it says no such test."""
    if WORD.fullmatch(text):
        return Test(text, "", None)
    match = FORM.fullmatch(text)
    if match is None or re.search(r" (and|or|if|not) ", f" {match['subject']} "):
        return None
    try:
        constant = ast.literal_eval(match["constant"])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return Test(match["subject"], match["sign"], constant)


def opposite(text: str) -> str:
    """The opposite of a test, as one would write it: `x is not None`, `norm != 'batch'`, `not flag`."""
    plain, mark, line = text.rpartition(" (line ")
    if mark and line.count(")") == 1 and line.endswith(")"):
        return f"{opposite(plain)}{mark}{line}"
    test = read(text)
    if test is None:
        return f"not ({text})"
    if not test.sign:
        return f"not {text}"
    return text.replace(f" {test.sign} ", f" {OPPOSITES[test.sign]} ", 1)


@lru_cache(maxsize=65536)
def subject(text: str) -> str:
    """What a test is of; a text that is no such test is of itself. Only tests of one subject can exclude
    one another."""
    test = read(text)
    return text if test is None else test.subject


@lru_cache(maxsize=65536)
def excludes(left: str, left_negated: bool, right: str, right_negated: bool) -> bool:
    """Whether two tests, each perhaps negated, cannot both hold."""
    if left == right:
        return left_negated != right_negated
    mine, theirs = read(left), read(right)
    if mine is None or theirs is None or mine.subject != theirs.subject:
        return False
    return not any(
        mine.holds(value) != left_negated and theirs.holds(value) != right_negated
        for value in _values([mine, theirs])
    )


Atom = tuple[str, bool]
"""A test and whether it is negated."""


def unsatisfiable(atoms: Iterable[Atom]) -> bool:
    """Whether the tests of some subject cannot all hold."""
    return (
        any(
            not any(_all_hold(group, value) for value in _values([test for test, _ in group]))
            for group in _by_subject(atoms).values()
        )
        or _with_own_opposite(atoms)
        or denies_what_holds(atoms)
    )


def denies_what_holds(atoms: Iterable[Atom]) -> bool:
    """Whether one of the tests denies a conjunction, `not (a and b)`, of which all parts are required."""
    found = list(atoms)
    denied = [text.split(" and ") for text, negated in found if negated and " and " in text]
    if not denied:
        return False
    held = {opposite(text) if negated else text for text, negated in found}
    return any(held.issuperset(parts) for parts in denied)


def without_implied(atoms: Iterable[Atom]) -> frozenset[Atom]:
    """The tests that say all that these say: of one subject, those that follow from others are left out."""
    kept = set(atoms)
    for atom in sorted(kept, key=_strength):
        if follows(atom, kept - {atom}):
            kept.discard(atom)
    return frozenset(kept)


def _strength(atom: Atom) -> tuple[int, str, bool]:
    """The order in which tests are tried for being left out: those that say little first."""
    test = read(atom[0])
    sign = "" if test is None or not test.sign else OPPOSITES[test.sign] if atom[1] else test.sign
    return ("", "!=", "is not", "not in", "is", "in", "<=", ">=", "<", ">", "==").index(sign), *atom


def follows(atom: Atom, others: Iterable[Atom]) -> bool:
    """Whether a test holds wherever others of its subject do."""
    test = read(atom[0])
    group = _by_subject(others).get(test.subject, []) if test is not None else []
    if test is None or not group:
        return False
    values = _values([test, *(other for other, _ in group)])
    return all(test.holds(value) != atom[1] for value in values if _all_hold(group, value))


def _all_hold(group: list[tuple[Test, bool]], value: object) -> bool:
    return all(test.holds(value) != negated for test, negated in group)


def _by_subject(atoms: Iterable[Atom]) -> dict[str, list[tuple[Test, bool]]]:
    groups: dict[str, list[tuple[Test, bool]]] = {}
    for text, negated in atoms:
        test = read(text)
        if test is not None:
            groups.setdefault(test.subject, []).append((test, negated))
    return groups


def _with_own_opposite(atoms: Iterable[Atom]) -> bool:
    found = set(atoms)
    return any((text, not negated) in found for text, negated in found)


def _values(tests: list[Test]) -> list[object]:
    """Values that tell the tests apart if anything does."""
    constants: list[object] = []
    for test in tests:
        several = test.sign in ("in", "not in") and isinstance(
            test.constant, (tuple, list, set, frozenset, dict)
        )
        constants += test.constant if several else [test.constant]
    numbers = sorted({float(item) for item in constants if isinstance(item, (int, float))})
    between = [(a + b) / 2 for a, b in pairwise(numbers)]
    ends = [numbers[0] - 1, numbers[-1] + 1] if numbers else []
    return [*constants, *between, *ends, None, "", ELSE, 0, 1, 0.5, True, False]
