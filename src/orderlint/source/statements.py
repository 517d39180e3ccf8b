"""Statements: a dispatch table from syntax to effect, and the signals that leave a block early."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from orderlint.source import (
    arithmetic,
    branches,
    budget,
    classes,
    contexts,
    exceptions,
    expressions,
    functions,
    importing,
    iteration,
    late_modules,
    logic,
    loops,
    matching,
    training_rates,
)
from orderlint.source.frames import source_text
from orderlint.source.signals import BREAK, CONTINUE, Return, Signal
from orderlint.source.tensors import Tensor
from orderlint.source.values import ABSENT, Instance, Raised, Sequence, Test, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


def run_block(it: Interpreter, body: list[ast.stmt], frame: Frame) -> Signal:
    """Run statements in order until one leaves the block."""
    for index, statement in enumerate(body):
        it.steps += 1
        if it.steps > it.allowed_steps:
            it.eval(ast.Constant(None), frame)
        kind = type(statement)
        if kind is ast.If and index + 1 < len(body) and ends_constructor(statement, frame):
            return if_(it, statement, frame, body[index + 1 :])
        handler = TABLE.get(kind)
        signal = handler(it, statement, frame) if handler else None
        if signal is not None:
            return signal
    return None


def ends_constructor(statement: ast.stmt, frame: Frame) -> TypeGuard[ast.If]:
    """Whether `if …: return` stands in an `__init__`: what comes behind it exists on one branch only."""
    return (
        isinstance(statement, ast.If)
        and frame.function is not None
        and frame.function.name == "__init__"
        and not statement.orelse
        and isinstance(statement.body[-1], ast.Return)
    )


def expression(it: Interpreter, node: ast.Expr, frame: Frame) -> Signal:
    if not isinstance(node.value, ast.Constant):
        if type(node.value) is ast.Call and not it.modules:
            it.steps += 1
            value = expressions.call(it, node.value, frame, dropped=True)
        else:
            value = it.eval(node.value, frame)
        if type(value) is Tensor:
            functions.note_unused_result(it, node.value, value, frame)
    return None


def assign(it: Interpreter, node: ast.Assign, frame: Frame) -> Signal:
    value = it.eval(node.value, frame)
    for target in node.targets:
        bind(it, target, value, frame)
    return None


def annotated(it: Interpreter, node: ast.AnnAssign, frame: Frame) -> Signal:
    if node.value is not None:
        bind(it, node.target, it.eval(node.value, frame), frame)
    if frame.scope.kind == "class" and isinstance(node.target, ast.Name):
        notes = frame.scope.variables.setdefault("__annotations__", {})
        notes[node.target.id] = node.annotation
    return None


def augmented(it: Interpreter, node: ast.AugAssign, frame: Frame) -> Signal:
    load = ast.copy_location(_as_load(node.target), node.target)
    current = it.eval(load, frame)
    operand = it.eval(node.value, frame)
    frame.node = node
    bind(it, node.target, arithmetic.in_place(it, node.op, current, operand), frame)
    return None


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, ast.Load())
    assert isinstance(target, ast.Subscript)
    return ast.Subscript(target.value, target.slice, ast.Load())


def bind(it: Interpreter, target: ast.expr, value: Value, frame: Frame) -> None:
    """Assign a value to a target: a name, an attribute, an element or a pattern of them."""
    if type(target) is ast.Name:
        assign_name(it, target.id, value, frame)
    elif isinstance(target, ast.Attribute):
        it.setattr(it.resolve(it.eval(target.value, frame)), target.attr, value)
    elif isinstance(target, ast.Subscript):
        container, key = it.eval(target.value, frame), it.eval(target.slice, frame)
        frame.node = target
        it.setitem(it.resolve(container), key, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        unpack(it, target.elts, value, frame)
    elif isinstance(target, ast.Starred):
        bind(it, target.value, value, frame)


def assign_name(it: Interpreter, name: str, value: Value, frame: Frame) -> None:
    scope = frame.scope
    if name in scope.globals_:
        it.touch(frame.module.scope)
        it.rebound += 1
        frame.module.scope.variables[name] = value
    elif name in scope.nonlocals:
        outer = scope.parent
        while outer is not None and name not in outer.variables:
            outer = outer.parent
        if outer is not None:
            it.touch(outer)
            outer.variables[name] = value
    else:
        if scope.kind == "module":
            it.rebound += 1
        scope.variables[name] = value


def unpack(it: Interpreter, targets: list[ast.expr], value: Value, frame: Frame) -> None:
    """Assign the elements of a value to several targets."""
    kinds = [type(target) for target in targets]
    star = kinds.index(ast.Starred) if ast.Starred in kinds else None
    items = iteration.unpack(it, value, len(targets), star)
    for target, item in zip(targets, items, strict=True):
        bind(it, target, item, frame)


def delete(it: Interpreter, node: ast.Delete, frame: Frame) -> Signal:
    for target in node.targets:
        if isinstance(target, ast.Name):
            it.rebound += frame.scope.kind == "module"
            frame.scope.variables.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            owner = it.resolve(it.eval(target.value, frame))
            it.call(_native_delete(target.attr), [owner])
        elif isinstance(target, ast.Subscript):
            container = it.resolve(it.eval(target.value, frame))
            key = it.eval(target.slice, frame)
            delete_item(it, container, key)
    return None


def _native_delete(name: str) -> Value:
    from orderlint.source import attribute_assignment
    from orderlint.source.values import Native

    return Native("delattr", lambda it, args, _: attribute_assignment.delete(it, args[0], name))


def delete_item(it: Interpreter, container: Value, key: Value) -> None:
    if isinstance(container, (dict, list)):
        it.touch(container)
        try:
            del container[it.default_of(key)]
        except (KeyError, IndexError, TypeError) as error:
            if isinstance(container, dict) and any(type(k) is Unknown for k in container):
                return
            raise Raised(type(error).__name__, None, str(error)) from error
    elif type(container) is Instance and container.cls.find("__delitem__") is not ABSENT:
        it.call(it.getattr(container, "__delitem__"), [key])


def if_(it: Interpreter, node: ast.If, frame: Frame, rest: list[ast.stmt] | None = None) -> Signal:
    """`if`; `rest` are the statements behind one without `else`, which run where it does not hold."""
    orelse = node.orelse if rest is None else rest
    if frame.scope is frame.module.scope and importing.replaces_itself(node):
        it.importer.lazy.add(frame.module.name)
        return run_block(it, node.body, frame)
    saw, it.saw_training = it.saw_training, False
    value = it.eval(node.test, frame)
    frame.node = node.test
    truth = value if type(value) is bool else it.truth(value, source_text(node.test))
    train, it.saw_training = it.saw_training, saw
    if isinstance(truth, Test):
        return uncertain(it, node, truth, frame, orelse, train=train)
    body, skipped = (node.body, orelse) if truth else (orelse, node.body)
    if not train:
        return run_block(it, body, frame)
    late_modules.note_mode(it, skipped, frame)
    guard, frame.train_guard = frame.train_guard, True
    signal = run_block(it, body, frame)
    frame.train_guard = guard or _leaves(skipped)
    training_rates.tie_assigned(frame, body, skipped)
    return signal


def uncertain(
    it: Interpreter, node: ast.If, truth: Test, frame: Frame, orelse: list[ast.stmt], *, train: bool
) -> Signal:
    """An `if` whose condition is unknown; a side on which it implies train mode is followed as guarded."""
    then = train and logic.implies_training(it, node.test, True, frame)
    other = train and logic.implies_training(it, node.test, False, frame)
    guard = frame.train_guard

    def side(body: list[ast.stmt], guarded: bool) -> Callable[[], Signal]:
        def follow() -> Signal:
            frame.train_guard = guard or guarded
            return run_block(it, body, frame)

        return follow

    try:
        return branch(it, truth, side(node.body, then), side(orelse, other), frame)
    finally:
        frame.train_guard = guard or (other and _leaves(node.body)) or (then and _leaves(orelse))


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


def branch(
    it: Interpreter, test: Test, then: Callable[[], Signal], other: Callable[[], Signal], frame: Frame
) -> Signal:
    """Follow both sides of a branch whose condition is unknown."""
    if len(it.trails) >= budget.FORK_DEPTH:
        it.unresolve(f"more than {budget.FORK_DEPTH} nested branches with unknown conditions")
        return other()
    forked = branches.fork(it, test, then, other, frame.scope)
    left, right = forked.then, forked.other
    if isinstance(left, Raised):
        if isinstance(right, Raised):
            raise left
        return settle(right)
    if isinstance(right, Raised):
        return settle(left)
    if isinstance(left, Return) and isinstance(right, Return):
        return Return(branches.join(test.when_true, left.value, test.when_false, right.value))
    if left is None and right is None:
        return None
    frame.told = len(it.unresolved)
    if left is not None and right is not None:
        park(frame, test, True, left, forked.then_variables)
        return settle(right)
    if left is not None:
        park(frame, test, True, left, forked.then_variables)
        it.path = it.path & test.when_false
    else:
        park(frame, test, False, right, forked.other_variables)
        it.path = it.path & test.when_true
    return None


def settle(signal: Signal) -> Signal:
    return signal


def park(frame: Frame, test: Test, side: bool, signal: Signal, variables: dict[str, Value]) -> None:
    """Keep what a side that left the block had, to be joined where the function or the loop ends."""
    condition = test.when_true if side else test.when_false
    if isinstance(signal, Return):
        frame.returns.append((condition, signal.value))
    elif frame.loops and signal is BREAK:
        frame.loops[-1].breaks.append((condition, variables))
    elif frame.loops and signal is CONTINUE:
        frame.loops[-1].continues.append((condition, variables))


def return_(it: Interpreter, node: ast.Return, frame: Frame) -> Signal:
    return Return(it.eval(node.value, frame) if node.value else None)


def assert_(it: Interpreter, node: ast.Assert, frame: Frame) -> Signal:
    value = it.eval(node.test, frame)
    if value is False and not takes_list(it, node.test, frame) and not counts_turns(it, node.test):
        raised = Raised("AssertionError", None, ast.unparse(node.test)[:80])
        raised.meant = True
        raise raised
    return None


def counts_turns(it: Interpreter, test: ast.expr) -> bool:
    """Whether an assertion speaks of lengths, and loops of unknown length have built something."""
    from orderlint.source.loops import built_in_turns

    lengths = (n for n in ast.walk(test) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    return any(n.func.id == "len" for n in lengths) and built_in_turns(it)  # type: ignore[attr-defined]


def takes_list(it: Interpreter, test: ast.expr, frame: Frame) -> bool:
    """Whether a forward says by `assert isinstance(x, list)` that an input is a list: from then on it is one,
    of tensors.
    """
    match test:
        case ast.Call(ast.Name("isinstance"), [ast.Name(name), kind], []):
            value, wanted = frame.scope.variables.get(name), it.resolve(it.eval(kind, frame))
        case _:
            return False
    if (
        type(value) is not Tensor
        or not value.producers
        or not {list, tuple} & set(wanted if isinstance(wanted, tuple) else (wanted,))
    ):
        return False
    if any(it.graph.nodes[producer].kind != "input" for producer in value.producers):
        return False
    frame.scope.variables[name] = Sequence(value)
    return True


def function_definition(
    it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame
) -> Signal:
    assign_name(it, node.name, functions.define(it, node, frame), frame)
    return None


def class_definition(it: Interpreter, node: ast.ClassDef, frame: Frame) -> Signal:
    assign_name(it, node.name, classes.define(it, node, frame), frame)
    return None


def global_(it: Interpreter, node: ast.Global, frame: Frame) -> Signal:
    frame.scope.globals_ |= frozenset(node.names)
    return None


def nonlocal_(it: Interpreter, node: ast.Nonlocal, frame: Frame) -> Signal:
    frame.scope.nonlocals |= frozenset(node.names)
    return None


TABLE: dict[type[ast.stmt], Callable[[Interpreter, Value, Frame], Signal]] = {
    ast.Expr: expression,
    ast.Assign: assign,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.Delete: delete,
    ast.If: if_,
    ast.For: loops.for_,
    ast.AsyncFor: loops.for_,
    ast.While: loops.while_,
    ast.Return: return_,
    ast.Raise: exceptions.raise_,
    ast.Try: exceptions.try_,
    ast.With: contexts.with_,
    ast.AsyncWith: contexts.with_,
    ast.Assert: assert_,
    ast.FunctionDef: function_definition,
    ast.AsyncFunctionDef: function_definition,
    ast.ClassDef: class_definition,
    ast.Import: importing.import_statement,
    ast.ImportFrom: importing.from_statement,
    ast.Global: global_,
    ast.Nonlocal: nonlocal_,
    ast.Break: lambda *_: BREAK,
    ast.Continue: lambda *_: CONTINUE,
    ast.Match: matching.match_statement,
}
if hasattr(ast, "TryStar"):
    TABLE[ast.TryStar] = exceptions.try_
