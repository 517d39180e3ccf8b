"""Changes: stretches of a file's text and what replaces them; and why a finding gets none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class NotCleanError(Exception):
    """The fix of a finding cannot be applied cleanly, so none is offered; the text says why, for tests."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Replace the characters from `start` up to `end` of a file's text."""

    path: str
    start: int
    end: int
    text: str

    def clashes(self, other: Change) -> bool:
        """Whether the two cannot both be made: they overlap, or write different text at one point."""
        if self == other or self.path != other.path:
            return False
        if self.start == self.end and other.start == other.end:
            return self.start == other.start
        return self.start < other.end and other.start < self.end


def consistent(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes in the order of the text, equal ones once.

    Raises:
        NotCleanError: two of them clash.
    """
    ordered = sorted(set(changes))
    for first, second in pairwise(ordered):
        if first.clashes(second):
            raise NotCleanError("two changes clash")
    return tuple(change for change in ordered if change.start != change.end or change.text)


def spliced(text: str, changes: Sequence[Change]) -> str:
    """The text with the changes, which do not clash, made."""
    parts, position = [], 0
    for change in sorted(set(changes)):
        parts += [text[position : change.start], change.text]
        position = change.end
    return "".join([*parts, text[position:]])
