"""Python's frames as values: `inspect.currentframe()`, `sys._getframe()`, `f_back`, `f_locals`.

Code that collects the arguments of a constructor by itself walks the frames of its callers.
"""

from __future__ import annotations

import ast
import inspect
import types
from typing import TYPE_CHECKING

from orderlint.source.values import Class, Function, Instance, Native, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter

FRAME = Class("FrameType", "types.FrameType", "types", (types.FrameType,), {})
FRAME.mro = (FRAME,)
CODE = Class("CodeType", "types.CodeType", "types", (types.CodeType,), {})
CODE.mro = (CODE,)


def current(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`sys._getframe(depth)`, or `inspect.currentframe()`: the frame that calls it, or one further out."""
    depth = args[0] if args else 0
    if not isinstance(depth, int):
        return Unknown("a frame of unknown depth")
    it.taint()
    chain = it.frames[: len(it.frames) - depth]
    outer: Value = None
    for frame in chain:
        outer = as_value(frame, outer)
    return outer


def as_value(frame: Frame, outer: Value) -> Instance:
    """A frame of the interpreter as Python shows it."""
    function = frame.function
    variables = frame.scope.variables
    if function is not None and function.owner is not None:
        variables = {**variables, "__class__": function.owner}
    if function is not None:
        code = code_of(function)
    else:
        code = Instance(CODE, {"co_name": "<module>", "co_filename": frame.module.path or ""})
    return Instance(
        FRAME,
        {
            "f_back": outer,
            "f_locals": variables,
            "f_globals": frame.module.scope.variables,
            "f_code": code,
            "f_lineno": getattr(frame.node, "lineno", 1),
            "function": function,
        },
    )


def code_of(function: Function) -> Instance:
    """`f.__code__`: the names of its parameters and of its other local variables."""
    spec = function.node.args
    positional = [a.arg for a in [*spec.posonlyargs, *spec.args]]
    keyword = [a.arg for a in spec.kwonlyargs]
    stars = [a.arg for a in (spec.vararg, spec.kwarg) if a is not None]
    body = function.node.body if isinstance(function.node.body, list) else []
    bound = [n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and type(n.ctx) is ast.Store]
    return Instance(
        CODE,
        {
            "co_name": function.name,
            "co_filename": function.module.path or "",
            "co_firstlineno": function.node.lineno,
            "co_argcount": len(positional),
            "co_posonlyargcount": len(spec.posonlyargs),
            "co_kwonlyargcount": len(keyword),
            "co_varnames": tuple(dict.fromkeys([*positional, *keyword, *stars, *bound])),
        },
    )


def argument_values(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`inspect.getargvalues(frame)`: names of its parameters, and its local variables."""
    frame = it.resolve(args[0]) if args else None
    if type(frame) is not Instance or frame.cls is not FRAME:
        return Unknown("the arguments of an unknown frame")
    function = frame.attrs["function"]
    if type(function) is not Function:
        return inspect.ArgInfo([], None, None, frame.attrs["f_locals"])
    spec = function.node.args
    names = [a.arg for a in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]]
    star = spec.vararg.arg if spec.vararg is not None else None
    double = spec.kwarg.arg if spec.kwarg is not None else None
    return inspect.ArgInfo(names, star, double, frame.attrs["f_locals"])


# ---- context variables -------------------------------------------------------------------------------------

CONTEXT = Class("ContextVar", "contextvars.ContextVar", "contextvars", (), {})
CONTEXT.mro = (CONTEXT,)


def context_variable(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`contextvars.ContextVar(name, default=…)`: within one run it holds what was set last."""
    return Instance(CONTEXT, {"held": kwargs["default"]} if "default" in kwargs else {})


def held(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if "held" in args[0].attrs:
        return args[0].attrs["held"]
    return args[1] if len(args) > 1 else Unknown("a context variable that is not set")


def hold(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`variable.set(value)`: gives the token that `reset` takes."""
    before = args[0].attrs.get("held")
    it.touch(args[0])
    args[0].attrs["held"] = args[1]
    return ("token", before)


def release(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    token = args[1] if len(args) > 1 else None
    if isinstance(token, tuple) and len(token) == 2:
        it.touch(args[0])
        args[0].attrs["held"] = token[1]
    return None


CONTEXT.namespace |= {
    "get": Native("ContextVar.get", held),
    "set": Native("ContextVar.set", hold),
    "reset": Native("ContextVar.reset", release),
}

SPECIAL: dict[str, Value] = {
    "inspect.currentframe": Native("inspect.currentframe", current, binds=False),
    "sys._getframe": Native("sys._getframe", current, binds=False),
    "inspect.getargvalues": Native("inspect.getargvalues", argument_values, binds=False),
    "contextvars.ContextVar": Native("contextvars.ContextVar", context_variable, binds=False),
    "types.FrameType": types.FrameType,
}
