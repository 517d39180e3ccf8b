"""Which dropout shifts which batch norm, by the rules OL101 and OL102 on the traced graph."""

from __future__ import annotations

from collections import Counter
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

    `call`: which of that module's dropouts it is; `direct`: nothing but reshaping stands between.
    """

    code: str
    p: float
    dropout: str
    direct: bool
    call: int


class Causes(NamedTuple):
    """What shifts the batch norms of one run, by their module paths.

    `sources`: for each that a rule names, the nearest dropout; `behind`: all that have a dropout upstream,
    whatever stands between.
    """

    sources: dict[str, Source]
    behind: frozenset[str]


def shift_causes(model: nn.Module, run: tuple[tuple[Any, ...], dict[str, Any]]) -> Causes:
    """Trace one run and ask the rules."""
    traced = trace_module(model, *run)
    return Causes(_sources(traced), _behind(traced.graph))


def _sources(traced: Model) -> dict[str, Source]:
    calls = _calls(traced.graph)
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
            found[name] = (rank, Source(code, float(rate), nodes[dropout].name, direct, calls[dropout]))
    return {name: source for name, (_, source) in found.items()}


def _calls(graph: LayerGraph) -> dict[int, int]:
    """How many dropouts of the same module ran before each dropout."""
    counts: Counter[str] = Counter()
    found = {}
    for node in graph.nodes:
        if node.kind == "dropout":
            found[node.id] = counts[node.name]
            counts[node.name] += 1
    return found


def _behind(graph: LayerGraph) -> frozenset[str]:
    """The batch norms that some dropout of a rate above 0 reaches."""
    reached: set[int] = set()
    for node in graph.nodes:
        rate = node.attrs.get("p")
        drops = node.kind == "dropout" and isinstance(rate, int | float) and rate > 0
        if drops or node.id in reached:
            reached.update(graph.successors[node.id])
    return frozenset(graph.nodes[i].name for i in reached if graph.nodes[i].kind == "batch_norm")


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
