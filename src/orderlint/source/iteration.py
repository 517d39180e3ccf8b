"""Iteration: the elements of a value, one element of a sequence of unknown length, and unpacking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orderlint.source import branches, budget, sizes
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Choice,
    Class,
    Dims,
    External,
    Instance,
    Iteration,
    Raised,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.graph.model import Condition
    from orderlint.source.interpreter import Interpreter


def elements(it: Interpreter, value: Value) -> Iterable[Value] | None:
    """The elements in order, or None if their number is not known."""
    value = it.resolve(value)
    kind = type(value)
    if kind is range and sizes.span(value) > budget.SIZE:
        return None
    if it.uncounted and id(value) in it.uncounted:
        return None
    if kind in (list, tuple, str, range, set, frozenset):
        return list(value) if kind in (list, set) else value
    if kind is Tensor:
        return [Tensor(data=[v]) for v in value.data] if value.data is not None else None
    if kind in (Unknown, Sequence) or value is None:
        if value is None:
            raise Raised("TypeError", None, "'NoneType' object is not iterable")
        return None
    if kind is Dims:
        return None if value.rank is None else [branch_size(value, i) for i in range(value.rank)]
    if kind is Choice:
        return of_choice(it, value)
    if kind is Instance:
        return of_instance(it, value)
    if kind is Class:
        return (
            list(value.namespace["__members__"].values())
            if value.enum and "__members__" in value.namespace
            else None
        )
    if isinstance(value, dict):
        return present_keys(value)
    if kind in (External, Symbol):
        return None
    if isinstance(value, (Iterator, Iteration)) or hasattr(value, "__iter__"):
        return bounded(value)
    raise Raised("TypeError", None, f"'{kind.__name__}' object is not iterable")


def branch_size(value: Dims, index: int) -> Value:
    if value.sizes is not None and index < len(value.sizes):
        return value.sizes[index]
    return Unknown("a size of a tensor", data=True)


def present_keys(value: dict[Value, Value]) -> list[Value]:
    """The keys of a dictionary; one that exists on some branches only is a choice with ABSENT."""
    return [with_presence(key, value[key]) for key in list(value)]


def with_presence(item: Value, value: Value) -> Value:
    """`item`, under the conditions under which `value` exists."""
    if type(value) is not Choice or all(v is not ABSENT for _, v in value.options):
        return item
    return branches.choose([(c, ABSENT if v is ABSENT else item) for c, v in value.options])


def bounded(value: Value) -> Iterator[Value]:
    """An iterator of Python, cut off where it goes on too long."""
    for count, item in enumerate(value):
        if count >= budget.LOOP_TURNS:
            return
        yield item


def of_choice(it: Interpreter, value: Choice) -> Iterable[Value] | None:
    """The elements of one of several sequences: common ones once, the others under their condition."""
    lists: list[tuple[Condition, list[Value]]] = []
    for condition, option in value.options:
        if option is ABSENT or option is None:
            continue
        items = elements(it, option)
        if items is None:
            return None
        lists.append((condition, list(items)))
    if not lists:
        return None
    condition, joined = lists[0]
    for other_condition, other in lists[1:]:
        joined = branches.join_lists(condition, joined, other_condition, other)
    return joined


def of_instance(it: Interpreter, value: Instance) -> Iterable[Value] | None:
    if value.cls.find("__iter__") is not ABSENT:
        iterator = it.call(it.getattr(value, "__iter__"), [])
        if iterator is value:
            return by_next(it, value)
        return elements(it, iterator)
    host = value.attrs.get("__host__")
    if isinstance(host, (list, tuple, dict, str)):
        return elements(it, host)
    if value.cls.find("__getitem__") is not ABSENT and value.cls.find("__len__") is not ABSENT:
        length = it.call(it.getattr(value, "__len__"), [])
        if isinstance(length, int) and length <= budget.LOOP_TURNS:
            return [it.getitem(value, i) for i in range(length)]
    if value.cls.find("__next__") is not ABSENT:
        return by_next(it, value)
    if value.cls.open_bases:
        return None
    raise Raised("TypeError", None, f"'{value.cls.name}' object is not iterable")


def by_next(it: Interpreter, value: Instance) -> Iterator[Value]:
    method = it.getattr(value, "__next__")
    for _ in range(budget.LOOP_TURNS):
        try:
            item = it.call(method, [])
        except Raised as raised:
            if raised.name == "StopIteration":
                return
            raise
        yield item


def element(it: Interpreter, value: Value) -> Value:
    """What any element of a sequence of unknown length is like."""
    value = it.resolve(value)
    if type(value) is Tensor:
        from orderlint.source import operators

        if not value.sources():
            return Tensor(noise=value.noise, live=value.live)
        return operators.apply(it, "torch.Tensor.__getitem__", [value, Unknown("an index", data=True)], {})
    if type(value) is Sequence:
        if value.prefix:
            from orderlint.source.subscripts import any_element

            return any_element(it, [*value.prefix, value.element])
        return value.element
    if type(value) is Dims:
        return Unknown("a size of a tensor", data=True)
    if type(value) is Choice:
        return branches.choose(
            [(c, element(it, v)) for c, v in value.options if v is not None and v is not ABSENT]
        )
    return Unknown("an element of a sequence of unknown length", isinstance(value, Unknown) and value.data)


def unpack(it: Interpreter, value: Value, count: int, star: int | None) -> list[Value]:
    """The values of `count` targets, the one at `star` taking what is left."""
    value = it.resolve(value)
    if type(value) is Choice:
        return unpack_choice(it, value, count, star)
    items = elements(it, value)
    if items is None:
        if type(value) is Sequence and star is None and value.prefix:
            return [value.prefix[i] if i < len(value.prefix) else value.element for i in range(count)]
        one = [element(it, value) for _ in range(count)]
        if star is not None:
            one[star] = Sequence(one[star])
        return one
    known = list(items)
    if star is None:
        if len(known) != count:
            raise Raised("ValueError", None, f"expected {count} values to unpack, got {len(known)}")
        return known
    after = count - star - 1
    if len(known) < count - 1:
        raise Raised("ValueError", None, f"expected at least {count - 1} values to unpack, got {len(known)}")
    return [*known[:star], known[star : len(known) - after], *known[len(known) - after :]]


def unpack_choice(it: Interpreter, value: Choice, count: int, star: int | None) -> list[Value]:
    rows: list[tuple[Condition, list[Value]]] = []
    for condition, option in value.options:
        try:
            rows.append((condition, unpack(it, option, count, star)))
        except Raised:
            continue
    if not rows:
        raise Raised("ValueError", None, "nothing to unpack")
    return [
        branches.choose([(c & k, v) for c, row in rows for k, v in branches.options_of(row[i])])
        for i in range(count)
    ]


def presence(item: Value) -> Test | None:
    """Under which condition an element exists; None if it always does."""
    if type(item) is not Choice or all(v is not ABSENT for _, v in item.options):
        return None
    from orderlint.source.truth import between_test

    there = [c for c, v in item.options if v is not ABSENT]
    return between_test(there, [c for c, v in item.options if v is ABSENT], "present")


def without_absent(item: Choice) -> Value:
    return branches.choose([(c, v) for c, v in item.options if v is not ABSENT])
