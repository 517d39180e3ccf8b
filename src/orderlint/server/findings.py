"""Findings as the protocol's diagnostics, by the file they stand in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lsprotocol import types

from orderlint.graph.model import Place
from orderlint.server.texts import uri_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.diagnostic import Diagnostic, DiagnosticLayer
    from orderlint.report.result import FollowedModel, InputProblem
    from orderlint.server.runs import Outcome
    from orderlint.server.texts import Texts

SOURCE = "orderlint"
SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def diagnostics_by_path(outcome: Outcome, path: str, texts: Texts) -> dict[str, list[types.Diagnostic]]:
    """What a run of the document at `path` says of every file; of that document at least nothing."""
    found: dict[str, list[types.Diagnostic]] = defaultdict(list, {path: []})
    for diagnostic in outcome.diagnostics:
        found[diagnostic.place.path].append(_finding(diagnostic, texts))
    for problem in outcome.problems:
        found[path].append(_problem(problem, path, texts))
    for model in outcome.models:
        for place, message in _not_followed(model):
            found[place.path].append(_hint(place, message, texts))
    return dict(found)


def _finding(diagnostic: Diagnostic, texts: Texts) -> types.Diagnostic:
    unneeded = [types.DiagnosticTag.Unnecessary] if diagnostic.code == "OL001" else None
    return types.Diagnostic(
        range=texts.range_of(diagnostic.place),
        message="\n".join(part for part in (diagnostic.message, diagnostic.help) if part),
        severity=SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        source=SOURCE,
        tags=unneeded,
        related_information=list(_related(diagnostic, texts)) or None,
    )


def _related(diagnostic: Diagnostic, texts: Texts) -> Iterator[types.DiagnosticRelatedInformation]:
    """The layers of the path in the order of the data: where each is built, and where it is applied."""
    for number, layer in enumerate(diagnostic.layers, 1):
        for place, word in ((layer.built, "built"), (layer.used, "applied")):
            if place is not None and not place.path.startswith("<"):
                location = types.Location(uri_of(place.path), texts.range_of(place))
                yield types.DiagnosticRelatedInformation(
                    location, f"{number}. {layer_text(layer)}, {word} here"
                )


def layer_text(layer: DiagnosticLayer) -> str:
    """`batch_norm `blocks.0.norm``, or the operator where a layer has no name."""
    return f"{layer.kind} `{layer.name or layer.op}`"


def _problem(problem: InputProblem, path: str, texts: Texts) -> types.Diagnostic:
    return types.Diagnostic(
        range=texts.range_of(Place(path, problem.line or 1, problem.column or 1)),
        message=f"not linted: {problem.problem}",
        severity=types.DiagnosticSeverity.Information,
        source=SOURCE,
    )


def _not_followed(model: FollowedModel) -> Iterator[tuple[Place, str]]:
    if model.status == "complete":
        return
    places: Iterable[tuple[Place | None, str]] = [(item.place, item.reason) for item in model.unresolved]
    for place, reason in places or [(None, "no reason given")]:
        where = place or Place(model.path, model.line)
        if not where.path.startswith("<"):
            yield where, f"`{model.entry}` is followed only in part: {reason}"


def _hint(place: Place, message: str, texts: Texts) -> types.Diagnostic:
    return types.Diagnostic(
        texts.range_of(place), message, severity=types.DiagnosticSeverity.Hint, source=SOURCE
    )
