"""Comparisons, identity and membership."""

from __future__ import annotations

import ast
import operator
from functools import partial
from typing import TYPE_CHECKING

from orderlint.source import arithmetic, budget, operators, sizes, truth
from orderlint.source.branches import lift
from orderlint.source.open_parameters import (
    FLIPPED,
    SIGNS,
    OpenInteger,
    default_test,
    open_integer,
    open_member,
)
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    UNSETTLED,
    Choice,
    Dims,
    External,
    Instance,
    NativeMethod,
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

ORDER = {
    ast.Eq: (operator.eq, "eq"),
    ast.NotEq: (operator.ne, "ne"),
    ast.Lt: (operator.lt, "lt"),
    ast.LtE: (operator.le, "le"),
    ast.Gt: (operator.gt, "gt"),
    ast.GtE: (operator.ge, "ge"),
}
PLAIN = frozenset({int, float, str})
UNNAMED = frozenset({Unknown, Tensor})
"""Types of keys that may equal any other."""


def compare(it: Interpreter, op: ast.cmpop, left: Value, right: Value, node: ast.Compare) -> Value:
    """`left op right`: a bool, a test, or an unknown."""
    if type(left) in PLAIN and type(right) in PLAIN and type(op) in ORDER and type(left) is type(right):
        return ORDER[type(op)][0](left, right)
    left, right = it.resolve(left), it.resolve(right)
    if type(left) is Choice:
        return lift(it, left, partial(_compare_with, it, op, left, right, node, False))
    if type(right) is Choice:
        return lift(it, right, partial(_compare_with, it, op, left, right, node, True))
    kind = type(op)
    if kind is ast.Is or kind is ast.IsNot:
        same = identical(left, right, node)
        return invert(same) if kind is ast.IsNot else same
    if kind is ast.In or kind is ast.NotIn:
        inside = contains(it, left, right)
        return invert(inside) if kind is ast.NotIn else inside
    return ordered(it, op, left, right, node)


def _compare_with(
    it: Interpreter, op: ast.cmpop, left: Value, right: Value, node: ast.Compare, flip: bool, value: Value
) -> Value:
    return compare(it, op, left if flip else value, value if flip else right, node)


def invert(value: Value) -> Value:
    if isinstance(value, bool):
        return not value
    return (
        value.negate()
        if isinstance(value, Test)
        else value
        if not isinstance(value, Unknown)
        else negated(value)
    )


def negated(value: Unknown) -> Value:
    return literal_test(value.text, value.default).negate() if value.text else value


def identical(left: Value, right: Value, node: ast.Compare) -> Value:
    if left is right:
        return True
    for value, other in ((left, right), (right, left)):
        if type(value) is Unknown:
            known = f"{value.text} is {other}" if value.text and arithmetic_constant(other) else None
            default = None if value.value is ABSENT else value.value is other
            return Unknown("identity of an unknown value", value.data, known, default)
    if type(left) is Symbol or type(right) is Symbol:
        a = left.default if type(left) is Symbol else left
        b = right.default if type(right) is Symbol else right
        return a is b
    if isinstance(left, External) and isinstance(right, External):
        return left.name == right.name
    if isinstance(left, NativeMethod) or isinstance(right, NativeMethod):
        return False
    if left in (TRAINING, NOT_TRAINING) or right in (TRAINING, NOT_TRAINING):
        flag, other = (left, right) if left in (TRAINING, NOT_TRAINING) else (right, left)
        return other is (flag is TRAINING)
    if isinstance(left, (int, str, float)) and isinstance(right, type(left)):
        return bool(left == right)
    return False


def arithmetic_constant(value: Value) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def ordered(it: Interpreter, op: ast.cmpop, left: Value, right: Value, node: ast.Compare) -> Value:
    function, name = ORDER[type(op)]
    if type(left) is Tensor or type(right) is Tensor:
        if (left is None or right is None) and name in ("eq", "ne"):
            return name == "ne"
        owner, other = (left, right) if type(left) is Tensor else (right, left)
        return operators.apply(it, f"torch.Tensor.__{name}__", [owner, other], {})
    if type(left) is Symbol or type(right) is Symbol:
        return symbolic(it, name, function, left, right)
    if type(left) is Dims or type(right) is Dims or type(left) is Sequence or type(right) is Sequence:
        return Unknown("comparison of sizes", data=True)
    if type(left) is Unknown or type(right) is Unknown:
        return unknown(it, name, left, right)
    if isinstance(left, OpenInteger) or isinstance(right, OpenInteger):
        return open_integer(it, name, left, right, node)
    if isinstance(left, Test) or isinstance(right, Test):
        return Unknown("comparison of a truth value that is not fixed")
    if type(left) is Instance or type(right) is Instance:
        return objects(it, name, left, right)
    if left in (TRAINING, NOT_TRAINING) if type(left) in (type(TRAINING), type(NOT_TRAINING)) else False:
        return left if right is (name == "eq") else Unknown("comparison of the training flag")
    if (
        isinstance(left, (list, tuple))
        and not sizes.weighs_more([left, right], budget.SIZE)
        and isinstance(right, (list, tuple))
        and not (_plain(left) and _plain(right))
    ):
        return sequences(it, name, left, right, node)
    if name not in ("eq", "ne") and External in (type(left), type(right)):
        return Unknown("an order of values that are not followed")
    if sizes.weighs_more([left, right], budget.SIZE):
        return Unknown("a comparison of values too big to compare")
    return arithmetic.guarded(function, left, right)


def _plain(values: Value) -> bool:
    return all(arithmetic_constant(v) or (isinstance(v, (tuple, list)) and _plain(v)) for v in values)


def sequences(it: Interpreter, name: str, left: Value, right: Value, node: ast.Compare) -> Value:
    if name not in ("eq", "ne"):
        return Unknown("an order of sequences")
    if len(left) != len(right) or type(left) is not type(right):
        return name == "ne"
    parts = [ordered(it, ast.Eq(), a, b, node) for a, b in zip(left, right, strict=True)]
    if all(p is True for p in parts):
        return name == "eq"
    if any(p is False for p in parts):
        return name == "ne"
    return Unknown("comparison of sequences", data=True)


def symbolic(it: Interpreter, name: str, function: Value, left: Value, right: Value) -> Value:
    """A comparison with a rate; with 0 it is the test whether the rate is above 0."""
    a, b = it.default_of(left), it.default_of(right)
    if type(left) is Symbol and type(right) in (int, float) and right == 0:
        if name in ("gt", "ne"):
            return truth.settle_value(it, truth.positive(left))
        if name in ("eq", "le"):
            return truth.settle_value(it, truth.positive(left).negate())
        return name == "ge"
    if type(right) is Symbol and type(left) in (int, float) and left == 0:
        return symbolic(it, FLIPPED.get(name, name), function, right, left)
    if any(type(v) is Unknown for v in (a, b)):
        return Unknown("comparison with an unknown value")
    if not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        return bool(name == "ne") if name in ("eq", "ne") else arithmetic.guarded(function, a, b)
    text = f"{_text(left)} {SIGNS[name]} {_text(right)}"
    return truth.settle_value(it, literal_test(text, bool(function(a, b))))


def _text(value: Value) -> str:
    return value.text if type(value) is Symbol else repr(value)


def unknown(it: Interpreter, name: str, left: Value, right: Value) -> Value:
    data = any(type(v) is Unknown and v.data for v in (left, right))
    owner, other = (left, right) if type(left) is Unknown else (right, left)
    if type(owner) is not Unknown or not owner.text or not arithmetic_constant(other):
        return Unknown("comparison with an unknown value", data)
    name = name if owner is left else FLIPPED.get(name, name)
    default = default_test(name, owner.value, other)
    return Unknown("comparison with an unknown value", data, f"{owner.text} {SIGNS[name]} {other!r}", default)


def objects(it: Interpreter, name: str, left: Value, right: Value) -> Value:
    from orderlint.source.classes import host_base

    owner, other = (left, right) if type(left) is Instance else (right, left)
    if owner.cls.find(f"__{name}__") is not ABSENT:
        return it.call(it.getattr(owner, f"__{name}__"), [other])
    if name in ("eq", "ne"):
        if owner.cls.dataclass_fields is not None and type(other) is Instance and other.cls is owner.cls:
            same = all(
                owner.attrs.get(f) is other.attrs.get(f) or owner.attrs.get(f) == other.attrs.get(f)
                for f, _, _ in owner.cls.dataclass_fields
            )
            return same is (name == "eq")
        value = owner.attrs.get("value") if owner.cls.enum else None
        if value is not None and not isinstance(other, Instance) and host_base(owner.cls) is not None:
            return (value == other) is (name == "eq")
        return (left is right) is (name == "eq")
    return Unknown("an order of objects")


def contains(it: Interpreter, item: Value, container: Value) -> Value:
    """`item in container`."""
    item = it.default_of(item)
    if type(container) is Instance:
        if container.cls.find("__contains__") is not ABSENT:
            return it.call(it.getattr(container, "__contains__"), [item])
        items = it.iterate(container)
        container = list(items) if items is not None else Unknown("an object")
    if isinstance(container, (Unknown, Dims, Sequence, Tensor)) or container is None:
        return Unknown("membership of an unknown value", data=True)
    if isinstance(item, OpenInteger) or (type(item) is Unknown and item.value is not ABSENT):
        return open_member(it, item, container)
    if type(item) is Unknown:
        return Unknown("membership of an unknown value", data=True)
    if type(item) is Tensor:
        return any(v is item for v in container) if isinstance(container, (list, tuple)) else False
    if type(container) is range and not isinstance(item, int):
        return Unknown("membership in a range")
    if isinstance(container, OpenDict) and item not in container:
        return False
    if type(container) is dict and present(item, container):
        return True
    if isinstance(container, dict) and not UNNAMED.isdisjoint(map(type, container)):
        return (
            True
            if _hashable(item) and item in container
            else Unknown("membership in a dictionary of unknown keys")
        )
    if isinstance(container, dict) and _hashable(item) and type(container.get(item)) is Choice:
        from orderlint.source.iteration import presence

        test = presence(it.resolve(container[item]))
        return True if test is None else it.truth(test)
    if isinstance(container, (str, bytes, dict, set, frozenset, list, tuple, range)) or hasattr(
        container, "__contains__"
    ):
        try:
            return item in container
        except TypeError:
            return False
    items = it.iterate(container)
    return (
        Unknown("membership of an unknown value")
        if items is None
        else any(v is item or v == item for v in items)
    )


def present(item: Value, table: dict[Value, Value]) -> bool:
    """Whether a table has a key for certain, whatever its other keys are."""
    try:
        return type(table.get(item, ABSENT)) not in UNSETTLED
    except TypeError:
        return False


def _hashable(value: Value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
