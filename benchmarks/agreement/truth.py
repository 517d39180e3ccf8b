"""Read files of observed runs: one JSON record a line, gzipped (the truth's README lists the fields)."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from .observation import Edge, Finding, Layer, Observation

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    "bn": "batch_norm",
    "ln": "layer_norm",
    "gn": "group_norm",
    "in": "instance_norm",
    "rms": "rms_norm",
    "norm_other": "other_norm",
    "act": "activation",
    "pool_max": "max_pool",
    "pool_avg": "avg_pool",
    "cat": "concat",
}
RENORMALISING = frozenset({"ln", "gn", "in", "rms", "norm_other"})
"""Norms that work alike in both modes: whether a shift passes them is not judged."""

RULES = {
    "D1": "OL101+OL102",
    "D4": "OL301",
    "D2": "OL303",
    "D2-normed": "OL303",
    "D2-other": "OL303",
    "D5": "OL125",
}
"""Observed findings to codes; a kind of pair that no code is bound to report is listed as not certain."""

UNCERTAIN = frozenset({"D2-normed", "D2-other"})


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records that name an entry, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [record for record in map(json.loads, lines) if record["entry"]]


def observed(record: dict[str, Any]) -> Observation:
    """What a run of the real model showed."""
    census = Counter[str]()
    for kind, number in record["census"].items():
        census[KINDS.get(kind, kind)] += number
    return Observation(record["name"], record["entry"], census, _edges(record), _findings(record))


def _line(place: str | None) -> str | None:
    return ":".join(place.split(":")[:2]) if place else None


def _edges(record: dict[str, Any]) -> set[Edge]:
    layers = [
        Layer(KINDS.get(kind, kind), _line(built), _line(used)) for kind, built, used, _ in record["sites"]
    ]
    return {(layers[start], layers[end]) for start, end, _ in record["edges"]}


def _findings(record: dict[str, Any]) -> list[Finding]:
    return [
        Finding(code, _lines(found["frm"]), _lines(found["to"]), _certain(rule, found))
        for rule, code in RULES.items()
        for found in record["findings"].get(rule, [])
    ]


def _lines(places: list[str]) -> frozenset[str]:
    return frozenset(line for place in places if (line := _line(place)))


def _certain(rule: str, found: dict[str, Any]) -> bool:
    return rule not in UNCERTAIN and not RENORMALISING & set(found["through"] or [])
