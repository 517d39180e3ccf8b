"""Applying decorators, within a budget of their own: those that compose documentation do much for nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source import budget
from orderlint.source.values import BudgetExceededError, Function, Raised, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


def apply(it: Interpreter, decorator: Value, value: Value) -> Value:
    """What a decorator makes of a function or class; the value itself if that takes too long to find out.

    Such a decorator is told as not followed only where it may have wrapped the value.
    """
    limit = it.step_limit
    it.step_limit = min(limit, it.steps + budget.DECORATOR_STEPS)
    cut = it.step_limit < limit
    before = it.step_limit
    try:
        return it.call(decorator, [value])
    except Raised as raised:  # the program itself got past it
        return Unknown(f"a decorator raises {raised}")
    except BudgetExceededError:
        if not cut:
            raise
        if wraps(decorator):
            it.unresolve(f"a decorator of more than {budget.DECORATOR_STEPS:,} steps")
        return value
    finally:
        it.step_limit = min(budget.STEPS, limit + it.step_limit - before)  # modules it imported are on top


def wraps(decorator: Value) -> bool:
    """Whether a decorator makes a function or class of its own, and so may give back another than it got."""
    if type(decorator) is not Function:
        return True
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    return any(isinstance(node, inner) for node in ast.walk(decorator.node) if node is not decorator.node)
