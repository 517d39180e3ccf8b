"""Two layer graphs of one program held against each other, node by node in the order in which they ran."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orderlint.graph.kinds import JOIN

if TYPE_CHECKING:
    from orderlint.graph.model import LayerGraph, Node, Place

PASSED = frozenset({"identity", "shape", "scale"})
"""Kinds that are looked through: both front ends keep them, though not always as the same number of nodes."""

ALONE = JOIN | {"other"}
"""Kinds that are looked through where one tensor goes in: `x + x`, `x * x`, a join of one."""

INCIDENTAL = PASSED | JOIN | {"other", "reduce", "resize", "input", "activation"}
"""Kinds that count only where something comes of them; of `x * sigmoid(x)`, one activation, no sigmoid
comes."""

WEIGHTED = ("bias", "in_channels", "out_channels")
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "conv": WEIGHTED,
    "linear": WEIGHTED,
    "dropout": ("p", "training"),
    "attention": ("p", "training"),
    "rnn": ("p", "num_layers"),
    "batch_norm": ("training", "num_features", "track_running_stats"),
}
"""What must be known alike of each kind; rules read more of them where a front end knows more."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One application as both front ends should see it; `inputs` are positions of earlier layers."""

    kind: str
    used: int | None
    name: str
    built: tuple[int, int] | None
    attributes: tuple[tuple[str, object], ...]
    inputs: tuple[int, ...]

    def agrees(self, other: Layer) -> bool:
        """Whether both may be one application: equal, where both front ends know an attribute at all."""
        mine, theirs = dict(self.attributes), dict(other.attributes)
        common = mine.keys() & theirs.keys()
        if any(mine[key] != theirs[key] for key in common):
            return False
        return replace(self, attributes=()) == replace(other, attributes=())

    def __str__(self) -> str:
        given = ", ".join(f"{key}={value}" for key, value in self.attributes)
        return (
            f"line {self.used}: {self.kind} {self.name} ({given}) built {self.built} of {list(self.inputs)}"
        )


def layers(graph: LayerGraph) -> tuple[list[Layer], tuple[int, ...]]:
    """The layers that count, in order, and those that the output comes from."""
    kept = _kept(graph)
    number: dict[int, int] = {}
    origins: dict[int, frozenset[int]] = {}
    out: list[Layer] = []
    for node in graph.nodes:
        if node.id not in kept:
            continue
        sources = frozenset().union(*(origins.get(p, frozenset()) for p in graph.predecessors[node.id]))
        if node.kind in PASSED or (node.kind in ALONE and len(sources) < 2):
            origins[node.id] = sources
            continue
        number[node.id] = len(out)
        origins[node.id] = frozenset({len(out)})
        out.append(_layer(node, tuple(sorted(sources))))
    ends = frozenset().union(*(origins.get(end, frozenset()) for end in graph.outputs))
    return out, tuple(sorted(ends))


def _kept(graph: LayerGraph) -> set[int]:
    kept = {n.id for n in graph.nodes if n.kind not in INCIDENTAL or n.id == 0} | set(graph.outputs)
    for node in reversed(graph.nodes):
        if node.id in kept:
            kept.update(graph.predecessors[node.id])
    ended = {n.id for n in graph.nodes if n.kind == "input" and not graph.successors[n.id]}
    return kept - ended  # indices that are returned


def _layer(node: Node, inputs: tuple[int, ...]) -> Layer:
    keys = [key for key in ATTRIBUTES.get(node.kind, ()) if node.attrs.get(key) is not None]
    if node.attrs.get("created_in_forward") or not node.name:  # a run tells that `eval()` does not reach it
        keys = [key for key in keys if key != "training"]
    known = tuple((key, node.attrs[key]) for key in keys)
    name = node.name if node.built else ""
    return Layer(node.kind, node.used.line if node.used else None, name, _start(node.built), known, inputs)


def _start(place: Place | None) -> tuple[int, int] | None:
    return (place.line, place.column) if place else None


def difference(source: LayerGraph, trace: LayerGraph) -> str:
    """The first difference of two graphs in one line; empty if there is none but their order.

    A generator is followed to its end at once, where Python runs it as it is asked: the flow is the same.
    """
    said, said_ends = layers(source)
    seen, seen_ends = layers(trace)
    pairs = list(zip(said, seen, strict=False))
    wrong = next((index for index, (one, two) in enumerate(pairs) if not one.agrees(two)), None)
    if wrong is None and len(said) == len(seen):
        return "" if said_ends == seen_ends else f"output: source {said_ends} | trace {seen_ends}"
    if _flows(said, said_ends) == _flows(seen, seen_ends):
        return ""
    if wrong is not None:
        return f"layer {wrong}: source {said[wrong]} | trace {seen[wrong]}"
    extra = said[len(seen) :] or seen[len(said) :]
    return f"only {'source' if len(said) > len(seen) else 'trace'} has {extra[0]}"


def _flows(found: list[Layer], ends: tuple[int, ...]) -> tuple[Counter[int], list[int]]:
    """Every layer by what it is and by all that leads to it, whatever the order."""
    names: list[int] = []
    for layer in found:
        before = tuple(sorted(names[position] for position in layer.inputs))
        names.append(hash((layer.kind, layer.used, layer.name, layer.built, before)))
    return Counter(names), sorted(names[end] for end in ends)
