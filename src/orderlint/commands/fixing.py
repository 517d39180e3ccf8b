"""Fixes on the command line: made in files, or shown as a diff; and what is said of them."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from orderlint.errors import UsageError
from orderlint.report.result import InputProblem, counted, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.diagnostic import Diagnostic
    from orderlint.fixing.passes import Outcome
    from orderlint.fixing.run import Run
    from orderlint.report.result import Report


@dataclass(frozen=True, slots=True)
class FixOptions:
    """What the command line says about fixes."""

    fix: bool
    unsafe_fixes: bool
    diff: bool

    @staticmethod
    def taken_from(options: dict[str, Any]) -> FixOptions:
        """Take these options out of all that a command was given.

        Raises:
            UsageError: they contradict each other.
        """
        taken = FixOptions(*(options.pop(name) for name in FixOptions.__dataclass_fields__))
        if taken.fix and taken.diff:
            raise UsageError("--fix writes files and --diff does not: give one of them")
        if taken.unsafe_fixes and not taken:
            raise UsageError("--unsafe-fixes needs --fix (to make them) or --diff (to see them)")
        return taken

    def __bool__(self) -> bool:
        return self.fix or self.diff

    def wants(self, diagnostic: Diagnostic) -> bool:
        return diagnostic.fix is not None and (diagnostic.fix.safe or self.unsafe_fixes)


def fixed_report(run: Run, options: FixOptions, quiet: bool) -> Report:
    """Fix what is wanted and give the report of what is left; with --diff, print what would be changed and
    give the report of the files as they are.

    A file that changed while this ran is left alone, and its report says so.
    """
    from orderlint.fixing.passes import fix

    outcome = fix(run, options.wants)
    if options.diff:
        for path, (old, new) in outcome.changed.items():
            click.echo("".join(diff_lines(path, old, new)), nl=False)
        report, verb = outcome.before, "Would fix"
    else:
        problems = tuple(_write_all(run, outcome))
        report, verb = replace(outcome.after, problems=(*outcome.after.problems, *problems)), "Fixed"
    if not quiet:
        for line in fix_summary(outcome, verb, options):
            click.echo(line, err=True)
    return report


def diff_lines(path: str, old: bytes, new: bytes) -> Iterator[str]:
    """A unified diff of two texts of a file, as `patch -p0` takes it."""
    before, after = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (old, new))
    name = shown_path(path)
    for line in difflib.unified_diff(before, after, name, name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _write_all(run: Run, outcome: Outcome) -> Iterator[InputProblem]:
    """Write the fixed files, each only if it is as it was read; standard input goes to standard output."""
    from orderlint.fixes.write import ChangedError, write_if_unchanged

    piped = next((item for item in run.inputs if item.kind == "stdin"), None)
    name = None if piped is None else piped.full_path
    for path, (old, new) in outcome.changed.items():
        if path == name:
            continue
        try:
            write_if_unchanged(path, old, new)
        except ChangedError:
            yield InputProblem(path, "changed since it was read, so it was not fixed; run again")
        except OSError as error:
            yield InputProblem(path, f"cannot be written: {(error.strerror or str(error)).lower()}")
    if name is not None:
        text = outcome.changed[name][1] if name in outcome.changed else run.context.job.stdin or b""
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()


def fix_summary(outcome: Outcome, verb: str, options: FixOptions) -> Iterator[str]:
    """How many findings were fixed in how many files, which fixes were taken back and why, and how many more
    there are."""
    if outcome.fixed:
        files = counted(len(outcome.changed), "file")
        yield f"{verb} {counted(len(outcome.fixed), 'finding')} in {files}."
    else:
        yield "Nothing to fix."
    for diagnostic, reason in outcome.refused:
        place = diagnostic.place
        yield f"{shown_path(place.path)}:{place.line}: {diagnostic.code} not fixed: {reason}."
    left = [item for item in outcome.after.diagnostics if item.fix and item.fix.edits and not item.fix.safe]
    if left and not options.unsafe_fixes:
        yield f"{counted(len(left), 'finding')} left with an unsafe fix (--unsafe-fixes)."
