"""What is linted again and again while fixes are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orderlint.linter import lint_each
from orderlint.merge import merge_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orderlint.discovery import Input
    from orderlint.fixing.files import Files
    from orderlint.linter import Context
    from orderlint.report.result import InputProblem, InputResult, Report


@dataclass(frozen=True, slots=True)
class Run:
    """What is linted again and again. `accept` takes accepted findings out of a report (a baseline's)."""

    inputs: Sequence[Input]
    context: Context
    problems: Sequence[InputProblem] = ()
    jobs: int | None = None
    accept: Callable[[Report], Report] = lambda report: report
    done: Callable[[], None] = lambda: None

    def with_files(self, files: Files) -> Run:
        return replace(self, context=replace(self.context, job=files.job(self.context.job, self.inputs)))

    def lint(self) -> list[InputResult]:
        return lint_each(self.inputs, self.context, self.jobs, self.done)

    def lint_again(self, results: Sequence[InputResult], changed: set[str]) -> list[InputResult]:
        """The results with those anew that have layers in a changed file."""
        stale = [number for number, result in enumerate(results) if _touches(result, changed)]
        items = [self.inputs[number] for number in stale]
        fresh = dict(zip(stale, lint_each(items, self.context, self.jobs), strict=True))
        return [fresh.get(number, result) for number, result in enumerate(results)]

    def report(self, results: Sequence[InputResult]) -> Report:
        """The report of the results, notebooks by the lines of their programs."""
        context = self.context
        return self.accept(merge_raw(results, context.config, context.selection, self.problems, context.job))


def _touches(result: InputResult, changed: set[str]) -> bool:
    return result.input.full_path in changed or any(place.path in changed for place in result.sites)
