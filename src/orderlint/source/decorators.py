"""Applying decorators, within a budget of their own: those that compose documentation do much for nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source import budget
from orderlint.source.values import BudgetExceededError, Function, Raised, Scope, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


MAX_DEPTH = 4
"""Functions that a decorator hands its argument on to, one after another."""

DEFINITIONS = (ast.FunctionDef,)


def apply(it: Interpreter, decorator: Value, value: Value) -> Value:
    """What a decorator makes of a function or class; the value itself if that takes too long to find out.

    Such a decorator is told as not followed only where it may have wrapped the value.
    """
    if costly(decorator) in it.importer.costly:
        return value
    limit = it.step_limit
    it.step_limit = min(limit, it.steps + budget.DECORATOR_STEPS)
    cut = it.step_limit < limit
    before = it.step_limit
    it.decorating += 1
    reasons = len(it.unresolved)
    try:
        result = it.call(decorator, [value])
        if result is value:  # nothing that it could not tell has gone into the model
            forget_after(it, reasons)
        return result
    except Raised as raised:  # the program itself got past it
        return Unknown(f"a decorator raises {raised}")
    except BudgetExceededError:
        if not cut:
            raise
        if wraps(decorator):
            it.unresolve(f"a decorator of more than {budget.DECORATOR_STEPS:,} steps")
        else:
            forget_after(it, reasons)
            it.importer.costly.add(costly(decorator))
        return value
    finally:
        it.decorating -= 1
        # The modules that it imported are on top.
        it.step_limit = min(it.allowed_steps, limit + it.step_limit - before)


def forget_after(it: Interpreter, count: int) -> None:
    """Keep only the first reasons why the model could not be followed."""
    for key in list(it.unresolved)[count:]:
        del it.unresolved[key]


def costly(decorator: Value) -> ast.AST | None:
    """What tells that a decorator is one that took too long before: its definition."""
    return decorator.node if type(decorator) is Function else None


def wraps(decorator: Value) -> bool:
    """Whether a decorator may give back another function or class than it got."""
    return type(decorator) is not Function or not gives_back(decorator, 0)


def gives_back(function: Function, depth: int) -> bool:
    """Whether every `return` gives the first argument, or what a function that gives back makes of it.

    Behind `if argument: return …` an inner function may be returned too: the form with parentheses.
    """
    node = function.node
    arguments = [*node.args.posonlyargs, *node.args.args]
    if isinstance(node, ast.Lambda) or not arguments or depth > MAX_DEPTH:
        return False
    returned = returns(node.body)
    inner = {s.name: s for s in node.body if isinstance(s, DEFINITIONS)}
    tested = any(isinstance(s, ast.If) and s.body and isinstance(s.body[-1], ast.Return) for s in node.body)
    return bool(returned) and all(
        (tested and isinstance(value, ast.Name) and value.id in inner)
        or is_argument(function, value, arguments[0].arg, inner, depth)
        for value in returned
    )


def is_argument(
    function: Function, value: ast.expr | None, name: str, inner: dict[str, ast.FunctionDef], depth: int
) -> bool:
    """Whether an expression is the argument of this name, or a call that gives it back."""
    if isinstance(value, ast.Name):
        return value.id == name
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.args):
        return False
    called: Value = inner.get(value.func.id) or variable(function.scope, value.func.id)
    if isinstance(called, ast.FunctionDef):
        called = Function(called, function.module, function.scope, [], {}, called.name, called.name)
    first = value.args[0]
    return (
        isinstance(first, ast.Name)
        and first.id == name
        and type(called) is Function
        and gives_back(called, depth + 1)
    )


def variable(scope: Scope | None, name: str) -> Value:
    """What a name is bound to from a scope outwards, as it stands."""
    while scope is not None:
        if name in scope.variables:
            return scope.variables[name]
        scope = scope.parent
    return None


def returns(body: list[ast.stmt]) -> list[ast.expr | None]:
    """The values of the `return` statements of a function, those of inner functions aside."""
    found: list[ast.expr | None] = []
    todo: list[ast.AST] = [*body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return):
            found.append(node.value)
        elif not isinstance(node, (*DEFINITIONS, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            todo.extend(ast.iter_child_nodes(node))
    return found
