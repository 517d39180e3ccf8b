"""Run one program in torch and follow it from source; the outcome is a line of text, empty if they agree."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules
from orderlint.errors import OrderlintError
from orderlint.source.frontend import SourceOptions, model_of_entry
from orderlint.trace.target import build_target
from orderlint.trace.tracing import trace_module

from .graphs import difference
from .programs import Drawn
from .writer import CHANNELS, SIZE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orderlint.graph.model import Model

RULES = [rule for rule in load_rules() if rule.matches]
DEEPER = frozenset({"OL113", "OL120", "OL306", "OL406", "OL501", "OL502", "OL504"})
"""Rules that each front end feeds with what only it can see: results and modules nobody used in this run, literals,
sizes of tensors, and names from before a tensor was overwritten."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program came out: `agreed`, `invalid` (torch itself refuses it) or a kind of disagreement."""

    kind: str
    detail: str = ""


def outcome(drawn: Drawn, folder: Path) -> Outcome:
    """Judge one program; its file is written to the folder."""
    path = folder / f"program_{drawn.seed}.py"
    path.write_text(drawn.text, encoding="utf-8")
    try:
        return judged(path)
    finally:
        path.unlink()


def judged(path: Path) -> Outcome:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        try:
            model = build_target(f"{path}:build")
            traced = trace_module(model, (torch.randn(2, CHANNELS, SIZE, SIZE),))
        except OrderlintError as error:
            return Outcome("invalid", str(error))
    followed = model_of_entry("build()", SourceOptions(cache=False), file=str(path))
    if followed.status != "complete":
        return Outcome("not followed", "; ".join(f"{u.reason} at {u.place}" for u in followed.unresolved[:3]))
    if found := difference(followed.graph, traced.graph):
        return Outcome("graphs differ", found)
    if found := _findings_differ(followed, traced):
        return Outcome("findings differ", found)
    return Outcome("agreed")


def _findings_differ(source: Model, trace: Model) -> str:
    moot = _unused(source)
    said, seen = ({f for f in _findings(model) if f[-1] not in moot} for model in (source, trace))
    if said == seen:
        return ""
    return f"source alone {sorted(said - seen)[:3]} | trace alone {sorted(seen - said)[:3]}"


def _unused(model: Model) -> set[int | None]:
    """The lines of layers whose result reaches no output, which a trace leaves out, and of layers read by one."""
    graph = model.graph
    used, todo = set(), list(graph.outputs)
    while todo:
        node = todo.pop()
        if node not in used:
            used.add(node)
            todo += graph.predecessors[node]
    built = {node.id: node.built.line for node in graph.nodes if node.built}
    moot = {line for node, line in built.items() if node not in used}
    moot -= {line for node, line in built.items() if node in used}
    return moot | {line for node, line in built.items() if not used.issuperset(graph.successors[node])}


def _findings(model: Model) -> set[tuple[object, ...]]:
    return {(f.code, f.severity, f.place.line) for f in check(model, RULES) if f.code not in DEEPER}


def smaller(drawn: Drawn, wrong: Callable[[Drawn], bool]) -> Drawn:
    """The shortest of the program's variants without some lines that is still wrong in the same way."""
    lines = drawn.text.split("\n")
    size = max(1, len(lines) // 4)
    while size:
        start = 0
        while start < len(lines):
            fewer = [*lines[:start], *lines[start + size :]]
            candidate = Drawn(drawn.seed, "\n".join(fewer), drawn.features)
            if wrong(candidate):
                lines = fewer
            else:
                start += size
        size //= 2
    return Drawn(drawn.seed, "\n".join(lines), drawn.features)
