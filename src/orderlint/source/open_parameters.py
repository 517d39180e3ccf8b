"""Parameters that a caller may pass: rates, and with `--all-configs` flags and choices too."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from orderlint.graph.model import Parameter, Place
from orderlint.source import budget, truth
from orderlint.source.values import ABSENT, Choice, Function, Symbol, Unknown, Value, literal_test

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

FLIPPED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class OpenInteger(int):
    """A whole number that a caller may pass (`--all-configs`): comparisons with literals leave it open, all
    else goes by its default.
    """

    text: str

    @classmethod
    def named(cls, text: str, default: int) -> OpenInteger:
        made = cls(default)
        made.text = text
        return made


def symbol(name: str, value: Value) -> Value:
    """A rate that may be passed: a number from 0 up to but not including 1 stays open."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1:
        return Symbol(name, value)
    return value


def opened(it: Interpreter, name: str, value: Value) -> Value:
    """A default that a caller may replace: a rate stays open, with `--all-configs` flags and choices too.
    Where a root refuses its own defaults, None stands for something that is given.
    """
    if value is None and it.none_given:
        return Unknown(f"the argument {name}", text=name)
    it.none_taken |= value is None
    return flag(name, value) if it.all_configs else symbol(name, value)


def flag(name: str, value: Value) -> Value:
    """A flag or a choice that may be passed, for `--all-configs`; else what `symbol` makes of it."""
    if isinstance(value, bool):
        return Unknown(f"the flag {name}", text=name, default=value, value=value)
    if isinstance(value, str):
        return Unknown(f"the choice {name}", text=name, default=bool(value), value=value)
    if value is None:
        given = literal_test(f"{name} is None", True)
        other = Unknown(f"the argument {name}, where it is given", text=name)
        return Choice(((given.when_true, None), (given.when_false, other)))
    if type(value) is int and value != 0:
        return OpenInteger.named(name, value)
    return symbol(name, value)


def note_parameter(it: Interpreter, function: Function, name: str, default: str = "") -> None:
    """Keep where a parameter stands that findings may depend on."""
    node = argument_node(function, name)
    if node is not None and function.module.path is not None:
        place = Place(
            function.module.path, node.lineno, node.col_offset + 1, node.lineno, node.end_col_offset
        )
        it.parameters.setdefault((name, place), Parameter(name, place, default))


def argument_node(function: Function, name: str) -> ast.arg | None:
    spec = function.node.args
    named = (a for a in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs] if a.arg == name)
    return next(named, None)


def default_test(name: str, value: Value, other: Value) -> bool | None:
    """What a comparison gives for a parameter's default; None where it has none."""
    if value is ABSENT:
        return None
    try:
        return bool(getattr(operator, name)(value, other))
    except TypeError:
        return False


def open_integer(it: Interpreter, name: str, left: Value, right: Value, node: ast.Compare) -> Value:
    """A comparison of a number that a caller may pass: open if the other side is a literal of the source."""
    owner, other = (left, right) if isinstance(left, OpenInteger) else (right, left)
    name = name if owner is left else FLIPPED.get(name, name)
    literals = [n for n in (node.left, *node.comparators) if isinstance(n, (ast.Constant, ast.UnaryOp))]
    default = default_test(name, int(owner), other)
    if not literals or isinstance(other, OpenInteger) or not isinstance(other, (int, float)):
        return default
    return truth.settle_value(it, literal_test(f"{owner.text} {SIGNS[name]} {other!r}", default))


def open_member(it: Interpreter, item: Value, container: Value) -> Value:
    """`item in container`, of a parameter that a caller may pass: open if the container holds constants."""
    from orderlint.source import comparison

    value = int(item) if isinstance(item, OpenInteger) else item.value
    if not isinstance(container, (list, tuple, set, frozenset, dict)) or len(container) > budget.CHOICES:
        return comparison.contains(it, value, container)
    options = tuple(container)
    if not options or not all(isinstance(v, (str, int, float)) or v is None for v in options):
        return comparison.contains(it, value, container)
    return truth.settle_value(it, literal_test(f"{item.text} in {options!r}", value in options))
