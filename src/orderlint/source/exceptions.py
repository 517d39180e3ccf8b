"""Exceptions of the interpreted program: raise, try, and which handler catches what."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from orderlint.source.values import (
    Class,
    Instance,
    Raised,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter
    from orderlint.source.signals import Signal


def raise_(it: Interpreter, node: ast.Raise, frame: Frame) -> Signal:
    if node.exc is None:
        raise Raised("Exception", None, "re-raised")
    value = it.eval(node.exc, frame)
    frame.node = node
    if type(value) is Class or (isinstance(value, type) and issubclass(value, BaseException)):
        value = it.call(value, [])
    raised = Raised(exception_name(value), value, exception_text(value))
    raised.meant = True
    raise raised


def exception_name(value: Value) -> str:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value.cls.name if type(value) is Instance else "Exception"


def exception_text(value: Value) -> str:
    if isinstance(value, BaseException) and value.args and isinstance(value.args[0], str):
        return value.args[0][:200]
    return ""


def try_(it: Interpreter, node: ast.Try, frame: Frame) -> Signal:
    imports = any(handles(it, handler, "ImportError", None, frame) for handler in node.handlers)
    depth, loops, guards = len(frame.loops), len(it.trails), it.path
    frame.catches_import += imports
    it.trying += bool(node.handlers)
    try:
        try:
            signal = it.exec_block(node.body, frame)
        finally:
            frame.catches_import -= imports
            it.trying -= bool(node.handlers)
        if signal is None:
            signal = it.exec_block(node.orelse, frame)
    except Raised as raised:
        del frame.loops[depth:], it.trails[loops:]
        it.path = guards
        handler = next((h for h in node.handlers if handles(it, h, raised.name, raised.value, frame)), None)
        if handler is None:
            it.exec_block(node.finalbody, frame)
            raise
        if handler.name:
            frame.scope.variables[handler.name] = (
                raised.value if raised.value is not None else Unknown("an exception")
            )
        signal = it.exec_block(handler.body, frame)
    final = it.exec_block(node.finalbody, frame)
    return final or signal


def handles(it: Interpreter, handler: ast.ExceptHandler, name: str, value: Value, frame: Frame) -> bool:
    """Whether a handler catches an exception of this name."""
    if handler.type is None:
        return True
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(catches(it, it.resolve(it.eval(n, frame)), name, value) for n in names)


def catches(it: Interpreter, caught: Value, name: str, value: Value) -> bool:
    """Whether a class, or one of several, catches an exception of this name and value."""
    if type(caught) is tuple:
        return any(catches(it, c, name, value) for c in caught)
    if type(caught) is Class:
        return type(value) is Instance and value.cls.is_subclass(caught)
    raised = getattr(builtins, name, None)
    if isinstance(caught, type) and issubclass(caught, BaseException):
        if isinstance(raised, type):
            return issubclass(raised, caught)
        return caught in (Exception, BaseException)
    return False
