"""Which loops change nothing that matters: their bodies have no effects, and nobody reads their variables."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source import effect_statements, effects
from orderlint.source.effect_values import NotHarmlessError
from orderlint.source.values import Iteration, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.effects import Analysis
    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter

LEAVING = (ast.Return, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)


def harmless_loop(it: Interpreter, node: ast.For, iterable: Value, frame: Frame) -> bool:
    """Whether a loop of known length that a function is about to run may be passed over."""
    function = frame.function
    if type(node) is not ast.For or function is None or frame.scope.kind != "function":
        return False
    if not effects.undecided(it, node) or not is_closed(function.node, node):
        return False
    if type(iterable) is Iteration and not isinstance(node.iter, ast.Call):
        return False

    def analyse(a: Analysis) -> None:
        a.around = frame
        local = effects.assigned(node)
        held = frame.scope.variables
        before = {name: a.world.abstract(held[name]) for name in sorted(local) if name in held}
        at = effect_statements.Activation(frame, before, local=local, owner=function.owner)
        effect_statements.for_(a, node, at)
        if at.result:
            raise NotHarmlessError("the loop ends the function")

    return effects.decide(it, node, roots(node, frame), analyse)


def roots(node: ast.For, frame: Frame) -> list[Value]:
    """The values of the variables that a loop reads, of its function and of those around it."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    found: list[Value] = []
    scope = frame.scope
    while scope is not None and scope.kind == "function":
        found += [scope.variables[name] for name in sorted(names) if name in scope.variables]
        scope = scope.parent  # type: ignore[assignment]
    return found


def is_closed(function: ast.AST, loop: ast.For) -> bool:
    """Whether a loop neither leaves its function nor sets variables that the rest of the function reads
    (remembered on the loop)."""
    known = getattr(loop, "_orderlint_closed", None)
    if known is None:
        read = set(reads(function, loop, frozenset()))
        known = not any(isinstance(n, LEAVING) for n in ast.walk(loop)) and not read & effects.assigned(loop)
        loop._orderlint_closed = known  # type: ignore[attr-defined]
    return bool(known)


def reads(node: ast.AST, but: ast.AST, bound: frozenset[str]) -> Iterator[str]:
    """The variables that code reads outside of one loop, but for those that loops of its own set first."""
    if node is but:
        return
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in bound:
            yield node.id
        return
    if isinstance(node, ast.For):
        yield from reads(node.iter, but, bound)
        inner = bound | names_of(node.target)
        for part in node.body:
            yield from reads(part, but, inner)
        for part in node.orelse:
            yield from reads(part, but, bound)
        return
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        bound = bound.union(*(names_of(g.target) for g in node.generators))
    elif isinstance(node, ast.Lambda):
        bound = bound | {p.arg for p in ast.walk(node.args) if isinstance(p, ast.arg)}
    for child in ast.iter_child_nodes(node):
        yield from reads(child, but, bound)


def names_of(target: ast.AST) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(target) if isinstance(n, ast.Name))
