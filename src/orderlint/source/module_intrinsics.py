"""Intrinsics that the bundled library calls: the children, modules and tensors of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import branches, budget, builtin_functions, builtin_iteration
from orderlint.source.tensors import Tensor
from orderlint.source.values import ABSENT, Choice, Class, Instance, Iteration, Native, Raised, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]


def number_children(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """Register modules under consecutive numbers, as `Sequential` and `ModuleList` do."""
    from orderlint.source.iteration import element

    children = args[0].attrs["_modules"]
    it.touch(children)
    items = builtin_iteration.items_of(it, args[1])
    for item in items if items is not None else [element(it, args[1])]:
        children[str(len(children))] = item
    return None


def child(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """What `add_module` takes: an object; a class is an error, so that no branch goes on with one."""
    value = it.resolve(args[0])
    if type(value) is Choice:
        options = [(c, v) for c, v in value.options if type(v) is not Class]
        value = branches.choose(options) if options else value.options[0][1]
    if type(value) is Class:
        raise Raised("TypeError", None, f"{value.name} is not a Module subclass")
    return value


def layer(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return it.importer.layer_class(args[0])


def tensors_below(parameters: bool) -> Native:
    """`named_parameters` and `named_buffers`."""

    def collect(
        module: Instance, prefix: str, recurse: bool, out: list[tuple[str, Tensor]], seen: set[int]
    ) -> None:
        for name, value in module.attrs.items():
            if (
                type(value) is Tensor
                and value.parameter is parameters
                and id(value) not in seen
                and name != "data"
            ):
                seen.add(id(value))
                out.append((f"{prefix}{name}", value))
        for name, child in module.attrs.get("_modules", {}).items() if recurse else ():
            if type(child) is Instance and id(child) not in seen:
                seen.add(id(child))
                collect(child, f"{prefix}{name}.", recurse, out, seen)

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        out: list[tuple[str, Tensor]] = []
        prefix = args[1] if isinstance(args[1], str) else ""
        collect(args[0], f"{prefix}." if prefix else "", args[2] is not False, out, set())
        return Iteration(iter(out[: budget.LOOP_TURNS]))

    return Native("named_parameters" if parameters else "named_buffers", call, binds=False)


def children_of(module: Instance) -> list[tuple[str, Instance]]:
    """The children of a module by name, those that only some branches set included."""
    out = []
    for name, child in module.attrs.get("_modules", {}).items():
        if type(child) is Instance:
            out.append((str(name), child))
        elif type(child) is Choice:
            out += [(str(name), option) for _, option in child.options if type(option) is Instance]
    return out


def children(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`named_children`: each child once; one of several is still one, and one that may be missing may be."""
    found: dict[int, Value] = {}
    for name, child in args[0].attrs.get("_modules", {}).items():
        child = it.resolve(child)
        if type(child) is Choice:
            named = [(c, (name, v) if type(v) is Instance else ABSENT) for c, v in child.options]
            if any(value is not ABSENT for _, value in named):
                found[id(child)] = branches.choose(named)
        elif type(child) is Instance:
            found.setdefault(id(child), (name, child))
    return list(found.values())


def modules(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`named_modules`: the module and all below it, depth first, each once."""
    seen: set[int] = set()
    out: list[tuple[str, Instance]] = []

    def visit(module: Instance, name: str) -> None:
        if id(module) in seen:
            return
        seen.add(id(module))
        out.append((name, module))
        for key, child in children_of(module):
            visit(child, f"{name}.{key}" if name else key)

    visit(args[0], args[1] if isinstance(args[1], str) else "")
    return out


INTRINSICS: dict[str, Value] = {
    "__children__": builtin_functions.native(children, "__children__"),
    "__modules__": builtin_functions.native(modules, "__modules__"),
    "__number__": builtin_functions.native(number_children, "__number__"),
    "__child__": builtin_functions.native(child, "__child__"),
    "__layer__": builtin_functions.native(layer, "__layer__"),
    "__parameters__": tensors_below(True),
    "__buffers__": tensors_below(False),
    "__handle__": builtin_functions.native(lambda it, args, kwargs: Unknown("a hook's handle"), "__handle__"),
}
