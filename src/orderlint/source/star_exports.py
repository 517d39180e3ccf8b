"""What a star import of a module could bring, told from its text alone, so that it need not run."""

from __future__ import annotations

import re
from functools import lru_cache

EXPORTS = re.compile(rb"^__all__(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*([\[(][^\])]*[\])])(?=[ \t]*(?:#.*)?$)", re.M)
"""A literal `__all__`, whole."""

LATER = re.compile(rb"^[ \t]*__all__[ \t]*(?:\+=|\.)", re.M)
QUOTED = re.compile(rb"[\"']([^\"'\n]+)[\"']")


def may_bind(text: bytes, name: str) -> bool:
    """Whether the text of a module could bind a name that a star import then brings."""
    exported = exports(text)
    if exported is not None:
        return name in exported
    word = name.encode()
    return passes_on(text) or (word in text and binds(text, word))


@lru_cache(maxsize=8192)
def passes_on(text: bytes) -> bool:
    """Whether names may come from elsewhere."""
    return b"import *" in text or b"globals()" in text


@lru_cache(maxsize=8192)
def exports(text: bytes) -> frozenset[str] | None:
    """The names of a literal `__all__`; None where there is none, or where it grows later."""
    found = EXPORTS.findall(text)
    if len(found) != 1 or (text.count(b"__all__") > 1 and LATER.search(text)):
        return None
    return frozenset(name.decode(errors="replace") for name in QUOTED.findall(found[0]))


def binds(text: bytes, word: bytes) -> bool:
    """Whether some line looks like a definition, an assignment or an import of a name, at any depth."""
    w = rb"(?<![\w.])" + re.escape(word) + rb"(?!\w)"
    patterns = (
        rb"^[ \t]*(?:(?:async[ \t]+)?def|class|type)[ \t]+" + w,
        rb"^[ \t]*[^#\n=]*" + w + rb"[^#\n=]*=(?!=)",  # x = 1, x: int = 1, x, y = 1, 2
        rb"^[ \t]*" + w + rb"[ \t]*:",
        rb"\bimport\b[^\n]*" + w,
        rb"^[ \t]*" + w + rb"(?:[ \t]+as[ \t]+\w+)?[ \t]*[,)\\]?[ \t]*(?:#.*)?$",  # within parentheses
        rb"\b(?:as|for)[ \t]+" + w,
        rb"__all__",
    )
    return any(re.search(pattern, text, re.M) for pattern in patterns)
