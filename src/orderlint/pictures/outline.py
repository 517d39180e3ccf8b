"""The outline of a graph: layers in the blocks that their module paths name, plumbing left out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.graph.model import LayerGraph, Node

PLUMBING = frozenset({"shape", "identity"})
"""Kinds that are not drawn: what flows through them is joined up."""


@dataclass(slots=True, eq=False)
class Leaf:
    """One layer as drawn. `nodes` are the applications it stands for: one in each copy of a folded block."""

    name: str
    nodes: list[Node]


@dataclass(slots=True, eq=False)
class Block:
    """The layers that one module applied, in the order in which they ran.

    `names` are the blocks it stands for, of which the first is drawn: more than one where equal ones were
    folded. `chained`: each of them feeds the next; else they stand side by side.
    """

    names: list[str]
    items: list[Item] = field(default_factory=list)
    chained: bool = False

    @property
    def count(self) -> int:
        return len(self.names)

    def leaves(self) -> Iterator[Leaf]:
        """Every layer in it, in order."""
        for item in self.items:
            if isinstance(item, Leaf):
                yield item
            else:
                yield from item.leaves()


Item: TypeAlias = "Block | Leaf"
Edges: TypeAlias = "dict[int, list[int]]"


def drawn_edges(graph: LayerGraph) -> Edges:
    """Successors of each drawn node, with the plumbing between joined up."""
    edges: Edges = {}
    for node in graph.nodes:
        if node.kind not in PLUMBING:
            edges[node.id] = _reached(graph, node.id)
    return edges


def _reached(graph: LayerGraph, start: int) -> list[int]:
    found: dict[int, None] = {}
    seen: set[int] = set()
    waiting = list(reversed(graph.successors[start]))
    while waiting:
        number = waiting.pop()
        if graph.nodes[number].kind not in PLUMBING:
            found[number] = None
        elif number not in seen:
            seen.add(number)
            waiting += reversed(graph.successors[number])
    return list(found)


def module_path(node: Node) -> tuple[str, ...]:
    """The module that applied a layer, or that it is; from the exporter where the graph was exported."""
    path = node.attrs.get("module_path")
    name = (
        path if isinstance(path, str) else "" if node.op[:1].isupper() or node.kind == "input" else node.name
    )
    return tuple(name.split(".")) if name else ()


def outline(graph: LayerGraph) -> Block:
    """The root block, as the paths say. Blocks and layers are ordered by when they first ran."""
    nodes = [node for node in graph.nodes if node.kind not in PLUMBING]
    paths = {node.id: module_path(node) for node in nodes}
    holding = _block_paths(nodes, paths)
    root = Block([""])
    blocks: dict[tuple[str, ...], Block] = {(): root}
    for node in nodes:
        path = paths[node.id]
        home = path if path in holding else path[:-1]
        _block_at(home, blocks).items.append(Leaf(".".join(path[len(home) :]), [node]))
    return root


def _block_paths(nodes: list[Node], paths: dict[int, tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Paths of modules that hold layers: those that lead to further ones, or apply several functions."""
    holding = {path[:length] for path in paths.values() for length in range(len(path))}
    functions: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for node in nodes:
        functions[paths[node.id]].add(node.op)
    return holding | {path for path, ops in functions.items() if len(ops) > 1}


def _block_at(path: tuple[str, ...], blocks: dict[tuple[str, ...], Block]) -> Block:
    if path not in blocks:
        block = blocks[path] = Block([path[-1]])
        _block_at(path[:-1], blocks).items.append(block)
    return blocks[path]
