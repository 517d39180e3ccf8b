"""Texts of which parts are known: `f"fc_{i}"` with an unknown `i` is `fc_*`, and names what it may name.

Models register layers under such names in one loop and take them by the same names in another.
"""

from __future__ import annotations

import fnmatch
import glob
import re
from typing import TYPE_CHECKING

from orderlint.source.values import Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PERCENT = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[sdifgxr]")
BRACES = re.compile(r"\{[^{}]*\}")
ANY = "*"


def of(value: Value) -> str:
    """The pattern of a text: itself where it is known, `*` where nothing of it is."""
    if isinstance(value, str):
        return glob.escape(value)
    return value.pattern if type(value) is Unknown and value.pattern is not None else ANY


def joined(parts: Iterable[Value]) -> Unknown:
    """The text of several parts, some of them unknown."""
    return _unknown("".join(map(of, parts)))


def filled(template: Value, places: re.Pattern[str]) -> Unknown:
    """A template whose places are filled with values that are not known."""
    if not isinstance(template, str):
        return Unknown("a formatted string")
    return _unknown(ANY.join(glob.escape(part) for part in places.split(template)))


def _unknown(pattern: str) -> Unknown:
    pattern = re.sub(r"\*+", ANY, pattern)
    return Unknown("a formatted string", pattern=None if pattern == ANY else pattern)


def matching(values: Mapping[Value, Value], key: Unknown) -> list[Value]:
    """The values that a key of which parts are known may take; all of them where nothing tells."""
    if key.pattern is None:
        return [v for k, v in values.items() if type(k) is Unknown] or list(values.values())
    return [v for k, v in values.items() if _may_be(k, key.pattern)]


def _may_be(key: Value, pattern: str) -> bool:
    if type(key) is Unknown:
        return key.pattern is None or key.pattern == pattern
    return isinstance(key, str) and fnmatch.fnmatchcase(key, pattern)
