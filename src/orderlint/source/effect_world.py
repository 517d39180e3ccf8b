"""What a piece of code can get at: the objects below its arguments, their classes and attributes."""

from __future__ import annotations

import types
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from orderlint.source.effect_values import (
    ELEMENTS,
    HELD,
    NONE,
    PLAIN,
    Abstract,
    Attached,
    Code,
    Known,
    NotHarmlessError,
    Prepared,
    Row,
    join,
    known,
)
from orderlint.source.hosts import HostModule
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Bound,
    Choice,
    Class,
    Dims,
    External,
    Function,
    Instance,
    Native,
    Partial,
    PythonModule,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
    is_constant,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

OBJECTS = 20_000
"""Objects that are looked through before code counts as one that may do anything."""

ROW = 8
"""Elements of a tuple that are told apart."""

CODE = (
    Function,
    External,
    Native,
    Class,
    PythonModule,
    HostModule,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
)
OPERATORS = frozenset(
    [
        *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__hash__", "__contains__"),
        *("__add__", "__radd__", "__iadd__", "__sub__", "__rsub__", "__isub__", "__mul__", "__rmul__"),
        *("__imul__", "__truediv__", "__rtruediv__", "__floordiv__", "__mod__", "__pow__", "__matmul__"),
        *("__neg__", "__pos__", "__abs__", "__invert__", "__and__", "__or__", "__xor__", "__next__"),
        *("__setitem__", "__delitem__", "__enter__", "__exit__", "__missing__", "__reversed__"),
        *("__int__", "__float__", "__index__"),
    ]
)
"""What operators and builtins call: code is not followed into them, so that no class may define one."""


SIMPLE: dict[type, Abstract] = {int: PLAIN, float: PLAIN, type(None): NONE}
"""Kinds of attributes by the type of their values alone."""

CONSTANTS = frozenset({int, float, type(None), bool, str})
HOLDERS = frozenset({Instance, dict, OrderedDict, list, set, Choice})
"""Types whose values are held, whatever is in them."""

TRUE, FALSE = known(True), known(False)
texts = lru_cache(maxsize=4_096)(known)


@dataclass(slots=True)
class World:
    """Everything that code can reach. `attributes`: each name with what it is on any object that has it."""

    seen: dict[int, Value] = field(default_factory=dict)
    classes: dict[int, Class] = field(default_factory=dict)
    attributes: dict[str, Abstract] = field(default_factory=dict)
    elements: bool = False  # a tensor of known elements is among it
    unknown: bool = False  # a value that is not known is among it
    operators: bool = False  # a class of the program defines operators
    found: dict[str, list[Value]] = field(default_factory=dict)  # methods by name

    def key(self) -> object:
        """What a verdict depends on."""
        return (
            frozenset(map(Code, self.classes.values())),
            frozenset(self.attributes.items()),
            self.elements,
            self.unknown,
        )

    def add(self, roots: Iterable[Value]) -> None:
        """Look through values and all below them."""
        todo, seen = list(roots), self.seen
        self.found.clear()
        while todo:
            value = todo.pop()
            kind = type(value)
            if kind in CONSTANTS or id(value) in seen or (kind not in HOLDERS and is_constant(value)):
                continue
            seen[id(value)] = value
            if len(seen) > OBJECTS:
                raise NotHarmlessError("reaches too much")
            todo += self.object(value) if kind is Instance else self.below(value)

    def below(self, value: Value) -> Iterable[Value]:
        """What a value holds; notes its class and its attributes."""
        kind = type(value)
        if kind is dict:
            return value.values()  # type: ignore[no-any-return]
        if kind is list or kind is tuple:
            return value  # type: ignore[no-any-return]
        if kind is Tensor:
            self.tensor(value)
            return ()
        match value:
            case dict():
                if isinstance(value, defaultdict):
                    raise NotHarmlessError("a dictionary that reading changes")
                return value.values()
            case list() | tuple() | set() | frozenset() | deque():
                return value
            case Choice():
                return [option for _, option in value.options if option is not ABSENT]
            case Sequence():
                return (value.element, *value.prefix)
            case Bound():
                return (value.function, value.instance)
            case Partial():
                return (value.function, *value.args, *value.kwargs.values())
            case Function():
                return self.closure(value)
            case types.SimpleNamespace():
                return self.named(vars(value))
            case Unknown():
                self.unknown = True
                return ()
            case Symbol() | Test() | Dims() | External() | Native() | Class() | PythonModule() | HostModule():
                return ()
        if value is TRAINING or value is NOT_TRAINING or isinstance(value, CODE):
            return ()
        raise NotHarmlessError(f"reaches a {type(value).__name__}")

    def object(self, value: Instance) -> Iterable[Value]:
        """An object's attributes and children."""
        if id(value.cls) not in self.classes:
            self.classes[id(value.cls)] = value.cls
            defined = [(n, v) for c in value.cls.mro if not c.library for n, v in c.namespace.items()]
            self.operators |= any(n in OPERATORS and type(v) is not Native for n, v in defined)
        children = value.attrs.get("_modules")
        held = self.named(value.attrs)
        if isinstance(children, dict):
            held += self.named(children)
        return held

    def named(self, attributes: dict[str, Value]) -> list[Value]:
        """Notes what each attribute is; returns those that hold something."""
        out: list[Value] = []
        known = self.attributes
        for name, value in attributes.items():
            seen = SIMPLE.get(type(value))
            if seen is None:
                seen = self.attribute(value, out)
            before = known.get(name)
            if before is None:
                known[name] = seen
            elif before is not seen and not (before is PLAIN and type(seen) is Known) and before != seen:
                known[name] = join(before, seen)
        return out

    def attribute(self, value: Value, out: list[Value]) -> Abstract:
        """What an attribute is, sizes aside: verdicts are shared by modules that differ in them."""
        kind = type(value)
        if kind in HOLDERS:
            if value or kind is not dict:
                out.append(value)
            return HELD
        if kind is bool:
            return TRUE if value else FALSE
        if kind is str:
            return texts(value)
        if kind is tuple and SIMPLE.keys() >= set(map(type, value)):
            return PLAIN
        if kind is Tensor:
            self.tensor(value)
            return PLAIN if value.data is None else ELEMENTS
        out.append(value)
        return without_numbers(self.kind(value))

    def tensor(self, value: Tensor) -> None:
        if value.producers or value.sources():
            raise NotHarmlessError("a tensor with a history")
        self.elements |= value.data is not None

    def closure(self, function: Function) -> list[Value]:
        """What a nested function can see of the function around it."""
        out: list[Value] = [*function.defaults, *function.keyword_defaults.values()]
        scope = function.scope
        while scope is not None and scope.kind == "function":
            out += [v for v in scope.variables.values() if type(v) is not Function]
            scope = scope.parent  # type: ignore[assignment]
        return out

    def abstract(self, value: Value) -> Abstract:
        """The abstract value of one of the interpreter's; it must be within reach already."""
        found = self.kind(value)
        if found == HELD and id(value) not in self.seen:
            raise NotHarmlessError("a value out of reach")
        return found

    def kind(self, value: Value) -> Abstract:
        """What a value is to the analysis."""
        if type(value) in HOLDERS:
            return HELD
        if is_constant(value):
            return known(value)
        if type(value) is tuple and len(value) <= ROW:
            return Row(tuple(map(self.kind, value)))
        if type(value) is Tensor:
            return PLAIN if value.data is None else ELEMENTS
        if type(value) is Bound:
            return Attached(self.kind(value.function), self.kind(value.instance))
        if type(value) is Partial:
            return Prepared(
                self.kind(value.function),
                tuple(map(self.kind, value.args)),
                tuple((k, self.kind(v)) for k, v in value.kwargs.items()),
            )
        if value is TRAINING or value is NOT_TRAINING or isinstance(value, (Symbol, Test, Dims, Unknown)):
            return PLAIN
        return Code(value) if isinstance(value, CODE) else HELD

    # ---- what a name may be on anything within reach -------------------------------------------------------

    def methods(self, name: str) -> list[Value]:
        """The attribute of each class that has it."""
        found = self.found.get(name)
        if found is None:
            each = {id(v): v for c in self.classes.values() if (v := c.find(name)) is not ABSENT}
            found = self.found[name] = list(each.values())
        return found

    def has(self, name: str) -> bool:
        """Whether any object has an attribute of this name."""
        return name in self.attributes or bool(self.methods(name))

    def may_be(self, kinds: list[Value]) -> bool:
        """Whether an object may be an instance of one of these; of classes of the program it is known."""
        if not all(type(k) is Class for k in kinds):
            return True
        return any(cls.is_subclass(k) for cls in self.classes.values() for k in kinds) or self.unknown

    def next_methods(self, owner: Class, name: str) -> list[Value]:
        """What `super().name` is in a method of `owner`, for every class within reach."""
        found: dict[int, Value] = {}
        for cls in self.classes.values():
            if owner in cls.mro:
                after = cls.mro[cls.mro.index(owner) + 1 :]
                value = next((c.namespace[name] for c in after if name in c.namespace), ABSENT)
                if value is ABSENT:
                    return []
                found[id(value)] = value
        return list(found.values())


def without_numbers(value: Abstract) -> Abstract:
    """A kind that does not tell sizes apart."""
    if type(value) is Known and isinstance(value.value, (int, float, complex)) and value.kind is not bool:
        return PLAIN
    return Row(tuple(map(without_numbers, value.items))) if type(value) is Row else value
