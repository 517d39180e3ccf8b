"""Arithmetic on constants, symbols, containers, tensors and objects."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from orderlint.source import budget, operators, text_patterns
from orderlint.source.branches import lift
from orderlint.source.sizes import too_big
from orderlint.source.tensors import Tensor
from orderlint.source.training_rates import TrainingRate, complement_name, tie
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Choice,
    Class,
    Dims,
    External,
    Instance,
    Raised,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter

BINARY: dict[type[ast.operator], tuple[Callable[[Value, Value], Value], str]] = {
    ast.Add: (operator.add, "add"),
    ast.Sub: (operator.sub, "sub"),
    ast.Mult: (operator.mul, "mul"),
    ast.Div: (operator.truediv, "truediv"),
    ast.FloorDiv: (operator.floordiv, "floordiv"),
    ast.Mod: (operator.mod, "mod"),
    ast.Pow: (operator.pow, "pow"),
    ast.LShift: (operator.lshift, "lshift"),
    ast.RShift: (operator.rshift, "rshift"),
    ast.BitOr: (operator.or_, "or"),
    ast.BitAnd: (operator.and_, "and"),
    ast.BitXor: (operator.xor, "xor"),
    ast.MatMult: (operator.matmul, "matmul"),
}
SMALL = frozenset({"add", "sub", "mul", "floordiv", "truediv", "mod"})
"""Operators whose result on numbers below LARGE needs no further check."""

LARGE = 2**62
PLAIN = frozenset({int, float, bool, str, list, tuple, type(None)})
OF_MODE = frozenset({type(TRAINING), type(NOT_TRAINING), TrainingRate})
"""Types of values that are another in evaluation mode."""

UNARY: dict[type[ast.unaryop], tuple[Callable[[Value], Value], str]] = {
    ast.USub: (operator.neg, "neg"),
    ast.UAdd: (operator.pos, "pos"),
    ast.Invert: (operator.invert, "invert"),
}


def unary(it: Interpreter, op: ast.unaryop, value: Value) -> Value:
    function, name = UNARY[type(op)]
    value = it.resolve(value)
    if type(value) is Tensor:
        return operators.apply(it, f"torch.Tensor.__{name}__", [value], {})
    if type(value) is Symbol:
        return Unknown("the negative of a rate") if name == "neg" else value
    if type(value) is Choice:
        return lift(it, value, lambda v: unary(it, op, v))
    if type(value) is Unknown or isinstance(value, (Dims, Test)):
        return Unknown("unary operator on an unknown value", getattr(value, "data", True))
    if type(value) is Instance and value.cls.find(f"__{name}__") is not ABSENT:
        return it.call(it.getattr(value, f"__{name}__"), [])
    return guarded(function, value)


def guarded(function: Callable[..., Value], *args: Value) -> Value:
    """Run an operation of Python on known values; its error is the program's."""
    try:
        return function(*args)
    except (RecursionError, MemoryError):
        return Unknown("an operation nested too deeply")
    except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise Raised(type(error).__name__, None, str(error)[:200]) from error


def binary(it: Interpreter, op: ast.operator, left: Value, right: Value) -> Value:
    """`left op right`."""
    function, name = BINARY[type(op)]
    if (
        type(left) is int
        and type(right) is int
        and name in SMALL
        and -LARGE < left < LARGE
        and -LARGE < right < LARGE
    ):
        return guarded(function, left, right)
    if type(left) in PLAIN and type(right) in PLAIN:
        return plain(name, function, left, right)
    left, right = it.resolve(left), it.resolve(right)
    if type(left) in OF_MODE or type(right) in OF_MODE:
        return tie(binary(it, op, *(plain_number(v) for v in (left, right))))
    if type(left) is Tensor or type(right) is Tensor:
        return tensor(it, name, left, right)
    if type(left) is Choice:
        return lift(it, left, lambda v: binary(it, op, v, right))
    if type(right) is Choice:
        return lift(it, right, lambda v: binary(it, op, left, v))
    if type(left) is Instance or type(right) is Instance:
        return overloaded(it, name, left, right)
    if isinstance(left, (Sequence, Dims)) or isinstance(right, (Sequence, Dims)):
        return sequences(name, left, right)
    if type(left) is Unknown or type(right) is Unknown:
        return unknown(name, left, right)
    if type(left) is Symbol or type(right) is Symbol:
        return symbols(it, op, left, right)
    if isinstance(left, Test) or isinstance(right, Test):
        return Unknown("arithmetic on a truth value that is not fixed")
    if isinstance(left, (Class, External)) or isinstance(right, (Class, External)):
        return Unknown("a union of types")
    return plain(name, function, left, right)


def plain(name: str, function: Callable[[Value, Value], Value], left: Value, right: Value) -> Value:
    """An operator on what stands for itself."""
    if name == "mod" and isinstance(left, str) and type(right) is tuple and Unknown in map(type, right):
        return text_patterns.filled(left, text_patterns.PERCENT)
    if too_big(name, left, right):
        return Unknown("a value too big to compute")
    return guarded(function, left, right)


def plain_number(value: Value) -> Value:
    """What a number that depends on the mode is in training mode."""
    if value is TRAINING or value is NOT_TRAINING:
        return int(value is TRAINING)
    return float(value) if type(value) is TrainingRate else value


def tensor(it: Interpreter, name: str, left: Value, right: Value) -> Value:
    if type(left) is Choice:
        return lift(
            it,
            left,
            lambda v: (
                tensor(it, name, v, right) if Tensor in (type(v), type(right)) else Unknown("mixed operands")
            ),
        )
    if type(right) is Choice:
        return lift(
            it,
            right,
            lambda v: (
                tensor(it, name, left, v) if Tensor in (type(v), type(left)) else Unknown("mixed operands")
            ),
        )
    if type(left) is Tensor:
        return operators.apply(it, f"torch.Tensor.__{name}__", [left, right], {})
    return operators.apply(it, f"torch.Tensor.__r{name}__", [right, left], {})


def overloaded(it: Interpreter, name: str, left: Value, right: Value) -> Value:
    for owner, other, method in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
        if type(owner) is Instance and owner.cls.find(method) is not ABSENT:
            return it.call(it.getattr(owner, method), [other])
    return Unknown(f"operator {name} on an object")


def sequences(name: str, left: Value, right: Value) -> Value:
    """`+` and `*` with a sequence of unknown length."""
    if name == "add":
        prefix = (
            tuple(left)
            if isinstance(left, (tuple, list))
            else left.prefix
            if isinstance(left, Sequence)
            else ()
        )
        rest = [v for v in (left, right) if isinstance(v, Sequence)]
        if rest:
            return Sequence(rest[0].element, prefix)
        return Sequence(Unknown("a size", data=True), prefix)
    return Unknown("arithmetic on a sequence of unknown length", data=True)


def unknown(name: str, left: Value, right: Value) -> Value:
    if name == "mul" and isinstance(left, (tuple, list)) and left:
        return Sequence(left[0] if all(v == left[0] for v in left) else Unknown("an element"), ())
    if name == "mul" and isinstance(right, (tuple, list)) and right:
        return Sequence(right[0], ())
    if name == "mod" and isinstance(left, str):
        return text_patterns.filled(left, text_patterns.PERCENT)
    if name == "add" and (isinstance(left, str) or isinstance(right, str)):
        return text_patterns.joined((left, right))
    data = any(type(v) is Unknown and v.data for v in (left, right))
    text = next((v.text for v in (left, right) if type(v) is Unknown and v.text), None)
    return Unknown("arithmetic on an unknown value", data, text)


def symbols(it: Interpreter, op: ast.operator, left: Value, right: Value) -> Value:
    """Arithmetic on rates keeps what decides them; a product with 0 is 0."""
    function, name = BINARY[type(op)]
    a, b = it.default_of(left), it.default_of(right)
    if too_big(name, a, b):
        return Unknown("a value too big to compute")
    if name == "mul" and any(type(v) in (int, float) and v == 0 for v in (left, right)):
        return 0.0
    if isinstance(a, (str, list, tuple)) or isinstance(b, (str, list, tuple)):
        return guarded(function, a, b)
    try:
        default = function(a, b)
    except ZeroDivisionError:
        default = 0.0
    except TypeError as error:
        raise Raised("TypeError", None, str(error)) from error
    names = [v.text for v in (left, right) if type(v) is Symbol]
    tied = any(type(v) is Symbol and v.training for v in (left, right))
    if name == "sub" and left == 1 and type(right) is Symbol:
        return Symbol(complement_name(right.text), default, tied)
    return Symbol(" + ".join(dict.fromkeys(names)), default, tied)


def in_place(it: Interpreter, op: ast.operator, current: Value, operand: Value) -> Value:
    """`current op= operand`: tensors and containers change in place."""
    current, operand = it.resolve(current), it.resolve(operand)
    name = BINARY[type(op)][1]
    if type(current) is Tensor:
        if type(operand) is Choice:
            return binary(it, op, current, operand)
        return operators.apply(it, f"torch.Tensor.__i{name}__", [current, operand], {})
    if isinstance(current, list) and name == "add":
        items = it.iterate(operand)
        if items is None:
            return sequences(
                "add", current, operand if isinstance(operand, Sequence) else Sequence(Unknown("an element"))
            )
        added = list(items)
        if len(current) + len(added) > budget.SIZE:
            return Unknown("a list too big to build")
        it.touch(current)
        current.extend(added)
        return current
    if isinstance(current, dict) and name == "or" and isinstance(operand, dict):
        it.touch(current)
        current.update(operand)
        return current
    if type(current) is Instance and current.cls.find(f"__i{name}__") is not ABSENT:
        return it.call(it.getattr(current, f"__i{name}__"), [operand])
    return binary(it, op, current, operand)
