"""Which means over axes of a tensor are global pooling."""

from __future__ import annotations

_ANY_RANK = frozenset({(-2, -1), (-3, -2, -1), (2, 3), (2, 3, 4)})


def pools_globally(axes: object, rank: int | None) -> bool:
    """Whether these axes are all spatial axes of feature maps of 4 or 5 dimensions (batch and channel first).

    `axes`: whole numbers in any order, negative ones counted from the end; anything else is no pooling.
    `rank`: dimensions of the tensor; None where it is not known.
    """
    if not isinstance(axes, tuple | list) or not all(type(axis) is int for axis in axes):
        return False
    if rank is None:
        return tuple(sorted(axes)) in _ANY_RANK
    return rank in (4, 5) and sorted(axis % rank for axis in axes) == list(range(2, rank))
