"""Modules that a forward makes, and that it puts into the mode that the model is in.

A new module is in training mode. `if not self.training: module.eval()` behind it is not run where a model is
followed in train mode, but says that the module is not always in training mode.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source.module_intrinsics import children_of
from orderlint.source.values import Choice, Instance, Raised, Value

if TYPE_CHECKING:
    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


def note_mode(it: Interpreter, skipped: list[ast.stmt], frame: Frame) -> None:
    """Note the modules that a side of a test for the mode, one not followed, puts into evaluation mode."""
    if not it.modules:
        return
    for statement in skipped:
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(target, "eval"), [], [])) if is_path(target):
                try:
                    follow_mode(it.resolve(it.eval(target, frame)))
                except Raised:
                    continue


def is_path(node: ast.expr) -> bool:
    """Whether an expression is a variable or an attribute below one: looking at it runs little."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def follow_mode(value: Value) -> None:
    """Take a module, and all below it, for one whose mode is that of the model."""
    todo, seen = [value], set[int]()
    while todo:
        found = todo.pop()
        if type(found) is Choice:
            todo += [option for _, option in found.options]
        elif type(found) is Instance and id(found) not in seen:
            seen.add(id(found))
            found.in_forward = False
            todo += [child for _, child in children_of(found)]
