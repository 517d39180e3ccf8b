"""Which records of a file are judged: by name, varied in their findings, or spread evenly."""

from __future__ import annotations

import ast
import re
from typing import Any

Record = dict[str, Any]


def chosen(records: list[Record], only: str | None, varied: bool, sample: int | None) -> list[Record]:
    """The records to judge, at most `sample`.

    `only`: regular expression that names must match. `varied`: the smallest model of each distinct set of
    places where a dropout reaches a batch norm, then models without such places until the sample is full.
    """
    named = [record for record in records if not only or re.search(only, record["name"])]
    if not varied:
        return _spread(named, sample)
    smallest: dict[frozenset[Any], Record] = {}
    for record in sorted(named, key=lambda record: sum(record["census"].values())):
        smallest.setdefault(_pairs(record), record)
    smallest.pop(frozenset(), None)
    found = _spread(list(smallest.values()), sample)
    free = sample - len(found) if sample else 0
    return found + (_spread([record for record in named if not _pairs(record)], free) if free else [])


def _pairs(record: Record) -> frozenset[Any]:
    """The innermost places of each dropout that reaches a batch norm, and of that batch norm."""
    return frozenset((found["frm"][0], found["to"][0]) for found in record["findings"].get("D1", ()))


def _spread(records: list[Record], sample: int | None) -> list[Record]:
    return records[:: max(1, len(records) // sample)][:sample] if sample else records


def with_keyword(record: Record, keyword: str) -> Record:
    """The record with `name=value` added to the call that its entry ends in, where that does not name it."""
    (added,) = ast.parse(f"f({keyword})", mode="eval").body.keywords  # type: ignore[attr-defined]
    tree = ast.parse(record["entry"])
    call = getattr(tree.body[-1], "value", None)
    assert isinstance(call, ast.Call), record["entry"]
    if added.arg not in [given.arg for given in call.keywords]:
        call.keywords.append(added)
    return {**record, "entry": ast.unparse(tree)}
