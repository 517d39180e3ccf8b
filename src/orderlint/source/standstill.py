"""Loops that come to a stand: a `while` whose test stays true though nothing that is known changes.

`while not done: files = [f for f in imports_of(files) if f not in seen]; done = not files` ends as soon as
the files, which are not known, do: its test only seems to be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import branches, fillings
from orderlint.source.values import ABSENT, Choice, Sequence, Test, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter
    from orderlint.source.signals import Signal


def watched(it: Interpreter, frame: Frame, body: Callable[[], Signal]) -> tuple[Signal, bool]:
    """Run one turn; whether it left everything that is known as it was."""
    before = dict(frame.scope.variables)
    with fillings.watched(it) as trail:
        signal = body()
    now = frame.scope.variables
    same = all(as_before(value, before.get(name, ABSENT)) for name, value in now.items())
    return signal, same and fillings.only_filled(it, trail)


def as_before(value: Value, before: Value) -> bool:
    """Whether a variable holds what it held, or as little that is known."""
    if branches.equal(value, before) or (unknown_alone(value) and unknown_alone(before)):
        return True
    if type(value) is not type(before):
        return False
    if type(value) is Choice:
        options = ([option for _, option in choice.options] for choice in (value, before))
        return same_elements(*options)
    return isinstance(value, (list, tuple)) and same_elements(value, before)


def same_elements(values: Value, before: Value) -> bool:
    return len(values) == len(before) and all(map(as_before, values, before))


def unknown_alone(value: Value) -> bool:
    """Whether a value is not known, or a container of such values."""
    if isinstance(value, (list, tuple, set)):
        return bool(value) and all(map(unknown_alone, value))
    if type(value) is Sequence:
        return unknown_alone(value.element) and all(map(unknown_alone, value.prefix))
    if type(value) is Choice:
        return all(option is ABSENT or unknown_alone(option) for _, option in value.options)
    return type(value) is Test or fillings.tells_nothing(value)
