"""Builtin functions that go over items: enumerate, zip, map, sorted, sum, min, any, next."""

from __future__ import annotations

import builtins
import itertools
from typing import TYPE_CHECKING

from orderlint.source import budget
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Choice,
    Instance,
    Iteration,
    Native,
    Raised,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]


def items_of(it: Interpreter, value: Value) -> list[Value] | None:
    items = it.iterate(value)
    return None if items is None else list(items)


def enumerate_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.iteration import element, presence, with_presence, without_absent

    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    start = start if isinstance(start, int) else 0
    items = items_of(it, args[0])
    if items is None:
        return Sequence((Unknown("an index", data=True), element(it, args[0])))
    out = []
    for index, item in enumerate(items, start):
        inner = without_absent(item) if presence(item) is not None else item
        out.append(with_presence((index, inner), item))
    return Iteration(iter(out))


def zip_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.iteration import element

    columns: list[list[Value] | None] = []
    for argument in args:
        if isinstance(argument, itertools.count):
            columns.append([next(argument) for _ in range(budget.LOOP_TURNS)])
        else:
            columns.append(items_of(it, argument))
    known = [c for c in columns if c is not None]
    if not known:
        return Sequence(tuple(element(it, a) for a in args)) if args else []
    count = min(len(c) for c in known)
    rows = []
    for index in range(count):
        rows.append(
            tuple(c[index] if c is not None else element(it, a) for c, a in zip(columns, args, strict=True))
        )
    return Iteration(iter(rows))


def map_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.iteration import element

    columns = [items_of(it, a) for a in args[1:]]
    if any(c is None for c in columns):
        return Sequence(it.call(args[0], [element(it, a) for a in args[1:]]))
    rows = zip(*[c for c in columns if c is not None], strict=False)
    return Iteration(iter([it.call(args[0], list(row)) for row in rows]))


def filter_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    items = items_of(it, args[1])
    if items is None:
        return args[1]
    keep = [
        v for v in items if it.truth(v if args[0] is None else it.call(args[0], [v]), "filter") is not False
    ]
    return Iteration(iter(keep))


def sorted_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    items = items_of(it, args[0])
    if items is None:
        return args[0]
    key = kwargs.get("key")
    keys = [it.default_of(it.call(key, [v]) if key is not None else v) for v in items]
    try:
        order = sorted(range(len(items)), key=lambda i: keys[i], reverse=kwargs.get("reverse") is True)
    except TypeError:
        return items
    return [items[i] for i in order]


def reversed_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    items = items_of(it, args[0])
    return args[0] if items is None else Iteration(iter(items[::-1]))


def sum_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    import ast

    from orderlint.source.arithmetic import binary
    from orderlint.source.iteration import element

    total = args[1] if len(args) > 1 else kwargs.get("start", 0)
    items = items_of(it, args[0])
    if items is None:
        one = element(it, args[0])
        return binary(it, ast.Add(), one, one) if isinstance(one, Tensor) else Unknown("a sum", data=True)
    for item in items:
        total = (
            item
            if isinstance(total, int) and total == 0 and isinstance(item, Tensor)
            else binary(it, ast.Add(), total, item)
        )
    return total


def extreme(name: str) -> Native:
    """`min` and `max`."""
    host = getattr(builtins, name)

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        items = args if len(args) > 1 else items_of(it, args[0])
        if items is None or any(isinstance(v, (Unknown, Tensor, Choice, Test)) for v in items):
            data = items is None or any(isinstance(v, Tensor) or getattr(v, "data", False) for v in items)
            return Unknown(f"{name} of unknown values", bool(data))
        if not items:
            if "default" in kwargs:
                return kwargs["default"]
            raise Raised("ValueError", None, f"{name}() arg is an empty sequence")
        key = kwargs.get("key")
        keys = [it.default_of(it.call(key, [v]) if key is not None else v) for v in items]
        try:
            chosen = items[host(range(len(items)), key=lambda i: keys[i])]
        except TypeError:
            return Unknown(f"{name} of values without an order")
        symbols = [v.text for v in items if type(v) is Symbol]
        return Symbol(" + ".join(dict.fromkeys(symbols)), it.default_of(chosen)) if symbols else chosen

    return Native(name, call, binds=False)


def every(all_: bool) -> Native:
    """`all` and `any`."""

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        from orderlint.source.truth import combine

        items = items_of(it, args[0])
        if items is None:
            return Unknown("all or any of unknown values", data=True)
        return combine([it.truth(v, "element") for v in items], all_=all_, text="")

    return Native("all" if all_ else "any", call, binds=False)


def iterator(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if isinstance(value, Iteration):
        return value
    items = it.iterate(value)
    return Iteration(iter(items)) if items is not None else value


def next_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if isinstance(value, (Iteration, itertools.count, itertools.cycle)) or hasattr(value, "__next__"):
        item = next(value.items if isinstance(value, Iteration) else value, ABSENT)
        if item is not ABSENT:
            return item
        if len(args) > 1:
            return args[1]
        raise Raised("StopIteration")
    if isinstance(value, Instance) and value.cls.find("__next__") is not ABSENT:
        return it.call(it.getattr(value, "__next__"), [])
    from orderlint.source.iteration import element

    return element(it, value)
