"""Truth values: what a test says, where it is known, and under which condition it holds, where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS, Condition
from orderlint.source import branches
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Choice,
    Dims,
    Instance,
    Iteration,
    OpenDict,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
    literal_test,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


def of(it: Interpreter, value: Value, text: str = "") -> bool | Test:
    """The truth of a value; `text` names it in conditions where it has no name of its own."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is Test:
        return settle(it, value)
    if value is TRAINING:
        it.saw_training = True
        return True
    if value is NOT_TRAINING:
        it.saw_training = True
        return False
    if kind is Symbol:
        return settle(it, positive(value))
    if kind is Unknown:
        return settle(it, unknown_test(it, value, text))
    if isinstance(value, int) and hasattr(value, "text"):  # a number that a caller may pass
        return settle(it, literal_test(value.text, value != 0))
    if kind is Choice:
        return of_choice(it, value, text)
    if kind is Tensor:
        if value.data is not None and len(value.data) == 1:
            return of(it, value.data[0], text)
        return settle(it, data_test(it, text))
    if kind is Dims:
        return True
    if kind is Sequence:
        return True if value.prefix else settle(it, data_test(it, text))
    if kind is Instance:
        return of_instance(it, value, text)
    if kind is Iteration or kind is OpenDict:
        return True if kind is Iteration or value else bool(value)
    try:
        return bool(value)
    except Exception:
        return settle(it, data_test(it, text))


def data_test(it: Interpreter, text: str) -> Test:
    """A test made particular to the place where it stands, and to the turn of a loop of unknown length:
    elsewhere the same text may mean another value.
    """
    return literal_test(data_text(it, text), turn=bool(it.turns))


def data_text(it: Interpreter, text: str) -> str:
    place = it.place()
    where = [f"line {place.line}"] if place else []
    if any(it.turns):
        where.append("turn " + ".".join(str(turn + 1) for turn in it.turns))
    return f"{text} ({', '.join(where)})" if where else text


def unknown_test(it: Interpreter, value: Unknown, text: str) -> Test:
    """The test of a value that is not known: by its name, else by where it was first tested, so that a flag
    that is kept and tested again is one flag."""
    if value.text:
        return literal_test(value.text, value.default)
    if value.data and it.modules and id(value) not in it.tested:
        return data_test(it, text)
    _, tests = it.tested.setdefault(id(value), (value, {}))
    for depth in range(len(it.turns) + 1):
        if (around := tests.get(it.turns[:depth])) is not None:
            return around
    if len(tests) == 1 and not it.turns:  # a flag of what one turn has built
        return next(iter(tests.values()))
    return tests.setdefault(it.turns, data_test(it, text))


def positive(symbol: Symbol) -> Test:
    """`symbol > 0`, which for a rate is also `symbol != 0` and its truth."""
    default = symbol.default
    known = bool(default > 0) if isinstance(default, (int, float)) else bool(default)
    return literal_test(f"{symbol.text} > 0", known)


def settle(it: Interpreter, test: Test) -> bool | Test:
    """A test that the path condition decides is decided."""
    path = it.path.literals
    if not test.when_true.literals:
        return True
    if not test.when_false.literals:
        return False
    if path:
        if test.when_true.literals <= path:
            return True
        if test.when_false.literals <= path:
            return False
        if branches.contradicts(it.path, test.when_true):
            return False
        if branches.contradicts(it.path, test.when_false):
            return True
    return test


def of_choice(it: Interpreter, value: Choice, text: str) -> bool | Test:
    """A choice is true under the conditions of its true options."""
    narrowed = branches.narrow(it, value)
    if type(narrowed) is not Choice:
        return of(it, narrowed, text)
    true: list[Condition] = []
    false: list[Condition] = []
    for condition, option in narrowed.options:
        with it.under(condition):
            truth = False if option is ABSENT else of(it, option, text)
        if isinstance(truth, Test):
            if truth.when_true.holds_by_default is None:  # else, a recursion makes ever longer tests
                return settle(it, data_test(it, text))
            true.append(condition & truth.when_true)
            false.append(condition & truth.when_false)
        else:
            (true if truth else false).append(condition)
    if not false:
        return True
    if not true:
        return False
    return settle(it, between_test(true, false, text))


def between_test(true: list[Condition], false: list[Condition], text: str) -> Test:
    """The test that holds under any of `true` and fails under any of `false`."""
    if len(true) == 1 and len(false) == 1:
        return Test(true[0], false[0], true[0].holds_by_default)
    if len(true) == 1:
        return Test(true[0], negation(true[0], text), true[0].holds_by_default)
    if len(false) == 1:
        default = false[0].holds_by_default
        return Test(negation(false[0], text), false[0], None if default is None else not default)
    defaults = [condition.holds_by_default for condition in true]
    return literal_test(
        " or ".join(f"({c})" for c in true),
        True if True in defaults else (None if None in defaults else False),
        turn=any(condition.depends_on_turn for condition in true),
    )


def negation(condition: Condition, text: str) -> Condition:
    """What holds where a condition does not."""
    if len(condition.literals) == 1:
        (literal,) = condition.literals
        return Condition(frozenset({literal.negate()}))
    if not condition.literals:
        return ALWAYS
    default = condition.holds_by_default
    return literal_test(str(condition) or text, default, turn=condition.depends_on_turn).when_false


def of_instance(it: Interpreter, value: Instance, text: str) -> bool | Test:
    for name in ("__bool__", "__len__"):
        if value.cls.find(name) is not ABSENT:
            return of(it, it.call(it.getattr(value, name), []), text)
    return True


def combine(tests: list[bool | Test], *, all_: bool, text: str) -> bool | Test:
    """The truth of `and` (all_) or `or` over tests."""
    open_ = [t for t in tests if isinstance(t, Test)]
    if any(t is (not all_) for t in tests):
        return not all_
    if not open_:
        return all_
    if len(open_) == 1:
        return open_[0]
    if all_:
        when = ALWAYS
        for test in open_:
            when = when & test.when_true
        return Test(when, negation(when, text), when.holds_by_default)
    when = ALWAYS
    for test in open_:
        when = when & test.when_false
    default = when.holds_by_default
    return Test(negation(when, text), when, None if default is None else not default)


def settle_value(it: Interpreter, test: Test) -> bool | Test:
    """`settle`, for a test that an expression gives as its value."""
    return settle(it, test)
