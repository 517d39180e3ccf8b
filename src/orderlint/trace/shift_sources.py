"""Which dropout shifts which batch norm, by the rules OL101 and OL102 on the traced graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from orderlint.engine.loader import load_rules
from orderlint.engine.match import find
from orderlint.engine.view import GraphView
from orderlint.trace.tracing import trace_module

if TYPE_CHECKING:
    from torch import nn

    from orderlint.graph.model import LayerGraph, Model

CODES = ("OL101", "OL102")
TRANSPARENT = frozenset({"shape", "identity"})


class Source(NamedTuple):
    """The dropout nearest to a batch norm: the rule that names the pair, its rate, its module's path.

    `direct`: nothing but reshaping stands between.
    """

    code: str
    p: float
    dropout: str
    direct: bool


def shift_sources(model: nn.Module, run: tuple[tuple[Any, ...], dict[str, Any]]) -> dict[str, Source]:
    """The source of each batch norm that has one, by the batch norm's module path."""
    traced = trace_module(model, *run)
    found: dict[str, tuple[tuple[int, int], Source]] = {}
    for code, dropout, norm in _pairs(traced):
        nodes = traced.graph.nodes
        rate = nodes[dropout].attrs.get("p")
        if not isinstance(rate, int | float):
            continue
        direct = _steps(traced.graph, dropout, norm, TRANSPARENT) is not None
        rank = (CODES.index(code), _steps(traced.graph, dropout, norm) or 0)
        name = nodes[norm].name
        if name not in found or rank < found[name][0]:
            found[name] = (rank, Source(code, float(rate), nodes[dropout].name, direct))
    return {name: source for name, (_, source) in found.items()}


def _pairs(traced: Model) -> list[tuple[str, int, int]]:
    """Every pair of applications that a rule names, also those that its report merges."""
    view = GraphView(traced.graph, residual=False)
    rules = [rule for rule in load_rules() if rule.code in CODES]
    return [
        (rule.code, *pair)
        for rule in rules
        for group in find(rule, traced, view).values()
        for pair in sorted(group.pairs)
    ]


def _steps(graph: LayerGraph, start: int, end: int, through: frozenset[str] | None = None) -> int | None:
    """Edges on a shortest path, None if there is none; `through`: the only kinds that may stand between."""
    steps, frontier, seen = 0, [start], {start}
    while frontier and end not in frontier:
        steps += 1
        reached = dict.fromkeys(far for node in frontier for far in graph.successors[node])
        passing = (far for far in reached if far == end or not through or graph.nodes[far].kind in through)
        frontier = [far for far in passing if far not in seen]
        seen.update(frontier)
    return steps if frontier else None
