"""What the syntax alone says of a function: its parameters, and whether it is a generator."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """The names of a function's parameters; `named`: those that a keyword argument may go by."""

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    rest: str | None
    keywords: str | None
    named: frozenset[str]


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Parameters:
    """The parameters of a definition (remembered on it)."""
    known: Parameters | None = getattr(node, "_orderlint_parameters", None)
    if known is None:
        spec = node.args
        positional = tuple(a.arg for a in [*spec.posonlyargs, *spec.args])
        keyword_only = tuple(a.arg for a in spec.kwonlyargs)
        known = Parameters(
            positional,
            keyword_only,
            spec.vararg.arg if spec.vararg is not None else None,
            spec.kwarg.arg if spec.kwarg is not None else None,
            frozenset(positional + keyword_only),
        )
        node._orderlint_parameters = known  # type: ignore[union-attr]
    return known


def is_generator(node: ast.AST) -> bool:
    """Whether a function contains a `yield` of its own (remembered on the node)."""
    known = getattr(node, "_orderlint_generator", None)
    if known is None:
        known = _yields(node)
        node._orderlint_generator = known  # type: ignore[attr-defined]
    return bool(known)


def _yields(node: ast.AST) -> bool:
    todo = list(ast.iter_child_nodes(node))
    while todo:
        child = todo.pop()
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(child))
    return False
