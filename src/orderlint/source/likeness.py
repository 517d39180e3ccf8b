"""Whether two modules are alike: built of the same classes, with equal attributes, object by object."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from orderlint.source.build_reach import NotFollowed
from orderlint.source.build_records import FIXED
from orderlint.source.tensors import Storage, Tensor
from orderlint.source.values import Bound, Choice, External, Instance, Partial, Symbol, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

NUMBERS = frozenset({bool, int, str, bytes, complex, range})


class Likeness:
    """Pairs the objects of two modules; the first must be as it was at a time. `same`: the object that stands
    for one of the first module; `memories`: the memory that stands for one of its tensors'.
    """

    __slots__ = ("back", "clock", "it", "memories", "same", "touched")

    def __init__(self, it: Interpreter, clock: int) -> None:
        self.it, self.clock = it, clock
        self.touched = it.touched
        self.same: dict[int, Value] = {}
        self.back: dict[int, Value] = {}
        self.memories: dict[int, Storage] = {}

    def compare(self, first: Value, second: Value) -> None:
        """Pair two values.

        Raises:
            NotFollowed: they differ, or the first has changed since.
        """
        kind = type(first)
        if kind is not type(second):
            raise NotFollowed
        if kind is Instance:
            if self.begin(first, second):
                self.instance(first, second)
        elif kind is Tensor:
            self.tensor(first, second)
        elif kind is dict or kind is collections.OrderedDict:
            if self.begin(first, second):
                self.items(first, second)
        elif kind is list or isinstance(first, tuple):
            if kind is not list or self.begin(first, second):
                if len(first) != len(second):
                    raise NotFollowed
                for mine, other in zip(first, second, strict=True):
                    self.compare(mine, other)
        elif kind in FIXED:
            if first is not second:
                self.fixed(kind, first, second)
        else:
            self.other(kind, first, second)

    def begin(self, first: Value, second: Value) -> bool:
        """Pair two objects that hold others; whether what they hold is to be compared."""
        known = self.same.get(id(first))
        if known is not None:
            if known is not second:
                raise NotFollowed
            return False
        if self.touched.get(id(first), 0) > self.clock or id(second) in self.back:
            raise NotFollowed
        self.same[id(first)], self.back[id(second)] = second, first
        return True

    def instance(self, first: Instance, second: Instance) -> None:
        if first.cls is not second.cls or first.in_forward != second.in_forward:
            raise NotFollowed
        if (first.built is None) != (second.built is None):
            raise NotFollowed
        if first.cls.enum and first is not second:
            raise NotFollowed
        if first.condition.literals != second.condition.literals:
            raise NotFollowed
        self.items(first.attrs, second.attrs)

    def items(self, first: dict[str, Value], second: dict[str, Value]) -> None:
        if len(first) != len(second):
            raise NotFollowed
        for (name, mine), (key, other) in zip(first.items(), second.items(), strict=True):
            if name is not key:
                self.key(name, key)
            if mine is not other or type(mine) not in FIXED:
                self.compare(mine, other)

    def key(self, first: Value, second: Value) -> None:
        """A key of a dictionary: a constant, or the same object."""
        if type(first) is not type(second) or first != second:
            raise NotFollowed

    def fixed(self, kind: type, first: Value, second: Value) -> None:
        """Two values that do not change, and are not the same object."""
        if kind in NUMBERS:
            alike = first == second
        elif kind is float:
            alike = repr(first) == repr(second)
        elif kind is External:
            alike = first.name == second.name and first.found == second.found
        elif kind is Symbol:
            alike = first.text == second.text and first.training == second.training
            self.compare(first.default, second.default)
        else:
            alike = False
        if not alike:
            raise NotFollowed

    def tensor(self, first: Tensor, second: Tensor) -> None:
        """Two constants or parameters, of which no memory was written to."""
        for tensor in (first, second):
            written = tensor.storage.stamp or tensor.producers
            if written or tensor.noise is not None or tensor.conditions:
                raise NotFollowed
        if self.touched.get(id(first), 0) > self.clock:
            raise NotFollowed
        if first.rank != second.rank or first.live != second.live or first.parameter != second.parameter:
            raise NotFollowed
        if self.memories.setdefault(id(first.storage), second.storage) is not second.storage:
            raise NotFollowed
        if first.data is not second.data:
            self.compare(first.data, second.data)
        if first.sizes is not second.sizes:
            self.compare(first.sizes, second.sizes)

    def other(self, kind: type, first: Value, second: Value) -> None:
        if kind is Choice:
            if len(first.options) != len(second.options):
                raise NotFollowed
            for (when, mine), (then, other) in zip(first.options, second.options, strict=True):
                if when.literals != then.literals:
                    raise NotFollowed
                self.compare(mine, other)
        elif kind is Partial:
            self.compare(first.function, second.function)
            self.compare(first.args, second.args)
            self.compare(first.kwargs, second.kwargs)
        elif kind is Bound:
            self.compare(first.function, second.function)
            self.compare(first.instance, second.instance)
        elif kind is Unknown:
            if first is not second:
                self.unknown(first, second)
        elif kind is set or kind is frozenset:
            constant = all(type(v) in NUMBERS for v in first)
            if not constant or first != second or self.touched.get(id(first), 0) > self.clock:
                raise NotFollowed
        elif first is not second or not callable(first):
            raise NotFollowed

    def unknown(self, first: Unknown, second: Unknown) -> None:
        """Two values that are not known, in the same way; a test that was made of one tells of it alone."""
        told = (first.reason, first.data, first.text, first.default, first.mask, first.pattern)
        if told != (second.reason, second.data, second.text, second.default, second.mask, second.pattern):
            raise NotFollowed
        if id(first) in self.it.tested or id(second) in self.it.tested:
            self.tests(first, second)
        if first.value is not second.value:
            self.compare(first.value, second.value)
        if first.members or second.members:
            raise NotFollowed

    def tests(self, first: Unknown, second: Unknown) -> None:
        """The tests that were made of two values."""
        _, mine = self.it.tested.get(id(first), (None, {}))
        _, other = self.it.tested.get(id(second), (None, {}))
        if mine.keys() != other.keys():
            raise NotFollowed
        for turns, test in mine.items():
            if test.when_true != other[turns].when_true or test.when_false != other[turns].when_false:
                raise NotFollowed
