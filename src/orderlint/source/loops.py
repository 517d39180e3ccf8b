"""Loops: turns over items, parked branches that left a turn early, and items that may be absent."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS, Condition
from orderlint.source import branches, budget, effect_loops, fillings, iteration, standstill, statements
from orderlint.source.frames import source_text
from orderlint.source.signals import BREAK, CONTINUE, Return, Signal
from orderlint.source.values import (
    ABSENT,
    Choice,
    Test,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


BUILDS = "a loop of unknown length builds layers"


def built_in_turns(it: Interpreter) -> bool:
    """Whether the number of layers is not known, so that what counts them says nothing."""
    return any(reason.startswith(BUILDS) for reason, _ in it.unresolved)


def for_(it: Interpreter, node: ast.For, frame: Frame) -> Signal:
    iterable = it.eval(node.iter, frame)
    frame.node = node.iter
    items = it.iterate(iterable)
    if items is not None and effect_loops.harmless_loop(it, node, iterable, frame):
        return None
    if items is not None:
        signal = loop(it, frame, items, lambda item: turn(it, node, item, frame))
    else:
        signal = unknown_turns(it, node, iterable, frame)
    if signal is BREAK:
        return None
    if signal is None and node.orelse:
        return statements.run_block(it, node.orelse, frame)
    return signal


def unknown_turns(it: Interpreter, node: ast.For, iterable: Value, frame: Frame) -> Signal:
    """A loop of unknown length: one that builds layers is said to, for their number is not known."""
    if it.modules:
        return some_turns(it, node, iterable, frame)
    targets = {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
    before, built = dict(frame.scope.variables), it.instances
    with fillings.watched(it) as trail:
        signal = some_turns(it, node, iterable, frame)
    known = (k for k, v in frame.scope.variables.items() if k not in targets and not left(v, before.get(k)))
    if it.instances != built or any(known) or not fillings.only_filled(it, trail):
        frame.node = node.iter
        it.unresolve(f"{BUILDS}: for … in {ast.unparse(node.iter)[:60]}")
    return signal


def left(value: Value, before: Value) -> bool:
    """Whether a variable holds what it held before a loop, or something that is not known."""
    options = [option for _, option in value.options] if type(value) is Choice else [value]
    return all(option is before or option is ABSENT or fillings.tells_nothing(option) for option in options)


def some_turns(it: Interpreter, node: ast.For, iterable: Value, frame: Frame) -> Signal:
    """Two turns for a loop of unknown length; a test made in one says nothing of the other."""
    around = it.turns

    def numbered(number: int) -> Signal:
        it.turns = (*around, number)
        return turn(it, node, iteration.element(it, iterable), frame)

    try:
        return loop(it, frame, range(2), numbered)
    finally:
        it.turns = around


def loop(it: Interpreter, frame: Frame, items: Value, body: Callable[[Value], Signal]) -> Signal:
    """Run the body for each item; joins what uncertain breaks and continues left behind."""
    state = branches.LoopState()
    frame.loops.append(state)
    path = it.path
    signal: Signal = None
    try:
        for count, item in enumerate(items):
            if count >= budget.LOOP_TURNS:
                it.unresolve(f"a loop of more than {budget.LOOP_TURNS} turns")
                break
            inner = it.path
            signal = body(item)
            it.path = inner
            join_parked(frame, state.continues)
            if signal is CONTINUE:
                signal = None
            if signal is not None:
                break
    finally:
        frame.loops.pop()
        it.path = path
    if not isinstance(signal, Return):
        join_parked(frame, state.breaks)
    return signal


def join_parked(frame: Frame, parked: list[tuple[Condition, dict[str, Value]]]) -> None:
    for condition, variables in parked:
        merged = branches.join_variables(condition, variables, ALWAYS, frame.scope.variables)
        frame.scope.variables.update(merged)
    parked.clear()


def turn(it: Interpreter, node: ast.For, item: Value, frame: Frame) -> Signal:
    """One turn of a loop; an element that may be missing runs the body under its condition."""
    test = iteration.presence(item)
    if test is None:
        statements.bind(it, node.target, item, frame)
        return statements.run_block(it, node.body, frame)
    truth = it.truth(test)
    if truth is False:
        return None

    def present() -> Signal:
        statements.bind(it, node.target, it.resolve(iteration.without_absent(item)), frame)
        return statements.run_block(it, node.body, frame)

    return present() if truth is True else statements.branch(it, truth, present, lambda: None, frame)


def while_(it: Interpreter, node: ast.While, frame: Frame) -> Signal:
    stands = False

    def turns() -> Iterator[int]:
        uncertain = 0
        for count in range(budget.WHILE_TURNS + 1):
            value = it.eval(node.test, frame)
            frame.node = node.test
            truth = it.truth(value, source_text(node.test))
            if truth is False or uncertain >= 2:
                return
            uncertain += isinstance(truth, Test)
            if stands or count == budget.WHILE_TURNS:
                many = f"of more than {budget.WHILE_TURNS} turns"
                it.unresolve(f"a while loop {'that ends by what is not known' if stands else many}")
                return
            yield count

    def body(count: int) -> Signal:
        nonlocal stands
        if count < budget.SURE_TURNS:
            return statements.run_block(it, node.body, frame)
        signal, stands = standstill.watched(it, frame, lambda: statements.run_block(it, node.body, frame))
        return signal

    signal = loop(it, frame, turns(), body)
    return None if signal is BREAK else signal
