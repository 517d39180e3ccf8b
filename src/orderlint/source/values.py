"""Abstract values of the interpreter.

Python constants and containers stand for themselves; the classes here stand for what Python would hold beside
them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from orderlint.graph.model import ALWAYS, Condition, Literal, Place

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator

    from orderlint.graph.catalogue import FunctionSpec, LayerSpec
    from orderlint.source.tensors import Tensor

Value: TypeAlias = Any
"""Any value of the interpreted program."""


class Absent:
    """What a name or an element is where it does not exist (one option of a `Choice`)."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class TrainingFlag:
    """The value of `module.training` in the run that is followed: train mode, though `eval()` may
    switch it.
    """

    def __repr__(self) -> str:
        return "training"


TRAINING = TrainingFlag()


class NotTrainingFlag:
    """The value of `not module.training`."""

    def __repr__(self) -> str:
        return "not training"


NOT_TRAINING = NotTrainingFlag()


@dataclass(slots=True, eq=False)
class Unknown:
    """A value that is not known, and why; `data` if it depends on the tensors that flow, `text` names it in
    conditions; `value` is the default of the parameter that it is, `default` the truth of that.
    """

    reason: str
    data: bool = False
    text: str | None = None
    default: bool | None = None
    mask: bool = False
    members: dict[str, Unknown] | None = None  # its attributes, once they were read
    pattern: str | None = None  # of a text of which parts are known, as `fnmatch` reads it
    value: Value = ABSENT


@dataclass(slots=True, eq=False)
class Dims:
    """The shape of a tensor, or a slice of one: sizes are unknown, their number may be known."""

    rank: int | None = None
    sizes: tuple[Value, ...] | None = None


@dataclass(slots=True, eq=False)
class Sequence:
    """A sequence of unknown length, all of whose elements are like `element`; `prefix` are known first
    elements.
    """

    element: Value
    prefix: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A number that no caller in view fixes: `text` names the parameters that decide it, `default` is its
    default; `training`: evaluation mode has another number for it.
    """

    text: str
    default: Value
    training: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """A truth value that is not fixed: the conditions under which it holds and does not hold."""

    when_true: Condition
    when_false: Condition
    default: bool | None = None

    def negate(self) -> Test:
        return Test(self.when_false, self.when_true, None if self.default is None else not self.default)


def literal_test(text: str, default: bool | None = None, *, turn: bool = False) -> Test:
    """The test of one literal; `turn`: it was made in a loop of unknown length."""
    return Test(*_sides(text, default, turn), default)


@lru_cache(maxsize=4_096, typed=True)
def _sides(text: str, default: bool | None, turn: bool) -> tuple[Condition, Condition]:
    literal = Literal(text, False, default, turn)
    return Condition(frozenset({literal})), Condition(frozenset({literal.negate()}))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of several values, each under its condition."""

    options: tuple[tuple[Condition, Value], ...]


@dataclass(slots=True, eq=False)
class LazyImport:
    """A name bound by an import statement that has not been needed yet."""

    module: str
    name: str | None  # None: the module itself
    place: Place | None = None


UNSETTLED = frozenset({Choice, LazyImport, Absent})
"""What a variable or attribute holds whose value depends on the path that is followed, or is looked for."""

_NUMBERS = itertools.count(1)


def next_number() -> int:
    """A number for a new object, unlike any other: what one root built may stand in the model of another."""
    return next(_NUMBERS)


NO_NAMES: frozenset[str] = frozenset()


class Scope:
    """Variables of a module, class body or function call, and the scope around them; `since`: the step at
    which the call began.
    """

    __slots__ = ("functions", "globals_", "kind", "nonlocals", "parent", "since", "variables")

    def __init__(self, kind: str, parent: Scope | None, variables: dict[str, Value] | None = None) -> None:
        self.kind, self.parent = kind, parent
        self.since: int = 0 if parent is None else parent.since
        self.variables: dict[str, Value] = {} if variables is None else variables
        self.globals_: frozenset[str] = NO_NAMES
        self.nonlocals: frozenset[str] = NO_NAMES
        self.functions: list[Function] | None = None  # of a class body: what it defines, before decorators


@dataclass(slots=True, eq=False)
class PythonModule:
    """A module of the interpreted program; `library` for the bundled models of torch and its kin."""

    name: str
    path: str | None
    package: bool
    scope: Scope
    tree: ast.Module | None = None
    library: bool = False
    state: str = "new"  # new, running, done
    source_hash: int | None = None  # of the bytes that `tree` was parsed from

    @property
    def package_name(self) -> str:
        return self.name if self.package else self.name.rpartition(".")[0]


@dataclass(slots=True, eq=False)
class Function:
    """A function of the interpreted program; `doubtful` if a decorator may have made another of it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: PythonModule
    scope: Scope
    defaults: list[Value]
    keyword_defaults: dict[str, Value]
    name: str
    qualname: str
    owner: Class | None = None
    attrs: dict[str, Value] = field(default_factory=dict)
    doubtful: bool = False
    cached: bool = False  # Python itself keeps its results: `functools.lru_cache`
    memo: Value = None  # what it gave before; False where that is not kept


@dataclass(slots=True, eq=False)
class Native:
    """A function of the interpreter itself: `call(interpreter, args, kwargs)`."""

    name: str
    call: Callable[[Any, list[Value], dict[str, Value]], Value]
    binds: bool = True


@dataclass(slots=True, eq=False)
class Bound:
    """A function with its first argument."""

    function: Value
    instance: Value


@dataclass(slots=True, eq=False)
class Partial:
    """`functools.partial`."""

    function: Value
    args: list[Value]
    kwargs: dict[str, Value]


@dataclass(slots=True, eq=False)
class Property:
    """A property or cached property."""

    getter: Value
    setter: Value = None
    cached: bool = False


@dataclass(slots=True, eq=False)
class StaticMethod:
    function: Value


@dataclass(slots=True, eq=False)
class ClassMethod:
    function: Value


@dataclass(slots=True, eq=False)
class Class:
    """A class of the interpreted program, or a layer class of the catalogue (`spec`)."""

    name: str
    qualname: str
    module: str
    bases: tuple[Value, ...]
    namespace: dict[str, Value]
    mro: tuple[Class, ...] = ()
    spec: LayerSpec | None = None
    library: bool = False
    node: ast.ClassDef | None = None
    place: Place | None = None
    dataclass_fields: list[tuple[str, Value, bool]] | None = None
    enum: bool = False
    open_bases: bool = False  # a base class could not be resolved
    meta: Class | None = None  # the metaclass, where the program defines it
    missing: str | None = None  # the base that was not found
    implied: bool = False  # a module only because its missing base must be one

    def find(self, name: str) -> Value:
        """The class attribute `name` along the method resolution order, or ABSENT."""
        for cls in self.mro:
            if name in cls.namespace:
                return cls.namespace[name]
        return ABSENT

    def find_owner(self, name: str) -> Class | None:
        return next((cls for cls in self.mro if name in cls.namespace), None)

    def is_subclass(self, other: Class) -> bool:
        return other in self.mro


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class; a module's children lie in `attrs["_modules"]`. `depth`: how many calls of user
    code it was made under, of which `built` and `frames` are the innermost; known of what a build makes.
    """

    cls: Class
    attrs: dict[str, Value] = field(default_factory=dict)
    built: Place | None = None
    frames: tuple[Place, ...] = ()
    number: int = 0
    condition: Condition = ALWAYS
    in_forward: bool = False
    depth: int = 0


@dataclass(slots=True, eq=False)
class Super:
    """`super()` in a method of `cls`."""

    cls: Class
    instance: Value


@dataclass(slots=True, eq=False)
class External:
    """Something named that is not interpreted: an operator of torch, or a module that was not found."""

    name: str
    found: bool = True
    spec: FunctionSpec | None = None


@dataclass(slots=True, eq=False)
class TensorMethod:
    """A bound method of a tensor."""

    tensor: Tensor
    name: str


@dataclass(slots=True, eq=False)
class NativeMethod:
    """A bound method of a Python constant or container."""

    instance: Value
    name: str


class OpenDict(dict[str, Value]):
    """Keyword arguments of a root: the caller may pass more than is known."""


@dataclass(slots=True, eq=False)
class Iteration:
    """An iterator of the interpreted program."""

    items: Iterator[Value]

    def __iter__(self) -> Iterator[Value]:
        return self.items


class Raised(Exception):  # noqa: N818 - it models a raise, not an error of ours
    """An exception of the interpreted program on its way up."""

    def __init__(self, name: str, value: Value = None, message: str = "") -> None:
        super().__init__(f"{name}: {message}" if message else name)
        self.name, self.value, self.message = name, value, message
        self.place: Place | None = None
        self.meant = False  # the program says so, by `raise` or `assert`


class BudgetExceededError(Exception):
    """A budget ran out; the model is partial or failed, with this reason."""


def is_constant(value: Value) -> bool:
    """Whether a value is a Python scalar that is fully known."""
    return value is None or value is Ellipsis or isinstance(value, (bool, int, float, complex, str, bytes))


def distinct(values: Iterable[Value]) -> list[Value]:
    """The values without repetitions by identity, in order."""
    seen: set[int] = set()
    out = []
    for value in values:
        if id(value) not in seen:
            seen.add(id(value))
            out.append(value)
    return out
