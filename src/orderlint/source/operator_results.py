"""Operators that give several tensors: `chunk` and `split`, and the pairs of `max`, `topk` and `sort`."""

from __future__ import annotations

from typing import NamedTuple

from orderlint.graph import catalogue
from orderlint.source.tensors import Tensor
from orderlint.source.values import ABSENT, Choice, Sequence, Value


class Pair(NamedTuple):
    """What `x.max(dim)`, `topk` and `sort` give: the fields of `torch.return_types`."""

    values: Value
    indices: Value


def paired(leaf: str, bound: dict[str, Value]) -> bool:
    if leaf not in catalogue.PAIR_WITH_DIM:
        return True
    dim = bound.get("dim", ABSENT)
    options = [option for _, option in dim.options] if type(dim) is Choice else [dim]
    return dim is not ABSENT and not any(type(option) is Tensor for option in options)


def several(leaf: str, out: Tensor, bound: dict[str, Value]) -> Value:
    """The parts that `chunk`, `split` and the like give."""
    count = None
    if leaf == "chunk" and isinstance(bound.get("chunks"), int):
        count = bound["chunks"]
    sections = bound.get("split_size_or_sections", bound.get("split_size", bound.get("indices_or_sections")))
    if isinstance(sections, (list, tuple)):
        count = len(sections)
    elif leaf == "tensor_split" and isinstance(sections, int):
        count = sections

    def part() -> Tensor:
        return Tensor(out.producers, out.storage, out.rank, noise=out.noise, live=out.live)

    if count is not None and 0 < count <= 4096:
        return tuple(part() for _ in range(count))
    return Sequence(part())
