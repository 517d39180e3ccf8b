"""copy.copy and copy.deepcopy of abstract values."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from orderlint.source.tensors import Tensor
from orderlint.source.values import Instance, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]


def shallow_copy(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if isinstance(value, Instance):
        it.taint(value.number)
        copy = Instance(
            value.cls, dict(value.attrs), value.built, value.frames, value.number, depth=value.depth
        )
        if isinstance(copy.attrs.get("_modules"), dict):
            copy.attrs["_modules"] = dict(copy.attrs["_modules"])
        return copy
    if isinstance(value, (list, dict, set)):
        return (
            value.copy()
            if not isinstance(value, collections.defaultdict)
            else collections.defaultdict(value.default_factory, value)
        )
    return value


def deep_copy(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return clone(it, args[0], {})


def clone(it: Interpreter, value: Value, memo: dict[int, Value]) -> Value:
    """A deep copy; functions, classes and constants are shared, the place where a module was built is
    kept.
    """
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, Instance):
        if value.cls.enum:
            return value
        it.instances += 1
        it.taint(value.number)
        copy = Instance(value.cls, {}, value.built, value.frames, it.next_number(), depth=value.depth)
        memo[id(value)] = it.born(copy)
        copy.attrs.update({k: clone(it, v, memo) for k, v in value.attrs.items()})
        return copy
    if type(value) is list:
        made: list[Value] = it.born([])
        memo[id(value)] = made
        made.extend(clone(it, v, memo) for v in value)
        return made
    if type(value) is tuple:
        memo[id(value)] = tuple(clone(it, v, memo) for v in value)
        return memo[id(value)]
    if isinstance(value, dict):
        copied = value.copy()
        memo[id(value)] = it.born(copied)
        for key in list(copied):
            copied[key] = clone(it, copied[key], memo)
        return copied
    if isinstance(value, set):
        return set(value)
    if isinstance(value, Tensor) and not value.sources():
        return Tensor(
            rank=value.rank, data=value.data, noise=value.noise, parameter=value.parameter, sizes=value.sizes
        )
    return value
