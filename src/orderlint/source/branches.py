"""Branches with unknown conditions: both sides are followed, undone and joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS, Condition
from orderlint.source import budget
from orderlint.source.tensors import Tensor
from orderlint.source.trails import Trail, restore, rewind, state_of
from orderlint.source.values import ABSENT, Choice, Raised, Scope, Symbol, Test, Unknown, Value, is_constant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orderlint.source.interpreter import Interpreter


@dataclass(slots=True, eq=False)
class LoopState:
    """Variables as some branch left them at a `break` or `continue`, waiting to be joined."""

    breaks: list[tuple[Condition, dict[str, Value]]] = field(default_factory=list)
    continues: list[tuple[Condition, dict[str, Value]]] = field(default_factory=list)


@lru_cache(maxsize=65_536)
def contradicts(left: Condition, right: Condition) -> bool:
    """Whether two conditions cannot hold together."""
    return left.contradicts(right)


def narrow(it: Interpreter, choice: Choice) -> Value:
    """A choice without the options that the path condition rules out."""
    if not it.path.literals:
        return choice
    left = [(c, v) for c, v in choice.options if not contradicts(it.path, c)]
    if len(left) == 1:
        return left[0][1]
    return choice if len(left) == len(choice.options) or not left else Choice(tuple(left))


def options_of(value: Value) -> tuple[tuple[Condition, Value], ...]:
    return value.options if type(value) is Choice else ((ALWAYS, value),)


def equal(left: Value, right: Value) -> bool:
    """Whether two values may be treated as one."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if is_constant(left):
        return bool(left == right)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if type(left) is Tensor:
        return (
            left.sources() == right.sources()
            and left.parameter == right.parameter
            and left.conditions == right.conditions
            and left.data is right.data
        )
    if type(left) is Symbol:
        return bool(left.text == right.text)
    return False


def join(when_left: Condition, left: Value, when_right: Condition, right: Value) -> Value:
    """The value of a variable after a branch that left it as `left` or as `right`."""
    if equal(left, right):
        return left
    if type(left) is Tensor and type(right) is Tensor and left.data is None and right.data is None:
        return united(when_left, left, when_right, right)
    if type(left) is tuple and type(right) is tuple and len(left) == len(right):
        return tuple(join(when_left, a, when_right, b) for a, b in zip(left, right, strict=True))
    if (
        type(left) is list
        and type(right) is list
        and len(left) == len(right)
        and any(type(v) is Tensor for v in left)
    ):
        return [join(when_left, a, when_right, b) for a, b in zip(left, right, strict=True)]
    return choose(
        [(when_left & c, v) for c, v in options_of(left)]
        + [(when_right & c, v) for c, v in options_of(right)]
    )


def united(when_left: Condition, left: Tensor, when_right: Condition, right: Tensor) -> Tensor:
    """The tensor that is one or the other, each of its sources under its condition."""
    routes = {source: when & when_left for source, when in left.routes().items()}
    for source, when in right.routes().items():
        here = when & when_right
        routes[source] = routes[source] | here if source in routes else here
    return Tensor(
        frozenset(routes),
        rank=left.rank if left.rank == right.rank else None,
        noise=left.noise or right.noise,
        live=left.live or right.live,
        conditions={source: when for source, when in routes.items() if when} or None,
    )


def routes(tensors: Iterable[Tensor]) -> dict[int, Condition]:
    """The sources of several tensors, each with the condition under which something comes from there."""
    found: dict[int, Condition] = {}
    for tensor in tensors:
        for source, when in tensor.routes().items():
            found[source] = found[source] | when if source in found else when
    return found


def choose(options: list[tuple[Condition, Value]]) -> Value:
    """A choice of distinct values that can be; tensors among them are one, their producers united."""
    out: list[tuple[Condition, Value]] = []
    for condition, value in options:
        if condition.contradictory:
            continue
        for index, (known, other) in enumerate(out):
            if type(value) is Tensor and type(other) is Tensor and value.data is None and other.data is None:
                merged = united(known, other, condition, value)
                out[index] = (Condition(known.literals & condition.literals), merged)
                break
            if equal(value, other):
                out[index] = (Condition(known.literals & condition.literals), other)
                break
        else:
            out.append((condition, value))
            if len(out) > budget.CHOICES:
                break
    if len(out) == 1:
        return out[0][1]
    if not out or len(out) > budget.CHOICES:
        return Unknown("too many possible values")
    return Choice(tuple(out))


def may_be_absent(value: Value) -> bool:
    """Whether a value exists on some branches only."""
    return type(value) is Choice and any(option is ABSENT for _, option in value.options)


def given_on_path(it: Interpreter, kwargs: dict[str, Value]) -> dict[str, Value]:
    """Keyword arguments without those that do not exist on the path that is being followed."""
    for value in kwargs.values():
        if type(value) is Choice and may_be_absent(value):
            break
    else:
        return kwargs
    out = kwargs.copy() if type(kwargs) is dict else type(kwargs)(kwargs)
    for name, value in kwargs.items():
        if may_be_absent(value):
            out[name] = narrow(it, value)
            if out[name] is ABSENT:
                del out[name]
    return out


def join_lists(
    when_left: Condition, left: list[Value], when_right: Condition, right: list[Value]
) -> list[Value]:
    """Two versions of a list: their common ends, and between them the elements that only one side has."""
    start = 0
    while start < min(len(left), len(right)) and equal(left[start], right[start]):
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and equal(left[-1 - end], right[-1 - end]):
        end += 1
    middle_left, middle_right = left[start : len(left) - end], right[start : len(right) - end]
    if len(middle_left) == len(middle_right):
        middle = [join(when_left, a, when_right, b) for a, b in zip(middle_left, middle_right, strict=True)]
    else:
        middle = [maybe(when_left, v, when_right) for v in middle_left] + [
            maybe(when_right, v, when_left) for v in middle_right
        ]
    return left[:start] + middle + (left[len(left) - end :] if end else [])


def maybe(when: Condition, value: Value, otherwise: Condition) -> Value:
    return choose([(when & c, v) for c, v in options_of(value)] + [(otherwise, ABSENT)])


def join_dicts(
    when_left: Condition, left: dict[str, Value], when_right: Condition, right: dict[str, Value]
) -> dict[str, Value]:
    """Two versions of a dictionary or of an object's attributes, in insertion order."""
    out = {}
    for key, value in left.items():
        out[key] = (
            join(when_left, value, when_right, right[key])
            if key in right
            else maybe(when_left, value, when_right)
        )
    if len(out) != len(right) or any(key not in out for key in right):
        for key, value in right.items():
            if key not in out:
                out[key] = maybe(when_right, value, when_left)
    return out


def join_variables(
    when_left: Condition, left: dict[str, Value], when_right: Condition, right: dict[str, Value]
) -> dict[str, Value]:
    """Two versions of local variables; one that only one side has is as that side left it."""
    out = dict(right)
    for key, value in left.items():
        out[key] = join(when_left, value, when_right, right[key]) if key in right else value
    return out


def join_states(
    value: Value, when_left: Condition, left: Value, when_right: Condition, right: Value
) -> Value:
    """Two states of one value after a branch."""
    if type(value) is Tensor:
        newer = left if left[3] >= right[3] else right
        return (left[0] | right[0], newer[1], left[2] | right[2], max(left[3], right[3]))
    if isinstance(value, list):
        return join_lists(when_left, left, when_right, right)
    if isinstance(value, set):
        return left | right
    if type(value) is Scope:
        return join_variables(when_left, left, when_right, right)
    return join_dicts(when_left, left, when_right, right)


@dataclass(slots=True, eq=False)
class Forked:
    """What both sides of a branch returned (a signal, a value or the exception) and the variables they
    left.
    """

    then: Value
    other: Value
    then_variables: dict[str, Value]
    other_variables: dict[str, Value]


def fork(
    it: Interpreter,
    test: Test,
    then: Callable[[], Value],
    other: Callable[[], Value],
    scope: Scope,
    *,
    values: bool = False,
) -> Forked:
    """Run both sides from the same state; afterwards the state is the join of what they left.

    A side that raises leaves no trace; one that ends in a signal (return, break, continue) leaves no
    variables.
    `values`: the sides return values of expressions, not signals.
    """
    base = scope.variables
    scope.variables = dict(base)
    first = _side(it, test.when_true, then)
    left_variables = scope.variables
    left_heap = rewind(first[1])
    it.note_undone(first[1])
    scope.variables = dict(base)
    second = _side(it, test.when_false, other)
    result = Forked(first[0], second[0], left_variables, scope.variables)
    _merge(it, test, scope, left_variables, left_heap, first, second, values)
    it.note_undone(first[1], second[1])
    merged, scope.variables = scope.variables, base  # the dictionary's identity is shared with closures
    base.clear()
    base.update(merged)
    return result


def _side(it: Interpreter, condition: Condition, body: Callable[[], Value]) -> tuple[Value, Trail]:
    trail = Trail()
    it.trails.append(trail)
    saved, known = it.path, len(it.unresolved)
    it.path = saved & condition
    try:
        return body(), trail
    except Raised as raised:
        if raised.meant:  # no run goes on from here: what could not be followed on the way does not matter
            it.forget(known)
        return raised, trail
    finally:
        it.path = saved
        it.trails.pop()
        if it.trails:
            it.trails[-1].born.update(trail.born)


def _merge(
    it: Interpreter,
    test: Test,
    scope: Scope,
    left_variables: dict[str, Value],
    left_heap: dict[int, tuple[Value, Value]],
    first: tuple[Value, Trail],
    second: tuple[Value, Trail],
    values: bool,
) -> None:
    left_raised, right_raised = isinstance(first[0], Raised), isinstance(second[0], Raised)
    for value, state in list(first[1].saved.values()) + list(second[1].saved.values()):
        if it.trails and id(value) not in it.trails[-1].saved and id(value) not in it.trails[-1].born:
            before = first[1].saved.get(id(value), second[1].saved.get(id(value), (value, state)))
            it.trails[-1].saved[id(value)] = before
    if left_raised:
        return
    if right_raised:
        for value, state in second[1].saved.values():
            restore(value, state)
        scope.variables = left_variables
        for value, state in left_heap.values():
            restore(value, state)
        return
    for value, left in left_heap.values():
        restore(value, join_states(value, test.when_true, left, test.when_false, state_of(value)))
    for key, (value, before) in second[1].saved.items():
        if key not in left_heap:
            restore(value, join_states(value, test.when_true, before, test.when_false, state_of(value)))
    left_ends, right_ends = first[0] is not None and not values, second[0] is not None and not values
    if right_ends and not left_ends:
        scope.variables = left_variables
    elif not left_ends:
        scope.variables = join_variables(test.when_true, left_variables, test.when_false, scope.variables)


def lift(it: Interpreter, value: Value, operation: Callable[[Value], Value]) -> Value:
    """Apply an operation to a value, or to every option of a choice under its condition, and join the
    results.
    """
    if type(value) is not Choice:
        return operation(value)
    narrowed = narrow(it, value)
    if type(narrowed) is not Choice:
        return operation(narrowed)
    results: list[tuple[Condition, Value]] = []
    raised: Raised | None = None
    for condition, option in narrowed.options:
        if option is ABSENT:
            continue
        saved = it.path
        it.path = saved & condition
        try:
            result = operation(option)
            results.extend((condition & c, v) for c, v in options_of(result))
        except Raised as error:
            raised = error
        finally:
            it.path = saved
    if not results:
        raise raised or Raised("AttributeError", None, "no option is left")
    return choose(results)
