"""What a forward is given: its tensors, and a key that two calls share if they differ in nothing that a
forward can see but in which nodes their tensors come from.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from orderlint.source import random_masks
from orderlint.source.build_reach import NotFollowed
from orderlint.source.tensors import Tensor
from orderlint.source.values import ABSENT, Class, External, Function, Unknown, Value

if TYPE_CHECKING:
    from orderlint.graph.model import Condition
    from orderlint.source.interpreter import Interpreter

SCALARS = frozenset({type(None), bool, int, str, bytes})
NAMED = frozenset({Class, Function, type, types.FunctionType, types.BuiltinFunctionType})
DEPTH = 4
"""Nesting of arguments that is looked at."""


class Given:
    """The arguments of one call; objects are told by their identity.

    Attributes:
        tensors: each once, in order; `places` are their numbers in this list.
        nodes: those that the tensors come from, each once; `sources` are their numbers in this list.
        memories: the memories of the tensors, numbered in order.
        containers: the lists and dictionaries among the arguments.
        held: the arguments, for what the key names by its identity must not be gone when keys are compared.

    Raises:
        NotFollowed: an argument that the key cannot describe.
    """

    __slots__ = ("containers", "held", "it", "key", "memories", "nodes", "places", "sources", "tensors")

    def __init__(self, it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> None:
        self.it, self.held = it, (args, kwargs)
        self.tensors: list[Tensor] = []
        self.places: dict[int, int] = {}
        self.memories: dict[int, int] = {}
        self.nodes: list[int] = []
        self.sources: dict[int, int] = {}
        self.containers: set[int] = set()
        self.key = (
            tuple([self.of(value, 0) for value in args]),
            tuple([(name, self.of(value, 0)) for name, value in kwargs.items()]),
        )

    def of(self, value: Value, depth: int) -> object:
        """An argument's share of the key."""
        kind = type(value)
        if kind is Tensor:
            return self.tensor(value)
        if kind in SCALARS:
            return (kind, value)
        if kind is float:
            return (kind, repr(value))
        if kind in NAMED:
            return id(value)
        if kind is Unknown:
            return self.unknown(value)
        if kind is External:
            return (kind, value.name, value.found)
        if depth > DEPTH:
            raise NotFollowed
        if kind is list or kind is tuple:
            self.containers.add(id(value))
            return (kind, *[self.of(v, depth + 1) for v in value])
        if kind is dict:
            self.containers.add(id(value))
            return (kind, *[(self.of(k, depth + 1), self.of(v, depth + 1)) for k, v in value.items()])
        raise NotFollowed

    def unknown(self, value: Unknown) -> object:
        """One of which nothing but its reason is known, and of which no test was made."""
        known = self.places.get(id(value))
        if known is not None:
            return known
        if value.members or value.value is not ABSENT or id(value) in self.it.tested:
            raise NotFollowed
        self.places[id(value)] = -1 - len(self.places)
        return (Unknown, value.reason, value.data, value.text, value.default, value.mask, value.pattern)

    def tensor(self, tensor: Tensor) -> object:
        """A tensor's: which of the tensors it is, and what operators ask of where it comes from."""
        known = self.places.get(id(tensor))
        if known is not None:
            return known
        storage = tensor.storage
        if storage.stamp > tensor.stamp or (tensor.noise is not None and tensor.producers):
            raise NotFollowed
        self.places[id(tensor)] = len(self.tensors)
        self.tensors.append(tensor)
        if tensor.data is not None or tensor.noise is not None:  # the same where it is the same object
            return (Tensor, id(tensor), self.it.touched.get(id(tensor), 0), uses(tensor))
        memory = self.memories.setdefault(id(storage), len(self.memories))
        sizes = None if tensor.sizes is None else self.of(tensor.sizes, 0)
        told = tensor.rank, tensor.live, tensor.parameter, sizes, memory
        if not tensor.producers:
            return (Tensor, told)
        return (Tensor, told, *[self.source(s, tensor.conditions) for s in sorted(tensor.producers)])

    def source(self, source: int, conditions: dict[int, Condition] | None) -> object:
        """One source's: which of the sources it is, and under which condition."""
        node = self.it.graph.nodes[source]
        if random_masks.gate_of(node):
            raise NotFollowed
        place = self.sources.get(source)
        if place is None:
            place = self.sources[source] = len(self.nodes)
            self.nodes.append(source)
        kind = f"scale {node.op}" if node.kind == "scale" else node.kind
        return (place, kind, conditions.get(source) if conditions else None)


def uses(tensor: Tensor) -> int:
    """How often a tensor was used as a mask."""
    return 0 if tensor.noise is None else len(tensor.noise.uses)
