"""Facts about modules that no layer application shows: layers in plain containers, layers that are never
applied.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source.classes import is_module
from orderlint.source.module_intrinsics import children_of
from orderlint.source.values import Class, Function, Instance, Property, StaticMethod, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.interpreter import Interpreter

WEIGHTED = frozenset(
    {"conv", "linear", "rnn", "attention", "embedding", "batch_norm", "layer_norm", "group_norm"}
)
"""Kinds of layers with parameters that training changes."""


def gather(it: Interpreter, root: Instance) -> None:
    """Add the facts of every module below the root; only a forward that was followed wholly says what is not
    applied.
    """
    whole = not it.unresolved
    modules = list(modules_below(root))
    used = in_use(it, modules) if whole else set()
    for module in modules:
        if module.cls.library:
            continue
        for name, value in module.attrs.items():
            if isinstance(value, (list, tuple, dict)) and not name.startswith("_"):
                plain_container(it, module, name, value)
        if whole:
            for name, child in children_of(module):
                if id(child) not in used:
                    unused(it, module, name, child)


def modules_below(root: Instance) -> Iterator[Instance]:
    seen: set[int] = set()
    todo = [root]
    while todo:
        module = todo.pop()
        if id(module) not in seen:
            seen.add(id(module))
            yield module
            todo.extend(child for _, child in reversed(children_of(module)))


def in_use(it: Interpreter, modules: list[Instance]) -> set[int]:
    """The modules that were applied, or that hold one that was, at any depth."""
    parents: dict[int, list[int]] = {}
    for module in modules:
        for _, child in children_of(module):
            parents.setdefault(id(child), []).append(id(module))
    todo = [id(module) for module in modules if id(module) in it.applied]
    found = set(todo)
    while todo:
        for parent in parents.get(todo.pop(), ()):
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def plain_container(it: Interpreter, module: Instance, name: str, value: Value) -> None:
    """Layers with parameters, applied, that only a plain list, dictionary or tuple holds are not
    registered.
    """
    members = [v for v in contents(value, 0) if id(v) not in it.names and id(v) in it.applied and weighted(v)]
    if members:
        place = members[0].built
        path = it.names.get(id(module), "")
        it.fact(
            "modules_in_plain_container",
            f"{path}.{name}" if path else name,
            members[0].cls.qualname,
            place,
            container=type(value).__name__,
            count=len(members),
        )


def contents(value: Value, depth: int) -> Iterator[Instance]:
    if depth > 3:
        return
    for item in value.values() if isinstance(value, dict) else value:
        if type(item) is Instance and is_module(item.cls):
            yield item
        elif isinstance(item, (list, tuple, dict)):
            yield from contents(item, depth + 1)


def weighted(module: Instance) -> bool:
    """Whether a module has parameters, of its own or below."""
    return any(
        (m.cls.spec is not None and m.cls.spec.kind in WEIGHTED) or catalogue_kind(m.cls) in WEIGHTED
        for m in modules_below(module)
    )


def catalogue_kind(cls: Class) -> str | None:
    return next((c.spec.kind for c in cls.mro if c.spec is not None), None)


def unused(it: Interpreter, module: Instance, name: str, child: Instance) -> None:
    """Tell of a child that is not in use, if it is a layer with parameters that no method of its class
    mentions.
    """
    if id(module) not in it.applied:
        return
    if catalogue_kind(child.cls) not in WEIGHTED or child.built is None or not name.isidentifier():
        return
    if it.path or child.condition or any(name in mentions(cls) for cls in module.cls.mro):
        return
    path = it.names.get(id(module), "")
    it.fact("unused_layer", f"{path}.{name}" if path else name, child.cls.qualname, child.built)


def mentions(cls: Class) -> frozenset[str]:
    """The names of attributes that the methods of a class read, and the strings in them (for `getattr`)."""
    known = cls.namespace.get("__mentions__")
    if known is None:
        found: set[str] = set()
        for value in list(cls.namespace.values()):
            for function in functions_of(value):
                for node in ast.walk(function.node):
                    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                        found.add(node.attr)
                    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                        found.add(node.value)
        known = cls.namespace["__mentions__"] = frozenset(found)
    return known


def functions_of(value: Value) -> Iterator[Function]:
    if type(value) is Function:
        yield value
    elif isinstance(value, StaticMethod):
        yield from functions_of(value.function)
    elif isinstance(value, Property):
        yield from functions_of(value.getter)
