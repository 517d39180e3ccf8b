"""Which node produced a tensor, changes in place and views of one storage included."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

MAX_DEPTH = 6
"""Containers nested deeper than this are not searched for tensors."""


def tensors_in(value: Any, depth: int = 0) -> Iterator[Tensor]:
    """Every tensor in a value: containers, mappings, dataclasses and plain objects that hold tensors."""
    if isinstance(value, Tensor):
        yield value
    elif depth < MAX_DEPTH:
        for item in _parts(value):
            yield from tensors_in(item, depth + 1)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, Mapping):
        yield from value.values()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from (getattr(value, field.name, None) for field in dataclasses.fields(value))
    elif _holds_tensors(value):
        yield from (item for item in vars(value).values() if isinstance(item, Tensor | list | tuple | dict))


def _holds_tensors(value: Any) -> bool:
    """A record such as torchvision's ImageList: an object of user code with a tensor among its attributes."""
    if isinstance(value, torch.nn.Module | type) or not hasattr(value, "__dict__"):
        return False
    return any(isinstance(item, Tensor) for item in vars(value).values())


def version(tensor: Tensor) -> int | None:
    """How often a tensor (or a view of it) was changed in place; inference tensors keep no count."""
    try:
        return int(tensor._version)
    except RuntimeError:
        return None


def storage_key(tensor: Tensor) -> int | None:
    """What identifies the memory that a tensor and its views share; None for layouts without storage."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):
        return None


class Provenance:
    """The producer of every tensor seen, as a node's id.

    A write into a storage changes what all its views hold, so the latest write counts for a tensor that was
    produced before it. A tensor object never seen (autograd functions make new ones) goes by its storage.
    Tensors are kept alive, so that no identity is used twice; that takes the memory that training would take.
    """

    def __init__(self) -> None:
        self._produced: dict[int, int] = {}
        self._written: dict[int, int] = {}
        self._stored: dict[int, int] = {}
        self._alive: list[Tensor] = []

    def producer(self, tensor: Tensor) -> int | None:
        key = storage_key(tensor)
        produced = self._produced.get(id(tensor))
        if key is None:
            return produced
        if produced is None:
            produced = self._stored.get(key)
        written = self._written.get(key)
        if written is None:
            return produced
        return written if produced is None else max(produced, written)

    def produce(self, tensor: Tensor, node: int) -> None:
        self._produced[id(tensor)] = node
        self._alive.append(tensor)
        if (key := storage_key(tensor)) is not None:
            self._stored[key] = node

    def write(self, tensor: Tensor, node: int) -> None:
        """The tensor was changed in place by a node."""
        self.produce(tensor, node)
        if (key := storage_key(tensor)) is not None:
            self._written[key] = node

    def keep(self, tensor: Tensor) -> None:
        """Keep a tensor without a producer alive, so that its identity stays its own."""
        self._alive.append(tensor)
