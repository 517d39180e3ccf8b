"""`eval(text)` of a known text: an expression that the interpreter follows like any other, not Python."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source.frames import Frame
from orderlint.source.values import Native, Raised, Scope, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

TEXT = 2_000
"""Longest text that is followed."""


def evaluate(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`eval(text, globals, locals)`: by default in the namespace of the function that calls it."""
    text = it.resolve(args[0]) if args else None
    if not isinstance(text, str) or len(text) > TEXT:
        return Unknown("eval() of a text that is not known")
    frame = it.frames[-1]
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise Raised("SyntaxError", None, str(error)[:200]) from error
    except (RecursionError, MemoryError):
        return Unknown("eval() of a text nested too deeply")
    for node in ast.walk(tree):
        if hasattr(node, "lineno") and frame.node is not None:
            ast.copy_location(node, frame.node)
    with it.framed(inner(frame, args[1:])):
        return it.eval(tree, it.frames[-1])


def inner(frame: Frame, namespaces: list[Value]) -> Frame:
    """The frame of the expression: the caller's own scope, or the namespaces that it gives."""
    given = [space for space in namespaces if isinstance(space, dict)]
    scope = frame.scope
    if given:
        names = {k: v for space in given for k, v in space.items() if isinstance(k, str)}
        scope = Scope("function", None, names)
    return Frame(frame.module, scope, frame.node, frame.function, frame.instance)


EVAL = Native("eval", evaluate, binds=False)
