"""What the syntax alone says of a function: its parameters, and whether it is a generator."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """The names of a function's parameters; `named`: those that a keyword argument may go by. `generator`: it
    holds a `yield` of its own.
    """

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    rest: str | None
    keywords: str | None
    named: frozenset[str]
    generator: bool


def definition_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Definition:
    """What a definition says (remembered on it)."""
    known: Definition | None = getattr(node, "_orderlint_definition", None)
    if known is None:
        spec = node.args
        positional = tuple(a.arg for a in [*spec.posonlyargs, *spec.args])
        keyword_only = tuple(a.arg for a in spec.kwonlyargs)
        known = Definition(
            positional,
            keyword_only,
            spec.vararg.arg if spec.vararg is not None else None,
            spec.kwarg.arg if spec.kwarg is not None else None,
            frozenset(positional + keyword_only),
            _yields(node),
        )
        node._orderlint_definition = known  # type: ignore[union-attr]
    return known


def _yields(node: ast.AST) -> bool:
    todo = list(ast.iter_child_nodes(node))
    while todo:
        child = todo.pop()
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(child))
    return False
