"""What an operation of Python would make or cost, judged before it is run: the program may be hostile."""

from __future__ import annotations

import ast
import builtins
import itertools
import json
import math
import re
from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from orderlint.source import budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMBER = 5_000
"""Largest argument of a function that grows faster than its argument, such as a factorial."""

TEXT = 100_000
"""Longest text that is handed to a parser (JSON, literals) and longest list of values to write as text."""

MATCHING = 10_000_000
"""Attempts that a regular expression may need in the worst case: about a second."""

AMBIGUOUS_SUBJECT = 20
"""Longest text for a regular expression that repeats a group of repeats or alternatives: 2 ** 20 attempts."""

PATTERN = 1_000
WIDTH = 10_000
_GROWING = frozenset({"replace", "translate", "expandtabs", "format", "format_map"})
_WIDENING = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes"})
_STEEP = (math.factorial, math.comb, math.perm, math.pow, pow)
_LAZY = (itertools.product, itertools.permutations, itertools.combinations)
_QUANTIFIER = re.compile(r"(?<!\\)[*+}]")
_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+{]")


def span(value: range) -> int:
    """The length of a range, also where `len` overflows."""
    return max(0, -((value.start - value.stop) // value.step))


def weighs_more(value: Any, limit: int) -> bool:
    """Whether a nested value, its shared parts counted each time, holds more than `limit` values."""
    left, stack = limit, [value]
    while stack:
        inner = stack.pop()
        left -= 1
        if left < 0:
            return True
        if isinstance(inner, (list, tuple, set, frozenset)):
            if len(inner) > left:
                return True
            stack.extend(inner)
        elif isinstance(inner, dict):
            if len(inner) > left:
                return True
            stack.extend(inner.values())
    return False


def limited(value: Any) -> Any:
    """An argument as a host function may have it: an iterator that goes on too long is cut off."""
    return _cut(value) if hasattr(value, "__next__") else value


def _cut(values: Iterator[Any]) -> Iterator[Any]:
    return itertools.islice(values, budget.LOOP_TURNS)


def huge(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether a function of Python would compute for long or build something huge."""
    every = [*args, *kwargs.values()]
    numbers = [a for a in every if isinstance(a, int) and not isinstance(a, bool)]
    if (numbers and max(numbers, key=abs).bit_length() > budget.SIZE // 10) or any(map(_oversized, every)):
        return True
    if function in _STEEP and any(abs(n) > NUMBER for n in numbers):
        return True
    if function in _LAZY:
        return _combinations(function, args, kwargs)
    if function in (itertools.tee, bytes) and any(n > budget.SIZE for n in numbers):
        return True
    if function in (json.loads, ast.literal_eval):
        return any(isinstance(a, (str, bytes)) and _nested(a) for a in args)
    if function is builtins.format:
        return len(args) > 1 and wide_format(str(args[1]))
    return costly_match(function, args)


def _oversized(value: Any) -> bool:
    if isinstance(value, range):
        return span(value) > budget.SIZE
    return isinstance(value, Sized) and len(value) > budget.SIZE


def _combinations(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether `product`, `permutations` or `combinations` takes very long sequences; how many of its results
    are taken is limited elsewhere."""
    total = sum(len(a) for a in args if isinstance(a, Sized))
    repeat = kwargs.get("repeat", 1)
    return not isinstance(repeat, int) or total * max(1, repeat) > budget.LOOP_TURNS * 8


def _nested(text: str | bytes) -> bool:
    plain = text if isinstance(text, str) else text.decode("latin-1")
    return len(plain) > TEXT or sum(map(plain.count, "([{-~+")) > WIDTH or nests(plain, "([{-~+", ")]},", 100)


def nests(text: str, opening: str, closing: str, limit: int) -> bool:
    """Whether brackets and signs may nest more than `limit` deep."""
    depth = 0
    for character in text:
        if character in opening:
            depth += 1
        elif character in closing:
            depth = max(0, depth - 1)
        if depth > limit:
            return True
    return False


def costly_match(function: Callable[..., Any], args: list[Any]) -> bool:
    """Whether a function of `re`, or a method of a pattern, might try very many ways to match."""
    owner = getattr(function, "__self__", None)
    if getattr(function, "__module__", None) == "re" and args:
        pattern, subjects = args[0], args[1:]
    elif isinstance(owner, re.Pattern):
        pattern, subjects = owner, args
    else:
        return False
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if not isinstance(text, (str, bytes)):
        return False
    sizes = [len(s) for s in subjects if isinstance(s, (str, bytes))]
    if math.prod(max(1, n) for n in sizes) > 16 * budget.SIZE:
        return True
    return _attempts(text if isinstance(text, str) else text.decode("latin-1"), max(sizes, default=0))


def _attempts(pattern: str, length: int) -> bool:
    """Whether a pattern may need more than MATCHING attempts on a text of this length."""
    quantifiers = len(_QUANTIFIER.findall(pattern))
    if len(pattern) > PATTERN:
        return True
    ambiguous = _REPEATED_GROUP.search(pattern) and (quantifiers > 1 or "|" in pattern)
    if ambiguous and length > AMBIGUOUS_SUBJECT:
        return True
    return math.comb(length + quantifiers, min(quantifiers, 8)) > MATCHING


def huge_text(text: str | bytes, name: str, args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether a method of a text, or of a number, would make something huge."""
    values = [*args, *kwargs.values()]
    if name in _WIDENING and any(isinstance(v, int) and v > WIDTH for v in values):
        return True
    if len(text) > budget.SIZE:
        return True
    if name in _GROWING:
        return len(text) * max(map(_longest, values), default=1) > 16 * budget.SIZE
    if name == "join" and values and isinstance(values[0], (list, tuple)):
        return sum(map(_longest, values[0])) + len(text) * len(values[0]) > budget.SIZE
    return False


def _longest(value: Any) -> int:
    """The longest text in a value, or the number it is."""
    if isinstance(value, (str, bytes, list, tuple)):
        return len(value)
    if isinstance(value, dict):
        return max(map(_longest, value.values()), default=1)
    return min(abs(value), budget.SIZE) if isinstance(value, int) else 1


def wide_format(spec: str | bytes) -> bool:
    """Whether a format asks for a very wide field, or takes the width from a value."""
    text = spec if isinstance(spec, str) else spec.decode("latin-1")
    return (
        any(len(number) > 4 for number in re.findall(r"\d+", text))
        or "*" in text
        or re.search(r"\{[^{}]*:[^{}]*\{", text) is not None
    )


def too_big(name: str, left: Any, right: Any) -> bool:
    """Whether an operator would build something huge."""
    if isinstance(left, int) and isinstance(right, int):
        return _big_integer(name, left, right)
    if name == "mul":
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, (str, bytes, list, tuple)) and isinstance(times, int):
                return len(sequence) * times > budget.SIZE
    sequences = (str, bytes, list, tuple)
    if name == "add" and isinstance(left, sequences) and isinstance(right, sequences):
        return len(left) + len(right) > budget.SIZE
    if name == "mod" and isinstance(left, (str, bytes)):
        parts = right if isinstance(right, (tuple, list)) else [right]
        return (
            wide_format(left)
            or len(left) * max(map(_longest_text, parts), default=1) > 16 * budget.SIZE
            or weighs_more(right, TEXT)
        )
    return False


def _longest_text(value: Any) -> int:
    return max(1, len(value)) if isinstance(value, (str, bytes)) else 1


def _big_integer(name: str, left: int, right: int) -> bool:
    bits = left.bit_length()
    if name == "pow":
        return bits * abs(right) > budget.SIZE
    if name == "lshift":
        return bits + right > budget.SIZE
    return name == "mul" and bits + right.bit_length() > budget.SIZE
