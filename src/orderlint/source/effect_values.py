"""Values of the effect analysis: what an expression may stand for, as far as it matters for effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ast

    from orderlint.source.values import Value


class NotHarmlessError(Exception):
    """The code may do what the graph, a fact or the status of a model depends on, or it cannot be told."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a text, nothing at all, or a tensor: whatever is done to it changes no structure.

    `elements`: it may be a tensor whose elements are known and computed with, which a write would change.
    """

    elements: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A constant of Python; `kind` tells `1`, `1.0` and `True` apart."""

    kind: type
    value: Value


@dataclass(frozen=True, slots=True)
class Held:
    """Anything that the code can get at through what it was given: modules, their settings, lists of them."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """One of several values of which some are code: it is passed on, but neither called nor looked into."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A container that the code made itself, of anything but functions: nobody else sees it change."""


@dataclass(frozen=True, slots=True)
class Many:
    """A container that is only read, of elements of one kind."""

    element: Abstract


@dataclass(frozen=True, slots=True)
class Row:
    """A tuple of known length."""

    items: tuple[Abstract, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """A function, class or module of the program, of Python or of torch: it is looked into or called."""

    value: Value

    def __eq__(self, other: object) -> bool:
        return type(other) is Code and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True, slots=True)
class Attached:
    """A function with its first argument."""

    function: Abstract
    first: Abstract


@dataclass(frozen=True, slots=True)
class Prepared:
    """`functools.partial`."""

    function: Abstract
    args: tuple[Abstract, ...]
    kwargs: tuple[tuple[str, Abstract], ...]


@dataclass(frozen=True, slots=True)
class Method:
    """A method by its name, of something held: of every class that has one."""

    name: str


@dataclass(frozen=True, slots=True)
class PlainMethod:
    """A method of a number, a text or a tensor."""

    receiver: Abstract
    name: str


@dataclass(frozen=True, slots=True)
class Parent:
    """`super()` in a method of a class of the program."""

    owner: Code


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A function that the analysed code defines, and the variables around it."""

    node: ast.FunctionDef | ast.Lambda
    frame: object


@dataclass(frozen=True, slots=True)
class Keywords:
    """The keyword arguments that a function takes by `**`."""

    items: tuple[tuple[str, Abstract], ...]


Abstract: TypeAlias = (
    "Plain | Known | Held | Mixed | Fresh | Many | Row | Code | Attached | Prepared | Method | PlainMethod"
    " | Parent | Nested | Keywords"
)
PLAIN, ELEMENTS, HELD, FRESH, MIXED = Plain(), Plain(True), Held(), Fresh(), Mixed()
CALLABLE = (Code, Attached, Prepared, Method, PlainMethod, Nested)
NONE = Known(type(None), None)


def known(value: Value) -> Known:
    return Known(type(value), value)


def constant_of(value: Abstract) -> Value:
    """The constant that a value is, in rows too; `...` where it is none."""
    if type(value) is Known:
        return value.value
    if type(value) is Row:
        items = tuple(constant_of(item) for item in value.items)
        return items if ... not in items else ...
    return ...


def join(left: Abstract, right: Abstract) -> Abstract:
    """One value or the other."""
    if left == right:
        return left
    if type(left) in (Known, Plain) and type(right) in (Known, Plain):
        return ELEMENTS if ELEMENTS in (left, right) else PLAIN
    if type(left) is Row and type(right) is Row and len(left.items) == len(right.items):
        return Row(tuple(map(join, left.items, right.items)))
    if type(left) is Many and type(right) is Many:
        return Many(join(left.element, right.element))
    if all(map(only_plain, (left, right))):
        return Many(join(element(left), element(right)))
    return MIXED if holds_code(left) or holds_code(right) else HELD


def only_plain(value: Abstract) -> bool:
    """Whether a value is plain, or holds nothing that is not."""
    if type(value) is Row:
        return all(map(only_plain, value.items))
    return type(value) in (Plain, Known) or (type(value) is Many and only_plain(value.element))


def element(value: Abstract) -> Abstract:
    """What iterating over a value gives."""
    if type(value) in (Plain, Known):
        return ELEMENTS if value == ELEMENTS else PLAIN
    if type(value) is Many:
        return value.element
    if type(value) is Row:
        out: Abstract = value.items[0] if value.items else PLAIN
        for item in value.items[1:]:
            out = join(out, item)
        return out
    if type(value) in (Held, Fresh):
        return HELD
    raise NotHarmlessError("iterates over code")


def holds_code(value: Abstract) -> bool:
    """Whether a value is a function, or a row of some."""
    if type(value) is Row:
        return any(map(holds_code, value.items))
    if type(value) is Many:
        return holds_code(value.element)
    return type(value) in CALLABLE or type(value) in (Mixed, Keywords, Parent)
