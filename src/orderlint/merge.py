"""Merge what the inputs of a run gave: equal findings, suppressions, per-file ignores, the baseline."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from orderlint.cells import cell_problems, diagnostic_by_cell, model_by_cell, programs_of
from orderlint.diagnostic import SEVERITY_ORDER
from orderlint.follow import Job
from orderlint.report.result import Report
from orderlint.suppress import Suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orderlint.config import Config
    from orderlint.diagnostic import Diagnostic, DiagnosticLayer, Edit
    from orderlint.graph.model import Place
    from orderlint.notebook.program import Program
    from orderlint.report.result import InputProblem, InputResult
    from orderlint.selection import Selection

CONFIDENCE_ORDER = {"low": 0, "medium": 1, "high": 2}
PATHS = re.compile(r"(?<=`)[\w.*]+\.(?=\w+`)")
"""Where in a model a module stands: `block1.relu` and `block2.relu`, of one line, are one layer."""

MergeKey: TypeAlias = tuple[str, "tuple[Place | str | None, ...]", str]


def merge_key(diagnostic: Diagnostic) -> MergeKey:
    """Rule and places of the anchors; where a place says nothing (an ONNX graph, a fact), the message too.

    Both anchors built by one call and used by one are parts of one layer, wherever that is used.
    """
    anchors = _anchors(diagnostic)
    parts = len({(layer.built, layer.used) for layer in anchors}) == 1 and anchors[0].built is not None
    places = tuple(
        place for layer in anchors for place in (layer.built, None if parts else layer.used, layer.site)
    )
    told_apart = bool(anchors) and all(layer.place for layer in anchors)
    fact = not anchors and diagnostic.place.line
    message = PATHS.sub("", diagnostic.message) if fact else diagnostic.message
    return diagnostic.code, (diagnostic.place, *places), "" if told_apart else message


def merge_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One finding for those of one rule at the same places, sorted by place.

    A block is often met alone, with rates that nobody fixes, and in a model that fixes them. The gravest and
    least conditional finding stands for all, with the greatest count. A container that is met alone applies
    its layers itself, so they have no place of use: what is found there is told where the container is used.
    """
    groups: dict[MergeKey, list[Diagnostic]] = defaultdict(list)
    for diagnostic in diagnostics:
        groups[merge_key(diagnostic)].append(diagnostic)
    used = {_built_key(group[0]): group for group in groups.values() if not _unused(group[0])}
    for key, group in list(groups.items()):
        if _unused(group[0]) and _built_key(group[0]) in used:
            used[_built_key(group[0])].extend(groups.pop(key))
    merged = [_merge_group(group) for group in groups.values()]
    return sorted(merged, key=lambda diagnostic: diagnostic.sort_key())


def _anchors(diagnostic: Diagnostic) -> tuple[DiagnosticLayer, ...]:
    return (diagnostic.layers[0], diagnostic.layers[-1]) if diagnostic.layers else ()


def _unused(diagnostic: Diagnostic) -> bool:
    anchors = _anchors(diagnostic)
    return bool(anchors) and all(layer.built and layer.used is None for layer in anchors)


def _built_key(diagnostic: Diagnostic) -> tuple[str, tuple[Place | None, ...]]:
    return diagnostic.code, tuple(layer.built for layer in _anchors(diagnostic))


def _merge_group(group: Sequence[Diagnostic]) -> Diagnostic:
    best = max(group, key=_weight)
    count = max(item.count for item in group)
    return best if best.count == count else replace(best, count=count)


def _weight(diagnostic: Diagnostic) -> tuple[int, bool, int, int]:
    severity, confidence = SEVERITY_ORDER[diagnostic.severity], CONFIDENCE_ORDER[diagnostic.confidence]
    return severity, diagnostic.condition is None, confidence, diagnostic.count


def merge_results(
    results: Sequence[InputResult],
    config: Config,
    selection: Selection,
    problems: Sequence[InputProblem] = (),
    job: Job | None = None,
) -> Report:
    """The report of a run. Comments that silence nothing are reported for files that were linted, and wholly
    followed."""
    return told_by_cell(merge_raw(results, config, selection, problems, job), results)


def told_by_cell(report: Report, results: Sequence[InputResult]) -> Report:
    """A report with every place in a notebook told by its cell."""
    programs = programs_of(results)
    return replace(
        report,
        diagnostics=tuple(diagnostic_by_cell(item, programs) for item in report.diagnostics),
        models=tuple(model_by_cell(model, programs) for model in report.models),
    )


def merge_raw(
    results: Sequence[InputResult],
    config: Config,
    selection: Selection,
    problems: Sequence[InputProblem] = (),
    job: Job | None = None,
) -> Report:
    """The report of a run in which notebooks go by the lines of their programs."""
    programs = programs_of(results)
    texts = _texts(results, programs.values(), job or Job())
    suppressions = Suppressions(texts)
    everything = merge_diagnostics(diagnostic for result in results for diagnostic in result.diagnostics)
    everything = without_disputed_fixes(everything, results)
    kept = [item for item in everything if not suppressions.silences(item)]
    suppressed = len(everything) - len(kept)
    kept += _unused_suppressions(results, selection, suppressions)
    kept = [item for item in kept if not _ignored_in_file(item, config, selection)]
    models = tuple(model for result in results for model in result.models)
    failed = (result.problem for result in results if result.problem is not None)
    ordered = sorted(kept, key=lambda diagnostic: diagnostic.sort_key())
    return Report(
        tuple(ordered),
        models,
        (*problems, *failed, *cell_problems(programs)),
        len(results),
        suppressed,
        sources=texts,
        rules=selection.rules,
        cell_lines={path: lines for program in programs.values() for path, lines in program.file_lines()},
    )


def _texts(results: Sequence[InputResult], programs: Iterable[Program], job: Job) -> Mapping[str, bytes]:
    """The texts that stand for those of files, or that no file holds: standard input, notebooks' programs,
    and cells."""
    piped = {result.input.full_path: job.stdin or b"" for result in results if result.input.kind == "stdin"}
    cells: dict[str, bytes] = {}
    for program in programs:
        cells |= {program.path: program.text.encode("utf-8", "surrogatepass"), **dict(program.sources())}
    return {**job.overlay, **piped, **cells}


def without_disputed_fixes(
    diagnostics: Sequence[Diagnostic], results: Sequence[InputResult]
) -> list[Diagnostic]:
    """The findings without the fixes that would change a layer which, in another input, has no such
    finding."""
    needed = {site for item in diagnostics if item.fix for site in item.fix.sites}
    if not needed:
        return list(diagnostics)
    offers: dict[Place, list[set[tuple[str, tuple[Edit, ...]]]]] = {site: [] for site in needed}
    for result in results:
        met = result.sites & needed
        made = {(item.code, item.fix.edits) for item in result.diagnostics if item.fix} if met else set()
        for site in met:
            offers[site].append(made)
    return [_undisputed(item, offers) for item in diagnostics]


def _undisputed(
    diagnostic: Diagnostic, offers: Mapping[Place, Sequence[set[tuple[str, tuple[Edit, ...]]]]]
) -> Diagnostic:
    fix = diagnostic.fix
    if fix is None:
        return diagnostic
    offered = all((diagnostic.code, fix.edits) in made for site in fix.sites for made in offers[site])
    return diagnostic if offered else replace(diagnostic, fix=None)


def _unused_suppressions(
    results: Sequence[InputResult], selection: Selection, suppressions: Suppressions
) -> list[Diagnostic]:
    if not selection.runs("OL001"):
        return []
    in_force = {word for rule in selection.rules for word in (rule.code, rule.name)}
    severity = selection.settings.severities.get("OL001", "info")
    found: list[Diagnostic] = []
    for result in results:
        whole = all(model.status == "complete" for model in result.models) and result.problem is None
        if result.input.kind in ("source", "stdin", "notebook") and whole:
            found += suppressions.unused(result.input.full_path, in_force)
    return [replace(item, severity=severity) for item in found]


def _ignored_in_file(diagnostic: Diagnostic, config: Config, selection: Selection) -> bool:
    """Whether a pattern of `per-file-ignores` matches the finding's file and names its rule."""
    if not selection.ignored_in:
        return False
    path = os.path.relpath(os.path.abspath(diagnostic.place.path), config.root or os.getcwd()).replace(
        os.sep, "/"
    )
    return any(
        diagnostic.code in codes and _matches(pattern, path) for pattern, codes in selection.ignored_in
    )


def _matches(pattern: str, path: str) -> bool:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern]).match_file(path)
