"""Tests of a layer's attributes. One that is not known passes only `not`, `not_in` and `may_exceed`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orderlint.graph.model import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderlint.engine.schema import AttrTest, Relation

MISSING: object = object()


def number(value: object) -> float | None:
    """The number an attribute stands for: itself, or a symbolic rate's default; None where there is none."""
    if isinstance(value, Rate):
        return value.default
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def may_exceed(value: object, bound: object) -> bool:
    """Whether a rate may be above the bound: a symbolic or unknown one may, whatever its default."""
    if isinstance(value, Rate) or value is None or value is MISSING:
        return True
    known = number(value)
    return known is not None and known > _float(bound)


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _numbers(value: object) -> list[float]:
    if isinstance(value, tuple | list):
        return [_float(item) for item in value if number(item) is not None]
    return [] if number(value) is None else [_float(number(value))]


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _same(value: object, wanted: object) -> bool:
    value, wanted = _plain(value), _plain(wanted)
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _compare(test: Callable[[float, float], bool]) -> Callable[[object, Any], bool]:
    def run(value: object, bound: Any) -> bool:
        known = number(value)
        return known is not None and test(known, bound)

    return run


def _named(value: object, pattern: Any) -> bool:
    text = value.text if isinstance(value, Rate) else value
    return isinstance(text, str) and re.search(pattern, text) is not None


def _outside(value: object, bounds: Any) -> bool:
    known = number(value)
    return known is not None and not bounds[0] <= known <= bounds[1]


TESTS: dict[str, Callable[[object, Any], bool]] = {
    "is": _same,
    "not": lambda value, wanted: not _same(value, wanted),
    "in": lambda value, wanted: any(_same(value, item) for item in wanted),
    "not_in": lambda value, wanted: not any(_same(value, item) for item in wanted),
    "above": _compare(lambda value, bound: value > bound),
    "at_least": _compare(lambda value, bound: value >= bound),
    "below": _compare(lambda value, bound: value < bound),
    "at_most": _compare(lambda value, bound: value <= bound),
    "may_exceed": may_exceed,
    "outside": _outside,
    "some_below": lambda value, bound: any(item < bound for item in _numbers(value)),
    "named": _named,
    "present": lambda value, wanted: (value is not MISSING) is wanted,
    "is_none": lambda value, wanted: (value is None) is wanted,
    "known": lambda value, wanted: (value is not MISSING and value is not None) is wanted,
}
"""Operator to test of a value against the rule's operand; `MISSING` stands for an absent attribute."""


def passes(test: AttrTest, attrs: Mapping[str, object]) -> bool:
    return TESTS[test.op](attrs.get(test.attr, MISSING), test.value)


RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "indivisible": lambda left, right: right != 0 and left % right != 0,
}


def holds(relation: Relation, layers: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether a relation holds; values that are not known satisfy none."""
    left, right = (_look_up(side, layers) for side in (relation.left, relation.right))
    return left is not None and right is not None and RELATIONS[relation.op](left, right)


def _look_up(side: str, layers: Mapping[str, Mapping[str, object]]) -> float | None:
    role, _, attr = side.partition(".")
    return number(layers.get(role, {}).get(attr))
