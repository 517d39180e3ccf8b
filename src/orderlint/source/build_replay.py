"""Equal blocks are built once: a module whose class is called again with the same arguments is a copy of the
first one, with the places of its own call.

The copy is what a second build would have made, object by object: it has new numbers in the same order,
shares what the first shares with the rest of the program, and holds the second call's own arguments. A build
that cannot be shown to depend on nothing else is run again.
"""

from __future__ import annotations

import collections
from dataclasses import replace
from typing import TYPE_CHECKING

from orderlint.source import budget, build_records
from orderlint.source.build_reach import Key, NotFollowed, unchanged
from orderlint.source.build_records import FIXED, Record, Recording
from orderlint.source.tensors import Storage, Tensor
from orderlint.source.values import (
    Bound,
    Choice,
    Dims,
    Function,
    Instance,
    Partial,
    Test,
    Unknown,
    Value,
    next_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.graph.model import Place
    from orderlint.source.interpreter import Interpreter

COPY_STEPS = 1
"""Steps that the copy of one object costs, so that the budgets bound memory too."""

PLACES = 4
"""Calls that the places of a layer go back."""

PAIRED = frozenset({list, dict, collections.OrderedDict, Partial, Bound, Unknown, Choice})
"""Types of arguments, tuples aside, that are told apart by more than their identity."""


def build(
    it: Interpreter,
    made: Instance,
    args: list[Value],
    kwargs: dict[str, Value],
    initialise: Callable[[], None],
) -> None:
    """Initialise a new module, or fill it with a copy of one that was built in the same way."""
    key = key_of(it, made, args, kwargs) if eligible(it, made) else None
    if key is None:
        initialise()
        return
    known = it.records.get(key)
    if known is not None:
        if fits(it, known) and unchanged(it, known) and fill(it, known, made, args, kwargs):
            return
        del it.records[key]
    recording = build_records.begin(it, made)
    try:
        initialise()
    except BaseException:
        build_records.end(it)
        raise
    record = over(it, recording, made, args, kwargs)
    build_records.end(it)
    if record is not None:
        it.records[key] = record


def eligible(it: Interpreter, made: Instance) -> bool:
    """Whether a module is of a class of user code whose objects are made in the plain way, outside of a
    forward.
    """
    cls = made.cls
    if not it.replaying or it.modules or cls.library or it.calling or cls.meta is not None:
        return False
    return type(cls.find("__init__")) is Function and not any("__new__" in c.namespace for c in cls.mro)


def key_of(it: Interpreter, made: Instance, args: list[Value], kwargs: dict[str, Value]) -> object:
    """What two calls must have in common for their builds to be the same; None if that cannot be told."""
    key = Key(it, alike=True)
    try:
        given = (key.of(args), key.of(kwargs))
    except NotFollowed:
        return None
    around = (
        it.path,
        it.turns,
        len(it.trails),
        it.in_train_guard(),
        it.saw_training,
        it.decorating,
        any(frame.catches_import for frame in it.frames),
    )
    return (id(made.cls), around, given)


def fits(it: Interpreter, record: Record) -> bool:
    """Whether the frames that a build needs may be nested here too."""
    return len(it.frames) + record.nested <= budget.CALL_DEPTH


def over(
    it: Interpreter, recording: Recording, made: Instance, args: list[Value], kwargs: dict[str, Value]
) -> Record | None:
    """The record of a build that has ended; None where it left traces."""
    if recording.tainted or recording.state != build_records.state(it):
        return None
    tests = build_records.tests_since(it, recording)
    if tests and it.turns:  # which test is the first one depends on the turn
        return None
    return Record(
        recording,
        made,
        args,
        kwargs,
        it.clock,
        it.numbered - made.number,
        it.instances - recording.instances,
        it.deepest - len(it.frames),
        tests,
    )


def fill(
    it: Interpreter, record: Record, made: Instance, args: list[Value], kwargs: dict[str, Value]
) -> bool:
    """Make a blank module a copy of the one of a record; False where its arguments are not alike in which of
    them are one object.
    """
    copier = Copier(it, record, made)
    try:
        copier.pair(record.args, args)
        copier.pair(record.kwargs, kwargs)
    except NotFollowed:
        return False
    it.tested.update(copier.tests)
    copier.number()
    attrs = {name: copier.of(value) for name, value in record.made.attrs.items()}
    made.attrs.clear()
    made.attrs.update(attrs)
    it.steps += COPY_STEPS * len(record.own)
    it.instances += record.instances
    it.deepest = max(it.deepest, len(it.frames) + record.nested)
    if it.recordings:
        build_records.hand_on(it.recordings[-1], record.began)
    return True


class Copier:
    """Copies what a build made. `memo`: what stands for each object of the first build; what is not in it
    and not made by the build is shared. `given`: which of the first call's arguments one of this call is,
    `tests`: those that the build makes of this call's unknown values.
    """

    def __init__(self, it: Interpreter, record: Record, made: Instance) -> None:
        self.it, self.record = it, record
        self.memo: dict[int, Value] = {id(record.made): made}
        self.given: dict[int, int] = {}
        self.tests: dict[int, tuple[Unknown, dict[tuple[int, ...], Test]]] = {}
        self.own = frozenset(record.own)
        self.numbers: list[int] = [made.number]
        self.places: tuple[Place, ...] = it.call_places(PLACES)
        self.deeper = it.user_depth() - record.began.places

    def pair(self, first: Value, second: Value) -> None:
        """Let an argument of this call stand for the equal one of the first."""
        kind = type(first)
        if kind not in PAIRED and not isinstance(first, tuple):
            return
        if self.memo.setdefault(id(first), second) is not second:
            raise NotFollowed
        if self.given.setdefault(id(second), id(first)) != id(first):
            raise NotFollowed
        if first is not second:
            if not self.record.named.isdisjoint((id(first), id(second))):
                raise NotFollowed
            if kind is Unknown:
                self.test(first, second)
        for mine, other in zip(parts(first), parts(second), strict=True):
            if type(mine) not in FIXED:
                self.pair(mine, other)

    def test(self, first: Unknown, second: Value) -> None:
        """Let a value that is not known be tested as the build has tested the one that it stands for."""
        if first.members or second.members:
            raise NotFollowed
        tested = self.it.tested
        if id(first) in self.record.tests:
            self.tests[id(second)] = (second, dict(self.record.tests[id(first)]))
        elif id(second) in tested and tested[id(first)][1].keys() != tested[id(second)][1].keys():
            raise NotFollowed

    def number(self) -> None:
        """New numbers for the objects of the build, as many as it took."""
        self.numbers += [next_number() for _ in range(self.record.numbers)]
        self.it.numbered = self.numbers[-1]

    def of(self, value: Value) -> Value:
        """The copy of a value that the build made; others as they are, or as this call gives them."""
        if type(value) in FIXED:
            return value
        known = self.memo.get(id(value))
        if known is not None:
            return known
        if id(value) not in self.own:
            return value
        kind = type(value)
        if kind is Instance:
            return self.instance(value)
        if kind is list:
            made: list[Value] = self.it.born([])
            self.memo[id(value)] = made
            made += value if FIXED.issuperset(map(type, value)) else map(self.of, value)
            return made
        if isinstance(value, dict):
            table = self.it.born(kind())
            self.memo[id(value)] = table
            for key, held in value.items():
                table[key] = self.of(held)
            return table
        copied = self.plain(value)
        self.memo[id(value)] = copied
        return copied

    def plain(self, value: Value) -> Value:
        """The copy of a value that cannot hold itself."""
        kind = type(value)
        if isinstance(value, tuple):
            return tuple.__new__(kind, map(self.of, value))
        if kind is set:
            return set(value)
        if kind is Choice:
            return Choice(tuple((condition, self.of(option)) for condition, option in value.options))
        if kind is Partial:
            return Partial(self.of(value.function), self.of(value.args), self.of(value.kwargs))
        if kind is Bound:
            return Bound(self.of(value.function), self.of(value.instance))
        if kind is Tensor:
            return self.tensor(value)
        if kind is Unknown:
            return self.unknown(value)
        if kind is Dims:
            return Dims(value.rank, self.each(value.sizes))
        return value

    def each(self, values: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
        plain = values is None or FIXED.issuperset(map(type, values))
        return values if plain else tuple(map(self.of, values or ()))

    def unknown(self, value: Unknown) -> Unknown:
        """A value that is not known; where the build has tested it, later tests are the same as that."""
        members = {n: self.of(v) for n, v in value.members.items()} if value.members else None
        copy = replace(value, members=members)
        if id(value) in self.record.tests:
            self.it.tested[id(copy)] = (copy, dict(self.record.tests[id(value)]))
        return copy

    def instance(self, value: Instance) -> Instance:
        """An object of the build, at the place where this call would have made it."""
        number = self.numbers[value.number - self.record.began.number] if value.number else 0
        copy = Instance(value.cls, {}, None, (), number, value.condition)
        if value.built is not None:
            copy.depth = value.depth + self.deeper
            inner = min(PLACES, max(0, value.depth - self.record.began.places))
            places = ((value.built, *value.frames)[:inner] + self.places)[:PLACES]
            copy.built, copy.frames = places[0], places[1:] if number else ()
        self.memo[id(value)] = self.it.born(copy)
        attrs = copy.attrs
        for name, held in value.attrs.items():
            attrs[name] = held if type(held) in FIXED else self.of(held)
        return copy

    def tensor(self, value: Tensor) -> Tensor:
        """A constant or parameter; views of one memory stay views of one."""
        storage = self.memo.setdefault(id(value.storage), Storage())
        noise = value.noise
        if noise is not None:
            uses = self.memo.setdefault(id(noise.uses), [])
            noise = self.memo.setdefault(id(noise), replace(noise, uses=uses, rate=self.of(noise.rate)))
        data = value.data
        if data is not None and not FIXED.issuperset(map(type, data)):
            data = self.memo.setdefault(id(data), list(map(self.of, data)))
        return Tensor(
            storage=storage,
            rank=value.rank,
            data=data,
            noise=noise,
            parameter=value.parameter,
            live=value.live,
            sizes=self.each(value.sizes),
        )


def parts(value: Value) -> list[Value]:
    """The parts of an argument, in order."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if type(value) is Partial:
        return [value.function, value.args, value.kwargs]
    if type(value) is Bound:
        return [value.function, value.instance]
    if type(value) is Choice:
        return [option for _, option in value.options]
    return [] if type(value) is Unknown else list(value)
