"""Hover: what is found at a position, the path of the data, and the evidence for the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from orderlint.server.findings import layer_text
from orderlint.server.texts import contains

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import Place
    from orderlint.server.runs import Outcome
    from orderlint.server.texts import Texts


def hover_at(
    outcomes: Iterable[Outcome], path: str, position: types.Position, texts: Texts
) -> types.Hover | None:
    """Every finding whose own place, or a layer of whose path, holds the position; None if there is none."""
    parts: dict[str, types.Range] = {}
    for outcome in outcomes:
        pages = dict(outcome.pages)
        for diagnostic in outcome.diagnostics:
            place = _place_at(diagnostic, path, position, texts)
            if place is not None:
                parts["\n".join(_lines(diagnostic, pages.get(diagnostic.code, "")))] = texts.range_of(place)
    if not parts:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(parts))
    return types.Hover(content, next(iter(parts.values())))


def _place_at(diagnostic: Diagnostic, path: str, position: types.Position, texts: Texts) -> Place | None:
    places = [diagnostic.place]
    for layer in diagnostic.layers:
        places += [place for place in (layer.built, layer.used) if place is not None]
    return next(
        (place for place in places if place.path == path and contains(texts.range_of(place), position)), None
    )


def _lines(diagnostic: Diagnostic, page: str) -> Iterator[str]:
    yield f"**{diagnostic.code} {diagnostic.rule}**"
    yield from ("", f"{diagnostic.severity}, {diagnostic.confidence} confidence", "", diagnostic.message)
    if diagnostic.condition:
        yield from ("", f"Only when `{diagnostic.condition}`.")
    if diagnostic.layers:
        yield from ("", "Path: " + " → ".join(layer_text(layer) for layer in diagnostic.layers))
    if diagnostic.count > 1:
        yield from ("", f"Seen {diagnostic.count} times in `{diagnostic.model}`.")
    yield from ("", diagnostic.help, "", page)
