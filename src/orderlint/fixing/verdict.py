"""The verdict on fixes that were made: is each finding gone, did no other come, can every model still be
followed; and which fixes are to blame where not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from orderlint.fixes.changes import spliced
from orderlint.fixes.choice import line_of, moved
from orderlint.fixes.text import starts_of
from orderlint.suppress import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orderlint.diagnostic import Diagnostic
    from orderlint.fixes.changes import Change
    from orderlint.fixes.choice import Chosen
    from orderlint.fixes.text import SourceText
    from orderlint.report.result import Report

Key: TypeAlias = tuple[str, str]
"""A rule's code and the file of a finding: what findings are counted by, since lines move and names
change."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The fixes made together, their changes by file, the reports before and after, and the texts before."""

    fixes: tuple[Chosen, ...]
    changes: Mapping[str, Sequence[Change]]
    before: Report
    after: Report
    texts: Mapping[str, SourceText]


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines that a fix wrote, in the texts after the last of some passes."""

    fix: Chosen
    path: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that fixes did wrong, and those that may have done it."""

    reason: str
    suspects: tuple[Chosen, ...]


def faults(passes: Sequence[Pass]) -> list[Fault]:
    """What the fixes of some passes did wrong: a finding that stays, one that comes, a model that is lost."""
    found = [fault for number in range(len(passes)) for fault in _stayed(passes[: number + 1])]
    return found or [*_came(passes), *_lost(passes)] if passes else []


def _stayed(passes: Sequence[Pass]) -> Iterator[Fault]:
    """After the last pass there are more findings of a rule in a file than its fixes should have left."""
    one = passes[-1]
    had, has = _counted(one.before), _counted(one.after)
    gone = Counter(_key(made.diagnostic) for made in one.fixes)
    for key in sorted(gone):
        if has[key] > had[key] - gone[key]:
            own = [made for made in one.fixes if _key(made.diagnostic) == key]
            for diagnostic in _unexpected(passes, one.before, one.after, key) or [own[0].diagnostic]:
                reason = f"{diagnostic.code} would be there all the same"
                yield Fault(reason, _guilty(passes, diagnostic, own))


def _came(passes: Sequence[Pass]) -> Iterator[Fault]:
    """After all passes there are findings of a rule in a file that were not there before the first."""
    before, after = passes[0].before, passes[-1].after
    had, has = _counted(before), _counted(after)
    for key in sorted(has):
        if has[key] > had[key]:
            for diagnostic in _unexpected(passes, before, after, key):
                reason = f"{diagnostic.code} would come instead"
                yield Fault(reason, _guilty(passes, diagnostic, _everything(passes)))


def _lost(passes: Sequence[Pass]) -> Iterator[Fault]:
    """A file can no longer be read, or its models can no longer be followed as far."""
    before, after = passes[0].before, passes[-1].after
    had, has = (Counter(problem.path for problem in report.problems) for report in (before, after))
    could, can = (
        Counter(model.path for model in report.models if model.status == "complete")
        for report in (before, after)
    )
    worse = {path for path in has if has[path] > had[path]} | {
        path for path in could if can[path] < could[path]
    }
    for path in sorted(worse):
        made = _everything(passes)
        near = [one for one in made if path in {change.path for change in one.changes}]
        yield Fault("the model could no longer be followed", tuple(near or made))


def _everything(passes: Sequence[Pass]) -> list[Chosen]:
    return [made for one in passes for made in one.fixes]


def _counted(report: Report) -> Counter[Key]:
    return Counter(_key(diagnostic) for diagnostic in report.diagnostics)


def _key(diagnostic: Diagnostic) -> Key:
    return diagnostic.code, diagnostic.place.path


def _unexpected(passes: Sequence[Pass], before: Report, after: Report, key: Key) -> list[Diagnostic]:
    """The findings of a rule and file that stand where, by the changes made, none of those before should."""
    since = passes if before is passes[0].before else passes[-1:]
    old = {_moved_place(item, since) for item in before.diagnostics if _key(item) == key}
    of_key = [item for item in after.diagnostics if _key(item) == key]
    return [item for item in of_key if (item.place.line, item.place.column) not in old] or of_key


def _moved_place(diagnostic: Diagnostic, passes: Sequence[Pass]) -> tuple[int, int]:
    """Line and column of a finding's place after some passes."""
    place = diagnostic.place
    line, column = place.line, place.column
    for one in passes:
        source = one.texts.get(place.path)
        if source is not None:
            changes = one.changes[place.path]
            offset = moved(source.offset(line, column), changes)
            starts = starts_of(spliced(source.text, changes))
            line = line_of(starts, offset)
            column = offset - starts[line - 1] + 1
    return line, column


def _guilty(passes: Sequence[Pass], diagnostic: Diagnostic, suspects: Sequence[Chosen]) -> tuple[Chosen, ...]:
    """The suspects that wrote a line on which a layer of a finding stands, else those that wrote in its
    files, else all."""
    lines = lines_of(diagnostic)
    regions = [region for region in _regions(passes) if region.fix in suspects]
    close = [
        region.fix
        for region in regions
        if any(path == region.path and region.first <= line <= region.last for path, line in lines)
    ]
    paths = {path for path, _ in lines}
    near = [region.fix for region in regions if region.path in paths]
    return tuple({made.name: made for made in close or near or suspects}.values())


def _regions(passes: Sequence[Pass]) -> Iterator[_Region]:
    for number, one in enumerate(passes):
        for made in one.fixes:
            for change in made.changes:
                first, last = _after(change, passes[number:])
                yield _Region(made, change.path, first, last)


def _after(change: Change, passes: Sequence[Pass]) -> tuple[int, int]:
    """First and last line of what a change of the first pass wrote, after all of them."""
    start = end = change.start
    starts: tuple[int, ...] = (0,)
    for number, one in enumerate(passes):
        source = one.texts.get(change.path)
        if source is not None:
            changes = one.changes[change.path]
            start, end = moved(start, changes), moved(end, changes)
            end += len(change.text) if number == 0 else 0
            starts = starts_of(spliced(source.text, changes))
    return line_of(starts, start), line_of(starts, end)
