"""Which fixes are made together: those that are wanted, and do not write at each other's places."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from orderlint.fixes.changes import Change, NotCleanError
from orderlint.fixes.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orderlint.diagnostic import Diagnostic

FixName: TypeAlias = tuple[str, tuple[tuple[str, str, str, str], ...]]
"""A rule, and for each edit its file, its line, what it replaces and by what: no positions, since these
move."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A finding whose fix is made, the changes that make it, and a name that survives moved lines."""

    diagnostic: Diagnostic
    changes: tuple[Change, ...]
    name: FixName


@dataclass(slots=True)
class Texts:
    """The Python texts that fixes change, each decoded once. `read` gives None for a file that must not be
    changed."""

    read: Callable[[str], bytes | None]
    known: dict[str, SourceText]

    def of(self, path: str) -> SourceText:
        """The text of a file.

        Raises:
            NotCleanError: it is none that may be changed.
        """
        if path not in self.known:
            content = self.read(path)
            if content is None:
                raise NotCleanError("not a file that was named")
            self.known[path] = SourceText.of(path, content)
        return self.known[path]


def chosen(
    diagnostics: Iterable[Diagnostic],
    wanted: Callable[[Diagnostic], bool],
    refused: set[FixName],
    texts: Texts,
) -> list[Chosen]:
    """The wanted fixes that can be made together, the first of two that clash; `refused` ones are left
    out."""
    found: list[Chosen] = []
    taken: dict[str, list[Change]] = {}
    for diagnostic in diagnostics:
        if not wanted(diagnostic):
            continue
        fix = _of_diagnostic(diagnostic, texts)
        if fix is None or fix.name in refused or _clash(fix.changes, taken):
            continue
        found.append(fix)
        for change in fix.changes:
            taken.setdefault(change.path, []).append(change)
    return found


def _of_diagnostic(diagnostic: Diagnostic, texts: Texts) -> Chosen | None:
    if diagnostic.fix is None or not diagnostic.fix.edits:
        return None
    changes, parts = [], []
    try:
        for edit in diagnostic.fix.edits:
            source = texts.of(edit.place.path)
            start, end = source.span(edit.place)
            line = source.text[source.line_start(start) : source.line_end(start)]
            changes.append(Change(source.path, start, end, edit.replacement))
            parts.append((source.path, line, source.text[start:end], edit.replacement))
    except NotCleanError:
        return None
    return Chosen(diagnostic, tuple(changes), (diagnostic.code, tuple(parts)))


def _clash(changes: Iterable[Change], taken: Mapping[str, list[Change]]) -> bool:
    return any(change.clashes(other) for change in changes for other in taken.get(change.path, ()))


def moved(offset: int, changes: Iterable[Change]) -> int:
    """Where an offset of a text lies once the changes, sorted and none twice, are made: that of the start of
    what is written at it, or around it."""
    shift = 0
    for change in changes:
        if change.end <= offset and change.start < offset:
            shift += len(change.text) - (change.end - change.start)
        elif change.start <= offset:
            return change.start + shift
    return offset + shift


def line_of(starts: tuple[int, ...], offset: int) -> int:
    """The 1-based line of an offset, by where lines start."""
    return bisect_right(starts, offset)
