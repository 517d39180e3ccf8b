"""Comprehensions and generator expressions, run eagerly."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source import (
    branches,
    iteration,
    statements,
    truth,
)
from orderlint.source.frames import Frame, source_text
from orderlint.source.values import (
    Iteration,
    Scope,
    Sequence,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter


def comprehension(
    it: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame
) -> Value:
    out: list[Value] = it.born([])
    around = it.path

    def add(inner: Frame) -> None:
        value, when = it.eval(node.elt, inner), it.path.without(around)
        out.append(branches.maybe(when, value, truth.negation(when, "")) if when else value)

    known = generate(it, node.generators, 0, inner_frame(frame), add)
    if not known:
        return Sequence(out[0] if out else Unknown("an element of a sequence of unknown length"))
    if isinstance(node, ast.GeneratorExp):
        return Iteration(iter(out))
    if isinstance(node, ast.SetComp):
        try:
            return set(out)
        except TypeError:
            return Unknown("a set of unhashable values")
    return out


def dict_comprehension(it: Interpreter, node: ast.DictComp, frame: Frame) -> Value:
    out: dict[Value, Value] = {}

    def add(inner: Frame) -> None:
        key, value = it.default_of(it.eval(node.key, inner)), it.eval(node.value, inner)
        try:
            out[key] = value
        except TypeError:
            return

    generate(it, node.generators, 0, inner_frame(frame), add)
    return out


def inner_frame(frame: Frame) -> Frame:
    """The frame of a comprehension: a scope of its own, at the same place as the frame around."""
    inner = Frame(
        frame.module, Scope("comprehension", frame.scope), frame.node, frame.function, frame.instance
    )
    inner.train_guard = frame.train_guard
    return inner


def generate(
    it: Interpreter,
    generators: list[ast.comprehension],
    index: int,
    frame: Frame,
    add: Callable[[Frame], None],
) -> bool:
    """Run the nested loops of a comprehension; False if the number of turns was not known."""
    if index == 0:
        with it.framed(frame):
            return _generate(it, generators, 0, frame, add)
    return _generate(it, generators, index, frame, add)


def _generate(
    it: Interpreter,
    generators: list[ast.comprehension],
    index: int,
    frame: Frame,
    add: Callable[[Frame], None],
) -> bool:
    if index == len(generators):
        add(frame)
        return True
    generator = generators[index]
    iterable = it.eval(generator.iter, frame)
    frame.node = generator.iter
    items = it.iterate(iterable)
    known = items is not None
    for item in items if items is not None else [iteration.element(it, iterable)]:
        known &= _generate_one(it, generators, index, item, frame, add)
    return known


def _generate_one(
    it: Interpreter,
    generators: list[ast.comprehension],
    index: int,
    item: Value,
    frame: Frame,
    add: Callable[[Frame], None],
) -> bool:
    test = iteration.presence(item)
    if test is not None:
        there = it.truth(test)
        if there is False:
            return True
        item = iteration.without_absent(item)
        if there is not True:
            with it.under(there.when_true):
                return _with_item(it, generators, index, item, frame, add)
    return _with_item(it, generators, index, item, frame, add)


def _with_item(
    it: Interpreter,
    generators: list[ast.comprehension],
    index: int,
    item: Value,
    frame: Frame,
    add: Callable[[Frame], None],
) -> bool:
    generator = generators[index]
    statements.bind(it, generator.target, item, frame)
    for condition in generator.ifs:
        value = it.eval(condition, frame)
        frame.node = condition
        if it.truth(value, source_text(condition)) is False:
            return True
    return _generate(it, generators, index + 1, frame, add)
