"""Context managers: what entering one gives, and which exceptions leaving one suppresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.source.exceptions import catches
from orderlint.source.values import ABSENT, Instance, Iteration, Native, Raised, Value

if TYPE_CHECKING:
    import ast

    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter
    from orderlint.source.signals import Signal


@dataclass(slots=True, eq=False)
class Suppressor:
    """`contextlib.suppress(*exceptions)`."""

    exceptions: tuple[Value, ...]


def with_(it: Interpreter, node: ast.With, frame: Frame) -> Signal:
    from orderlint.source import statements

    managers: list[Value] = []
    for item in node.items:
        manager = it.eval(item.context_expr, frame)
        frame.node = item.context_expr
        entered = enter(it, manager)
        managers.append(manager)
        if item.optional_vars is not None:
            statements.bind(it, item.optional_vars, entered, frame)
    signal, raised = run(it, node.body, managers, frame)
    for manager in reversed(managers):
        if leave(it, manager, raised):
            raised = None
    if raised is not None:
        raise raised
    return signal


def run(
    it: Interpreter, body: list[ast.stmt], managers: list[Value], frame: Frame
) -> tuple[Signal, Raised | None]:
    """Run the block; returns how it was left, and the exception on its way, if any."""
    imports = suppresses_imports(it, managers)
    depth, loops, guards = len(frame.loops), len(it.trails), it.path
    frame.catches_import += imports
    catching = any(type(m) in (Suppressor, Instance) for m in managers)
    it.trying += catching
    try:
        return it.exec_block(body, frame), None
    except Raised as raised:
        del frame.loops[depth:], it.trails[loops:]
        it.path = guards
        return None, raised
    finally:
        frame.catches_import -= imports
        it.trying -= catching


def enter(it: Interpreter, manager: Value) -> Value:
    """What `with manager as …` binds."""
    if type(manager) is Instance and manager.cls.find("__enter__") is not ABSENT:
        return it.call(it.getattr(manager, "__enter__"), [])
    if type(manager) is Iteration:
        return next(manager.items, None)
    return manager


def leave(it: Interpreter, manager: Value, raised: Raised | None) -> bool:
    """Run what leaving a block does; returns whether that suppresses the exception on its way."""
    if type(manager) is Suppressor:
        return raised is not None and any(
            catches(it, it.resolve(e), raised.name, raised.value) for e in manager.exceptions
        )
    if type(manager) is Instance and manager.cls.find("__exit__") is not ABSENT:
        told = [None, None, None] if raised is None else [Exception, raised.value, None]
        return it.call(it.getattr(manager, "__exit__"), told) is True and raised is not None
    return False


def suppresses_imports(it: Interpreter, managers: list[Value]) -> bool:
    """Whether an import that fails in the block is suppressed."""
    return any(leave(it, m, Raised("ImportError")) for m in managers if type(m) is Suppressor)


SPECIAL: dict[str, Value] = {
    "contextlib.suppress": Native(
        "contextlib.suppress", lambda it, args, _: Suppressor(tuple(args)), binds=False
    ),
    "contextlib.nullcontext": Native(
        "contextlib.nullcontext",
        lambda it, args, kwargs: Iteration(iter([args[0] if args else kwargs.get("enter_result")])),
        binds=False,
    ),
    "contextlib.closing": Native("contextlib.closing", lambda it, args, _: args[0], binds=False),
}
