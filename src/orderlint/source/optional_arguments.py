"""Which optional arguments a forward cannot do without: those that its errors name, or else all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.source.values import Raised

TRIES = 6
"""Forwards of one model that are followed to find out which arguments go together."""


def answers(given: frozenset[str], names: list[str], raised: Raised) -> Iterator[frozenset[str]]:
    """The arguments to give after an error, the likeliest first; none where it names no parameter.

    "You have to specify either a or b" asks for the first of them that is not given, "you cannot specify
    both a and b" for the last to be left out. A module within may mean its own parameter, which the outer
    one knows by a longer name.
    """
    words = dict.fromkeys(re.findall(r"\w+", raised.message))
    mentioned = [word for word in words if word in names]
    missing = [name for name in mentioned if name not in given]
    if missing:
        yield given | {missing[0]}
    elif mentioned:
        yield given - {mentioned[-1]}
    for word in words:
        yield from (given | {name} for name in names if name.endswith(f"_{word}") and name not in given)


class Choosing:
    """The sets of optional arguments to try, one after another: first what the errors ask for, then all."""

    def __init__(self, names: Iterable[str], given: Iterable[str], raised: Raised) -> None:
        self.names = list(names)
        self.tried = [frozenset(given)]
        self.raised: Raised | None = raised

    def following(self) -> frozenset[str] | None:
        """The next set, None after the last."""
        everything = frozenset(self.names)
        if self.raised is None or self.tried[-1] == everything:
            return None
        asked = next(
            (a for a in answers(self.tried[-1], self.names, self.raised) if a not in self.tried), None
        )
        if asked is None or len(self.tried) >= TRIES:
            asked = everything
        self.raised = None
        self.tried.append(asked)
        return asked


__all__ = ["Choosing"]
