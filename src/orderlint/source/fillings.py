"""What a loop of unknown length only fills: lists and dictionaries of values that are not known.

`for k, v in checkpoint.items(): renamed[k[7:]] = v` builds no layer; how many elements `renamed` has is not
known, and that is all.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orderlint.source.tensors import Tensor
from orderlint.source.trails import Trail
from orderlint.source.values import ABSENT, Choice, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.interpreter import Interpreter


@contextmanager
def watched(it: Interpreter) -> Iterator[Trail]:
    """The values that change meanwhile, each with its state before; a branch around still undoes them."""
    trail, depth = Trail(), len(it.trails)
    it.trails.append(trail)
    try:
        yield trail
    finally:
        del it.trails[depth:]
        if it.trails:
            around = it.trails[-1]
            for key, saved in trail.saved.items():
                if key not in around.born:
                    around.saved.setdefault(key, saved)
            around.born.update(trail.born)


def only_filled(it: Interpreter, trail: Trail) -> bool:
    """Whether nothing changed but tensors, and containers that now hold more of what is not known; these
    have an unknown number of elements from now on.
    """
    filled = []
    for value, before in trail.saved.values():
        if type(value) is Tensor:
            continue
        if not added_only(value, before):
            return False
        filled.append(value)
    it.uncounted.update({id(value): value for value in filled})
    return True


def added_only(value: Value, before: Value) -> bool:
    if isinstance(value, list):
        return value[: len(before)] == before and all(map(tells_nothing, value[len(before) :]))
    if isinstance(value, dict):
        changed = [(k, v) for k, v in value.items() if k not in before or before[k] is not v]
        return all(k in value for k in before) and all(map(tells_nothing, (p for c in changed for p in c)))
    return False


def tells_nothing(value: Value) -> bool:
    """Whether a value is not known, or a tensor: it has no say in which layers there are."""
    if type(value) is Choice:
        return all(option is ABSENT or tells_nothing(option) for _, option in value.options)
    return type(value) is Unknown or type(value) is Tensor
