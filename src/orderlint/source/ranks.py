"""Ranks: the number of dimensions of an operator's result, where it follows from its arguments."""

from __future__ import annotations

import re

from orderlint.source.tensors import Tensor
from orderlint.source.values import Sequence, Value

SAME = frozenset(
    [
        "contiguous",
        "clone",
        "detach",
        "to",
        "float",
        "half",
        "double",
        "type",
        "transpose",
        "swapaxes",
        "flip",
        "roll",
        "pad",
        "narrow",
        "softmax",
        "index_select",
        "chunk",
        "split",
        "tensor_split",
        "expand_as",
        "movedim",
        "dropout",
        "cumsum",
        "sort",
        "topk",
        "interpolate",
        "swapdims",
        "masked_fill",
        "type_as",
    ]
)


REDUCTIONS = frozenset(
    [
        "mean",
        "sum",
        "amax",
        "amin",
        "max",
        "min",
        "std",
        "var",
        "prod",
        "norm",
        "median",
        "nanmean",
        "logsumexp",
        "argmax",
        "argmin",
        "any",
        "all",
    ]
)
NOT_TOLD = frozenset(
    [
        "squeeze",
        "expand",
        "unfold",
        "einsum",
        "repeat",
        "view_as",
        "reshape_as",
        "unflatten",
        "gather",
        "pack",
        "unpack",
        "as_strided",
        "view_as_real",
        "view_as_complex",
        "stft",
        "istft",
        "diagonal",
        "nonzero",
        "masked_select",
        "outer",
        "tensordot",
        "take",
        "fold",
    ]
)
"""Operators whose result has another number of dimensions than their input, which only data or sizes tell."""


def after(leaf: str, inputs: list[Tensor], bound: dict[str, Value], fixed: int | None) -> int | None:
    """The rank of the result of an operator, or None."""
    if fixed is not None:
        return fixed
    ranks = [t.rank for t in inputs]
    if not ranks:
        return None
    first = ranks[0]
    if leaf in ("view", "reshape"):
        return _shape(bound)
    if leaf == "permute":
        return _shape(bound, "*dims") or first
    if leaf == "flatten":
        return _flatten(first, bound)
    if leaf in ("unsqueeze", "stack", "embedding", "one_hot"):
        return None if first is None else first + 1
    if leaf in ("select", "unbind"):
        return None if first is None else first - 1
    if isinstance(pattern := bound.get("pattern"), str):
        return of_pattern(pattern)
    if leaf in REDUCTIONS:
        return _reduce(first, bound)
    if leaf == "__getitem__":
        return _item(first, bound)
    if leaf == "ravel":
        return 1
    if leaf in NOT_TOLD:
        return None
    if any(r is None for r in ranks):
        return first if leaf in SAME else None
    return max(r for r in ranks if r is not None)


def of_layer(kind: str, leaf: str, inputs: list[Tensor]) -> int | None:
    """The rank of what a layer gives: that of its first input, but for indices that become vectors."""
    if kind == "embedding":
        return 2 if leaf == "EmbeddingBag" else after("embedding", inputs[:1], {}, None)
    return after("dropout", inputs[:1], {}, None)


def of_pattern(pattern: str) -> int | None:
    """The rank that an einops pattern gives: `b c h w -> b (h w) c` has 3 axes; an ellipsis hides some."""
    result = pattern.rpartition("->")[2]
    if "->" not in pattern or "..." in result or "\u2026" in result:
        return None
    return len(re.sub(r"\([^()]*\)", " axis ", result).split())


def _shape(bound: dict[str, Value], name: str = "*shape") -> int | None:
    sizes = bound.get(name, bound.get(name.lstrip("*")))
    if isinstance(sizes, list) and len(sizes) == 1:
        if isinstance(sizes[0], (tuple, list)):
            return len(sizes[0])
        return None if not isinstance(sizes[0], int) else 1
    if isinstance(sizes, (list, tuple)) and not any(isinstance(s, (Sequence, tuple, list)) for s in sizes):
        return len(sizes)
    return None


def _flatten(rank: int | None, bound: dict[str, Value]) -> int | None:
    start, end = bound.get("start_dim", 0), bound.get("end_dim", -1)
    if not isinstance(start, int) or not isinstance(end, int):
        return None
    if start >= 0 and end == -1:
        return start + 1
    if rank is None:
        return None
    return rank - ((end % rank) - (start % rank))


def _reduce(rank: int | None, bound: dict[str, Value]) -> int | None:
    dim, keep = bound.get("dim"), bound.get("keepdim", False)
    if keep is True or rank is None:
        return rank
    if isinstance(dim, int):
        return rank - 1
    return rank - len(dim) if isinstance(dim, (list, tuple)) else None


def _item(rank: int | None, bound: dict[str, Value]) -> int | None:
    key = bound.get("key")
    if rank is None:
        return None
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(p, Tensor) for p in parts):
        return None
    if not all(p is None or p is Ellipsis or isinstance(p, (int, slice)) for p in parts):
        return None
    return (
        rank
        + sum(p is None for p in parts)
        - sum(isinstance(p, int) and not isinstance(p, bool) for p in parts)
    )
