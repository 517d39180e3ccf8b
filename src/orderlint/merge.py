"""Merge what the inputs of a run gave: equal findings, suppressions, per-file ignores, the baseline."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from orderlint.diagnostic import SEVERITY_ORDER
from orderlint.report.result import Report
from orderlint.suppress import Suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orderlint.config import Config
    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import Place
    from orderlint.report.result import InputProblem, InputResult
    from orderlint.selection import Selection

CONFIDENCE_ORDER = {"low": 0, "medium": 1, "high": 2}
MergeKey: TypeAlias = tuple[str, "tuple[Place | None, ...]", str]


def merge_key(diagnostic: Diagnostic) -> MergeKey:
    """Rule and places of the anchors; where a place says nothing (an ONNX graph, a fact), the message too."""
    anchors = (diagnostic.layers[0], diagnostic.layers[-1]) if diagnostic.layers else ()
    places = tuple(place for layer in anchors for place in (layer.built, layer.used))
    told_apart = bool(anchors) and all(layer.place for layer in anchors)
    return diagnostic.code, (diagnostic.place, *places), "" if told_apart else diagnostic.message


def merge_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One finding for those of one rule at the same places, sorted by place.

    A block is often met alone, with rates that nobody fixes, and in a model that fixes them. The gravest and
    least conditional finding stands for all, with the greatest count.
    """
    groups: dict[MergeKey, list[Diagnostic]] = defaultdict(list)
    for diagnostic in diagnostics:
        groups[merge_key(diagnostic)].append(diagnostic)
    merged = [_merge_group(group) for group in groups.values()]
    return sorted(merged, key=lambda diagnostic: diagnostic.sort_key())


def _merge_group(group: Sequence[Diagnostic]) -> Diagnostic:
    best = max(group, key=_weight)
    count = max(item.count for item in group)
    return best if best.count == count else replace(best, count=count)


def _weight(diagnostic: Diagnostic) -> tuple[int, bool, int]:
    severity, confidence = SEVERITY_ORDER[diagnostic.severity], CONFIDENCE_ORDER[diagnostic.confidence]
    return severity, diagnostic.condition is None, confidence


def merge_results(
    results: Sequence[InputResult],
    config: Config,
    selection: Selection,
    problems: Sequence[InputProblem] = (),
    stdin: bytes | None = None,
) -> Report:
    """The report of a run. Comments that silence nothing are reported for files that were linted, and wholly
    followed."""
    suppressions = Suppressions()
    _read_stdin(results, suppressions, stdin)
    everything = merge_diagnostics(diagnostic for result in results for diagnostic in result.diagnostics)
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
        (*problems, *failed),
        len(results),
        suppressed,
        sources=_sources(results, stdin),
        rules=selection.rules,
    )


def _read_stdin(results: Sequence[InputResult], suppressions: Suppressions, stdin: bytes | None) -> None:
    for result in results:
        if result.input.kind == "stdin":
            suppressions.of_file(_path(result), stdin or b"")


def _sources(results: Sequence[InputResult], stdin: bytes | None) -> dict[str, bytes]:
    return {_path(result): stdin or b"" for result in results if result.input.kind == "stdin"}


def _path(result: InputResult) -> str:
    path = result.input.path
    return path if path.startswith("<") else os.path.abspath(path)


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
        if result.input.kind in ("source", "stdin") and whole:
            found += suppressions.unused(_path(result), in_force)
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
