"""Rates: those of training mode only, `p if self.training else 0.0`, and the names of complements."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from orderlint.source.values import Choice, Symbol, Value

if TYPE_CHECKING:
    from orderlint.source.frames import Frame


class TrainingRate(float):
    """A known number that evaluation mode has another one for."""


def tie(value: Value) -> Value:
    """A number as one that depends on the mode; other values as they are."""
    if type(value) in (int, float):
        return TrainingRate(value)
    if type(value) is Symbol:
        return replace(value, training=True)
    if type(value) is Choice:
        return Choice(tuple((condition, tie(option)) for condition, option in value.options))
    return value


def is_tied(value: Value) -> bool:
    """Whether a rate depends on the mode; of several, each that is above 0."""
    if type(value) is Choice:
        return all(is_tied(option) or option in (0, None) for _, option in value.options)
    return type(value) is TrainingRate or (type(value) is Symbol and value.training)


def tie_assigned(frame: Frame, *bodies: list[ast.stmt]) -> None:
    """Tie the local numbers that either side of a branch on the mode assigns."""
    variables = frame.scope.variables
    for name in {name for body in bodies for statement in body for name in _assigned(statement)}:
        if name in variables:
            variables[name] = tie(variables[name])


def _assigned(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, (ast.AugAssign, ast.AnnAssign)) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def complement_name(text: str) -> str:
    """The name of one minus a rate: `drop_prob` is the complement of `1 - drop_prob`, and the other way."""
    return text.removeprefix("1 - ") if text.startswith("1 - ") else f"1 - {text}"
