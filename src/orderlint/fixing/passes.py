"""Passes: lint, make the fixes that do not clash, lint what they touched, until nothing is left to fix; then
judge, and start over without the fixes that did harm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.fixes.choice import Texts, chosen
from orderlint.fixing.files import Files
from orderlint.fixing.verdict import Fault, Pass, faults
from orderlint.merge import told_by_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orderlint.diagnostic import Diagnostic
    from orderlint.fixes.changes import Change
    from orderlint.fixes.choice import Chosen, FixName
    from orderlint.fixing.run import Run
    from orderlint.report.result import InputResult, Report

MOST_PASSES = 10
"""Passes of one attempt: fixes that write at one place wait for the next, and few wait longer than two."""

MOST_ATTEMPTS = 20
"""Attempts, each without the fixes that did harm in those before; a run that needs more fixes nothing."""

MOST_TRIALS = 8
"""Fixes under suspicion that are tried one by one; of more, all are taken back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of fixing: the findings before and after, the contents of the files that changed (old and
    new), the findings that were fixed, and those whose fix was taken back, each with the reason."""

    before: Report
    after: Report
    changed: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)
    fixed: tuple[Diagnostic, ...] = ()
    refused: tuple[tuple[Diagnostic, str], ...] = ()


@dataclass(slots=True)
class _Attempt:
    run: Run
    files: Files
    results: list[InputResult]
    passes: list[Pass] = field(default_factory=list)

    def settle(self, wanted: Callable[[Diagnostic], bool], refused: set[FixName]) -> None:
        for _ in range(MOST_PASSES):
            before = self.run.report(self.results)
            texts = Texts(lambda path: self.files.python(path, self.run.context.job), {})
            fixes = chosen(before.diagnostics, wanted, refused, texts)
            if not fixes:
                return
            self._make(before, fixes, texts)

    def _make(self, before: Report, fixes: list[Chosen], texts: Texts) -> None:
        changes = _by_path(fixes)
        old = self.files
        self.files = old.changed(changes, texts.known)
        self.run = self.run.with_files(self.files)
        self.results = self.run.lint_again(self.results, set(changes))
        after = self.run.report(self.results)
        self.passes.append(Pass(tuple(fixes), changes, before, after, {p: texts.known[p] for p in changes}))


def fix(run: Run, wanted: Callable[[Diagnostic], bool]) -> Outcome:
    """Fix the findings of a run that are wanted, in memory."""
    files = Files.of(run.inputs, run.context.job.stdin)
    run = run.with_files(files)
    results = run.lint()
    if files.entries:
        touched = {place.path for result in results for place in result.sites}
        files = Files.of(run.inputs, run.context.job.stdin, sorted(touched))
        run = run.with_files(files)
        results = run.lint_again(results, touched)
    before = run.report(results)
    refused: dict[FixName, tuple[Diagnostic, str]] = {}
    for _ in range(MOST_ATTEMPTS):
        attempt = _Attempt(run, files, results)
        attempt.settle(wanted, set(refused))
        found = faults(attempt.passes)
        if not found:
            return _outcome(before, attempt, files, refused)
        for fault in found:
            for made in _convicted(fault, _Attempt(run, files, results), wanted, set(refused)):
                refused[made.name] = (made.diagnostic, fault.reason)
    return _outcome(before, _Attempt(run, files, results), files, refused)


def _convicted(
    fault: Fault, fresh: _Attempt, wanted: Callable[[Diagnostic], bool], refused: set[FixName]
) -> Sequence[Chosen]:
    """The suspects that do harm without the others; all of them if none does, or if there are too many to
    try."""
    suspects = fault.suspects
    if any(made.name in refused for made in suspects):
        return ()  # that one may have done it; the next attempt shows
    if not 1 < len(suspects) <= MOST_TRIALS:
        return suspects
    names = {made.name for made in suspects}
    guilty = []
    for made in suspects:
        trial = _Attempt(fresh.run, fresh.files, fresh.results)
        trial.settle(wanted, refused | (names - {made.name}))
        if faults(trial.passes):
            guilty.append(made)
    return guilty or suspects


def _outcome(
    before: Report, attempt: _Attempt, files: Files, refused: Mapping[FixName, tuple[Diagnostic, str]]
) -> Outcome:
    new = attempt.files.contents
    changed = {path: (old, new[path]) for path, old in files.contents.items() if new[path] != old}
    after = told_by_cell(attempt.run.report(attempt.results), attempt.results)
    fixed = tuple(made.diagnostic for one in attempt.passes for made in one.fixes)
    return Outcome(before, after, changed, fixed, tuple(refused.values()))


def _by_path(fixes: Sequence[Chosen]) -> dict[str, tuple[Change, ...]]:
    found: dict[str, set[Change]] = {}
    for one in fixes:
        for change in one.changes:
            found.setdefault(change.path, set()).add(change)
    return {path: tuple(sorted(changes)) for path, changes in sorted(found.items())}
