"""Hold one observation against another: census, edges and findings that both have, precision and recall."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from .observation import CENSUS, CODES, Edge, Finding, Layer, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 6
"""Missing and extra items kept a model, to keep result files small."""


def score(true: Observation, mine: Observation) -> dict[str, Any]:
    """Figures of one model; counts are `[true, said, true ones found, said ones that are true]`."""
    missing, extra = unmatched_edges(true.edges, mine.edges), unmatched_edges(mine.edges, true.edges)
    return {
        "name": true.name,
        "entry": true.entry,
        "status": mine.status,
        "reasons": mine.reasons,
        "census": _census(true, mine),
        "census_equal": all(true.census[kind] == mine.census[kind] for kind in CENSUS),
        "edges": _counts(true.edges, mine.edges, missing, extra),
        "missing": _shown(missing),
        "extra": _shown(extra),
        "findings": {code: _findings(code, true.findings, mine.findings) for code in CODES},
    }


def failed(true: Observation, reason: str) -> dict[str, Any]:
    """Figures of a model that gave nothing to compare."""
    return score(true, Observation(true.name, true.entry, status="failed", reasons=[reason]))


def _census(true: Observation, mine: Observation) -> dict[str, list[int]]:
    kinds = sorted(set(true.census) | set(CENSUS))
    return {
        kind: [true.census[kind], mine.census[kind]]
        for kind in kinds
        if true.census[kind] != mine.census[kind]
    }


def unmatched_edges(edges: set[Edge], others: set[Edge]) -> list[Edge]:
    """The edges that none of the others is the same as."""
    index: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in others:
        for key in _keys(edge[0]):
            index[key].append(edge)
    return [
        edge
        for edge in edges
        if not any(_same_edge(edge, other) for k in _keys(edge[0]) for other in index[k])
    ]


def _keys(layer: Layer) -> list[tuple[str, str]]:
    return [(layer.kind, place) for place in {layer.built, layer.used} if place]


def _same_edge(edge: Edge, other: Edge) -> bool:
    return edge[0].same(other[0]) and edge[1].same(other[1])


def _counts(true: Any, mine: Any, missing: Any, extra: Any) -> list[int]:
    return [len(true), len(mine), len(true) - len(missing), len(mine) - len(extra)]


def _shown(edges: Iterable[Edge]) -> list[str]:
    return sorted(f"{start} -> {end}" for start, end in edges)[:SHOWN]


def _findings(code: str, true: list[Finding], mine: list[Finding]) -> dict[str, Any]:
    """A finding that is true but not certain may be reported or not."""
    known = [finding for finding in true if finding.code == code]
    certain = [finding for finding in known if finding.certain]
    said = list(dict.fromkeys(finding for finding in mine if finding.code == code))
    missed = [finding for finding in certain if not any(finding.same(other) for other in said)]
    false = [finding for finding in said if not any(finding.same(other) for other in known)]
    counts = _counts(certain, said, missed, false)
    return {
        "counts": counts,
        "missed": list(map(str, missed))[:SHOWN],
        "false": list(map(str, false))[:SHOWN],
    }


def precision_recall_f1(counts: Iterable[int]) -> tuple[float, float, float]:
    """Of `[true, said, true ones found, said ones that are true]`; 1.0 of nothing."""
    true, said, found, right = counts
    precision = right / said if said else 1.0
    recall = found / true if true else 1.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0
