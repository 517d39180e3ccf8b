"""The effect analysis of statements: what variables may hold behind them, and what they change."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.source import effect_expressions
from orderlint.source.effect_values import (
    ELEMENTS,
    FRESH,
    HELD,
    PLAIN,
    Abstract,
    Known,
    Nested,
    NotHarmlessError,
    Plain,
    Row,
    holds_code,
    join,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.effects import Analysis
    from orderlint.source.frames import Frame
    from orderlint.source.values import Value

Variables = dict[str, Abstract]

TURNS = 4
"""Rounds over a loop's body until what its variables may hold has settled; then it is anything."""

GROWING = (ast.Add, ast.Mult, ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor)
"""Operators that, written in place, change a list or a set."""


@dataclass(slots=True, eq=False)
class Activation:
    """A function that is analysed: `where` it was defined, its variables now, and what it may return.

    `outer`: the activation that it was defined in, where the analysed code itself defines it.
    """

    where: Frame
    variables: Variables
    outer: Activation | None = None
    result: list[Abstract] = field(default_factory=list)
    left: list[Variables] = field(default_factory=list)  # how `break` and `continue` left the innermost loop
    local: frozenset[str] = frozenset()
    owner: Value = None  # the class of the method that it is

    def lookup(self, name: str) -> Abstract | None:
        """A variable of this function or of one around it that is analysed too."""
        at: Activation | None = self
        while at is not None:
            if name in at.variables:
                return at.variables[name]
            if name in at.local:
                raise NotHarmlessError(f"{name} may not be set")
            at = at.outer
        return None


def block(a: Analysis, body: list[ast.stmt], at: Activation) -> bool:
    """Analyse statements in order; returns whether their end may be reached."""
    for statement in body:
        a.visit()
        handler = TABLE.get(type(statement))
        if handler is None:
            raise NotHarmlessError(type(statement).__name__)
        if not handler(a, statement, at):
            return False
    return True


def expression(a: Analysis, node: ast.Expr, at: Activation) -> bool:
    a.value(node.value, at)
    return True


def assign(a: Analysis, node: ast.Assign, at: Activation) -> bool:
    value = a.value(node.value, at)
    for target in node.targets:
        bind(a, target, value, at)
    return True


def annotated(a: Analysis, node: ast.AnnAssign, at: Activation) -> bool:
    if node.value is not None:
        bind(a, node.target, a.value(node.value, at), at)
    return True


def augmented(a: Analysis, node: ast.AugAssign, at: Activation) -> bool:
    operand = a.value(node.value, at)
    if not isinstance(node.target, ast.Name):
        bind(a, node.target, operand, at)
        return True
    current = a.value(ast.Name(node.target.id, ast.Load()), at)
    if current == HELD and (isinstance(node.op, GROWING) or a.world.elements):
        raise NotHarmlessError("what a variable holds is changed in place")
    if current == ELEMENTS:
        raise NotHarmlessError("the elements of a tensor are changed")
    at.variables[node.target.id] = effect_expressions.combined(a, node.op, current, operand)
    return True


def bind(a: Analysis, target: ast.expr, value: Abstract, at: Activation) -> None:
    """Assign a value to a target; only variables, tensors and new containers may be written to."""
    match target:
        case ast.Name(name):
            at.variables[name] = value
        case ast.Tuple(targets) | ast.List(targets):
            unpack(a, targets, value, at)
        case ast.Starred(inner):
            bind(a, inner, value, at)
        case ast.Attribute(owner, _):
            if a.value(owner, at) != PLAIN:
                raise NotHarmlessError("an attribute is set")
        case ast.Subscript(owner, key):
            a.value(key, at)
            if a.value(owner, at) not in (PLAIN, FRESH) or (holds_code(value) and not a.pure):
                raise NotHarmlessError("an element is set")
        case _:
            raise NotHarmlessError("an odd target")


def unpack(a: Analysis, targets: list[ast.expr], value: Abstract, at: Activation) -> None:
    if type(value) is Row and len(value.items) == len(targets):
        for target, item in zip(targets, value.items, strict=True):
            bind(a, target, item, at)
        return
    item = effect_expressions.iterated(a, value)
    for target in targets:
        bind(a, target, FRESH if isinstance(target, ast.Starred) else item, at)


def if_(a: Analysis, node: ast.If, at: Activation) -> bool:
    truth = a.truth(node.test, at)
    if truth is not None:
        return block(a, node.body if truth else node.orelse, at)
    before = dict(at.variables)
    then = block(a, node.body, at)
    after, at.variables = at.variables, before
    other = block(a, node.orelse, at)
    if then:
        at.variables = merged(after, at.variables) if other else after
    return then or other


def merged(left: Variables, right: Variables) -> Variables:
    """Variables as one or the other of two ways left them; one that only one of them set may be missing."""
    return {name: join(left[name], right[name]) for name in left if name in right}


def for_(a: Analysis, node: ast.For, at: Activation) -> bool:
    item = effect_expressions.iterated(a, a.value(node.iter, at))
    return turns(a, node, at, lambda: bind(a, node.target, item, at))


def while_(a: Analysis, node: ast.While, at: Activation) -> bool:
    return turns(a, node, at, lambda: a.truth(node.test, at))


def turns(a: Analysis, node: ast.For | ast.While, at: Activation, start: Callable[[], object]) -> bool:
    """Analyse a loop until its variables have settled."""
    outer, at.left = at.left, []
    seen: Variables = {}
    for turn in range(TURNS + 1):
        before = dict(at.variables)
        start()
        if block(a, node.body, at):
            at.left.append(at.variables)
        at.variables = before
        for left in at.left:
            at.variables = {**left, **before_or(at.variables, left)}
        at.left = []
        if turn and at.variables == seen:
            break
        seen = dict(at.variables)
    else:
        raise NotHarmlessError("a loop whose variables do not settle")
    at.left = outer
    return block(a, node.orelse, at)


def before_or(before: Variables, left: Variables) -> Variables:
    """Variables from before a turn, joined with what the turn left in them."""
    return {name: join(value, left[name]) if name in left else value for name, value in before.items()}


def leave_turn(a: Analysis, node: ast.stmt, at: Activation) -> bool:
    at.left.append(dict(at.variables))
    return False


def return_(a: Analysis, node: ast.Return, at: Activation) -> bool:
    at.result.append(a.value(node.value, at) if node.value is not None else known(None))
    return False


def raise_(a: Analysis, node: ast.Raise, at: Activation) -> bool:
    if not a.pure:
        raise NotHarmlessError("it may raise")
    return False


def assert_(a: Analysis, node: ast.Assert, at: Activation) -> bool:
    if a.truth(node.test, at) is not True and not a.pure:
        raise NotHarmlessError("an assertion may fail")
    return True


def try_(a: Analysis, node: ast.Try, at: Activation) -> bool:
    """Every handler may run, from any point of the body."""
    before = dict(at.variables)
    written = {n.id for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    ended = block(a, node.body, at) and block(a, node.orelse, at)
    ends = [at.variables] if ended else []
    for handler in node.handlers:
        if handler.type is not None:
            a.value(handler.type, at)
        at.variables = {n: HELD if n in written and not holds_code(v) else v for n, v in before.items()}
        if handler.name:
            at.variables[handler.name] = PLAIN
        if block(a, handler.body, at):
            ends.append(at.variables)
    at.variables = ends[0] if ends else before
    for end in ends[1:]:
        at.variables = merged(at.variables, end)
    return block(a, node.finalbody, at) and bool(ends)


def with_(a: Analysis, node: ast.With, at: Activation) -> bool:
    for item in node.items:
        manager = a.value(item.context_expr, at)
        if type(manager) not in (Plain, Known):
            raise NotHarmlessError("a context manager")
        if item.optional_vars is not None:
            bind(a, item.optional_vars, manager, at)
    return block(a, node.body, at)


def function_definition(a: Analysis, node: ast.FunctionDef, at: Activation) -> bool:
    if node.decorator_list:
        raise NotHarmlessError("a decorated function")
    at.variables[node.name] = Nested(node, at)
    return True


def pass_(a: Analysis, node: ast.stmt, at: Activation) -> bool:
    return True


TABLE: dict[type[ast.stmt], Callable[[Analysis, Value, Activation], bool]] = {
    ast.Expr: expression,
    ast.Assign: assign,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.If: if_,
    ast.For: for_,
    ast.While: while_,
    ast.Return: return_,
    ast.Raise: raise_,
    ast.Assert: assert_,
    ast.Try: try_,
    ast.With: with_,
    ast.FunctionDef: function_definition,
    ast.Pass: pass_,
    ast.Break: leave_turn,
    ast.Continue: leave_turn,
}
