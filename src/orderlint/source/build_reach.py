"""What a build depends on and what it made: the objects that can be reached from either, and whether they are
as they were.
"""

from __future__ import annotations

import collections
import types
from typing import TYPE_CHECKING

from orderlint.source import hosts
from orderlint.source.build_records import FIXED, Record
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Bound,
    Choice,
    ClassMethod,
    Dims,
    External,
    Function,
    Instance,
    Native,
    Partial,
    StaticMethod,
    Symbol,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

LIMIT = 20_000
"""Objects of one build that are looked at; a larger one is built again."""

KEY_DEPTH, KEY_SIZE = 8, 2_000
"""Nesting and values of arguments that are compared with those of another build."""


PLAIN = frozenset({type(None), bool, int, str, bytes})
"""Types of constants that are told apart by their values."""


class NotFollowed(Exception):  # noqa: N818 - a signal, not an error
    """A value of a sort, or in a state, that no copy can be made by."""


class Key:
    """The key of a build: two builds with the same key are called in the same way. `alike`: values that are
    not known, and choices, count by what is said of them.
    """

    __slots__ = ("alike", "it", "left")

    def __init__(self, it: Interpreter, *, alike: bool = False) -> None:
        self.it, self.left, self.alike = it, KEY_SIZE, alike

    def of(self, value: Value, depth: int = 0) -> object:
        """A value's share: constants by type and value, containers by what they hold, all else by
        identity.
        """
        kind = type(value)
        self.left -= 1
        if self.left < 0 or depth > KEY_DEPTH:
            raise NotFollowed
        if kind in PLAIN:
            return (kind, value)
        if kind is float:
            return (kind, repr(value))
        if kind is list or isinstance(value, tuple):
            return (kind, *[self.of(v, depth + 1) for v in value])
        if isinstance(value, dict):
            self.check(value)
            return (kind, *[self.item(k, v, depth + 1) for k, v in value.items()])
        if kind is External:
            return (kind, value.name, value.found)
        if kind is Symbol:
            return (kind, value.text, self.of(value.default), value.training)
        if kind is Partial:
            parts = (value.function, value.args, value.kwargs)
            return (kind, *[self.of(v, depth + 1) for v in parts])
        if kind is Bound:
            return (kind, self.of(value.function, depth + 1), self.of(value.instance, depth + 1))
        if self.alike and kind is Unknown and not value.members:
            return self.unknown(value)
        if self.alike and kind is Choice:
            return (kind, *[(condition, self.of(option, depth + 1)) for condition, option in value.options])
        return ("@", id(value))

    def unknown(self, value: Unknown) -> object:
        """What is said of a value that is not known, and the tests of it so far."""
        _, tests = self.it.tested.get(id(value), (value, {}))
        said = (value.reason, value.data, value.text, value.default, value.mask, value.pattern)
        return (Unknown, said, self.of(value.value), *[(turn, t.when_true) for turn, t in tests.items()])

    def item(self, key: Value, value: Value, depth: int) -> object:
        return (self.of(key, depth), self.of(value, depth))

    def check(self, value: Value) -> None:
        """Keyword arguments that a caller may extend are no others' equal."""
        if type(value) not in (dict, collections.OrderedDict) or self.it.is_open(value):
            raise NotFollowed


def parts_of(value: Value) -> list[Value]:
    """The values that a value holds; raises where they cannot all be told.

    A function's own variables are not among them: what is read of them is noted, and one that a build makes
    is refused by `own_parts`.
    """
    kind = type(value)
    if kind is Instance:
        return [] if value.cls.enum else list(value.attrs.values())
    if kind is list or isinstance(value, tuple):
        return list(value)
    if kind is dict or kind is collections.OrderedDict:
        return [*value.keys(), *value.values()]
    if kind is set or kind is frozenset:
        return list(value)
    if kind is Choice:
        return [option for _, option in value.options]
    if kind is Partial:
        return [value.function, value.args, value.kwargs]
    if kind is Bound:
        return [value.function, value.instance]
    if kind is StaticMethod or kind is ClassMethod:
        return [value.function]
    if kind is Tensor:
        if value.sources() or value.storage.stamp or (value.noise is not None and value.noise.uses):
            raise NotFollowed
        return [v for v in (*(value.data or ()), *(value.sizes or ())) if type(v) not in FIXED]
    if kind is Unknown:
        return list((value.members or {}).values())
    if kind is Dims:
        return list(value.sizes or ())
    if isinstance(value, int):
        return []
    raise NotFollowed


def fixed(value: Value) -> bool:
    """Whether a value is the same for everyone; a function of the interpreter may hold values of its own."""
    kind = type(value)
    if kind is Native or kind is types.FunctionType:
        if getattr(getattr(value, "call", value), "__closure__", None):
            raise NotFollowed
        return True
    return (
        kind in FIXED
        or kind is hosts.HostModule
        or isinstance(value, type)
        or (kind is Instance and value.cls.enum)
    )


def containers(record: Record) -> tuple[dict[int, Value], list[Value]]:
    """The containers and unknown values that a call hands over, at any depth, and what else it hands over."""
    found: dict[int, Value] = {}
    others: list[Value] = []
    todo = [*record.args, *record.kwargs.values()]
    while todo:
        value = todo.pop()
        if isinstance(value, (list, tuple, dict, Partial, Bound, Unknown, Choice)):
            if id(value) not in found:
                found[id(value)] = value
                todo += parts_of(value)
        else:
            others.append(value)
    return found, others


def older(it: Interpreter, record: Record) -> dict[int, Value]:
    """Everything older that the build can have reached, all of it untouched since the build began."""
    handed, others = containers(record)
    found: dict[int, Value] = {}
    reach(it, found, others + [v for _, _, v in record.began.reads.values()], record.began.clock)
    record.named = frozenset(found)
    for value in handed.values():
        reach(it, found, [value], record.began.clock)
    return found


def reach(it: Interpreter, found: dict[int, Value], todo: list[Value], clock: int) -> None:
    """Add what can be reached from some values; raises where any of it was touched since."""
    while todo:
        value = todo.pop()
        if id(value) in found or fixed(value):
            continue
        if it.touched.get(id(value), 0) > clock or len(found) > LIMIT:
            raise NotFollowed
        found[id(value)] = value
        todo += parts_of(value)


def own_parts(it: Interpreter, record: Record, shared: dict[int, Value]) -> dict[int, Value]:
    """Everything that the build made and that its module holds, all of it untouched since the build ended."""
    found: dict[int, Value] = {}
    todo: list[Value] = [record.made]
    while todo:
        value = todo.pop()
        if id(value) in found or id(value) in shared:
            continue
        if type(value) is Function:
            if value.scope.kind != "module" and value.scope.since >= record.began.since:
                raise NotFollowed
            continue
        if fixed(value) or (isinstance(value, tuple) and all(type(v) in FIXED for v in value)):
            continue
        if it.touched.get(id(value), 0) > record.ended or len(found) > LIMIT or not newer(record, value):
            raise NotFollowed
        found[id(value)] = value
        parts = parts_of(value)
        if isinstance(value, (dict, set, frozenset)):
            check_hashed(value, shared)
        todo += parts
    return found


def check_hashed(value: Value, shared: dict[int, Value]) -> None:
    """Keys and members of sets are not copied: they must be constants, or older and no values that another
    call has others of.
    """
    todo = list(value)
    while todo:
        key = todo.pop()
        if isinstance(key, tuple):
            todo += key
        elif type(key) in (Unknown, Choice) or not (fixed(key) or id(key) in shared):
            raise NotFollowed


def newer(record: Record, value: Value) -> bool:
    """Whether an object may have been made by the build, by its number or stamp, where it has one."""
    if type(value) is Instance:
        return not value.number or value.number >= record.began.number
    return type(value) is not Tensor or value.stamp > record.began.stamp


def unchanged(it: Interpreter, record: Record) -> bool:
    """Whether a second build with the same key would do what the first did, and its module is as it was."""
    began = record.began
    if it.rebound != began.rebound:
        return False
    for scope, name, value in began.reads.values():
        if scope is not None and scope.variables.get(name, ABSENT) is not value:
            return False
    if record.shared is None:
        try:
            shared = older(it, record)
            record.own = tuple(own_parts(it, record, shared))
        except NotFollowed:
            return False
        record.shared = tuple(shared)
        return True
    touched = it.touched.get
    return all(touched(i, 0) <= began.clock for i in record.shared) and all(
        touched(i, 0) <= record.ended for i in record.own
    )
