"""`inspect.signature` and its kin: the parameters of interpreted functions and of layers of the catalogue."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from orderlint.graph import catalogue
from orderlint.graph.catalogue import REQUIRED, Params
from orderlint.source.values import (
    ABSENT,
    Bound,
    Class,
    External,
    Function,
    Instance,
    Partial,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

EMPTY = inspect.Parameter.empty


def signature(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`inspect.signature(f)`: Python's own object, over the parameters and defaults of what is called."""
    found = parameters(it, it.resolve(args[0]))
    if found is None:
        return Unknown("the signature of an unknown function")
    return inspect.Signature(found, __validate_parameters__=False)


def full_specification(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`inspect.getfullargspec(f)`; unlike `signature` it keeps the first parameter of a method."""
    target = it.resolve(args[0])
    found = parameters(it, target)
    if found is None:
        return Unknown("the signature of an unknown function")
    names = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    first = ["self"] if isinstance(target, (Class, Bound)) else []
    keywords = [p for p in found if p.kind is p.KEYWORD_ONLY]
    return inspect.FullArgSpec(
        [*first, *names],
        next((p.name for p in found if p.kind is p.VAR_POSITIONAL), None),
        next((p.name for p in found if p.kind is p.VAR_KEYWORD), None),
        tuple(p.default for p in found if p.name in names and p.default is not EMPTY) or None,
        [p.name for p in keywords],
        {p.name: p.default for p in keywords if p.default is not EMPTY},
        {},
    )


def parameters(it: Interpreter, target: Value) -> list[inspect.Parameter] | None:
    """The parameters a caller may give, None where they are not known."""
    while isinstance(target, Function) and "__wrapped__" in target.attrs:
        target = target.attrs["__wrapped__"]
    if isinstance(target, Class):
        return of_class(target)
    if isinstance(target, Function):
        return of_function(target)
    if isinstance(target, Bound):
        inner = parameters(it, target.function)
        return inner[1:] if inner else inner
    if isinstance(target, Partial):
        inner = parameters(it, it.resolve(target.function))
        return None if inner is None else without(inner, target)
    if isinstance(target, Instance):
        method = target.cls.find("forward" if "_modules" in target.attrs else "__call__")
        return of_function(method)[1:] if isinstance(method, Function) else None
    if isinstance(target, External):
        spec = catalogue.functions().get(catalogue.canonical(target.name))
        return of_catalogue(spec.params) if spec is not None else None
    return None


def of_class(cls: Class) -> list[inspect.Parameter] | None:
    owner = cls.find_owner("__init__")
    if owner is None:
        return None if cls.open_bases else []
    if owner.spec is not None:
        return of_catalogue(owner.spec.params)
    initialiser = owner.namespace["__init__"]
    if isinstance(initialiser, Function):
        return of_function(initialiser)[1:]
    if cls.dataclass_fields is not None:
        make = inspect.Parameter
        settable = [f for f in cls.dataclass_fields if f[2]]
        return [
            make(n, make.POSITIONAL_OR_KEYWORD, default=EMPTY if d is ABSENT else d) for n, d, _ in settable
        ]
    return None


def without(found: list[inspect.Parameter], given: Partial) -> list[inspect.Parameter]:
    """What `functools.partial` leaves: positional ones taken, keyword ones with a new default."""
    left = found[len(given.args) :]
    return [p.replace(default=given.kwargs[p.name]) if p.name in given.kwargs else p for p in left]


def of_catalogue(params: Params) -> list[inspect.Parameter]:
    make = inspect.Parameter
    out = []
    for name, default in params:
        bare = name.lstrip("*")
        kind = {0: make.POSITIONAL_OR_KEYWORD, 1: make.VAR_POSITIONAL, 2: make.VAR_KEYWORD}[
            len(name) - len(bare)
        ]
        out.append(make(bare, kind, default=EMPTY if default is REQUIRED else default))
    return out


def of_function(function: Function) -> list[inspect.Parameter]:
    spec, make = function.node.args, inspect.Parameter
    positional = [*spec.posonlyargs, *spec.args]
    first = len(positional) - len(function.defaults)
    out = []
    for index, argument in enumerate(positional):
        kind = make.POSITIONAL_ONLY if index < len(spec.posonlyargs) else make.POSITIONAL_OR_KEYWORD
        default = function.defaults[index - first] if index >= first else EMPTY
        out.append(make(argument.arg, kind, default=default))
    if spec.vararg:
        out.append(make(spec.vararg.arg, make.VAR_POSITIONAL))
    for argument in spec.kwonlyargs:
        default = function.keyword_defaults.get(argument.arg, EMPTY)
        out.append(make(argument.arg, make.KEYWORD_ONLY, default=default))
    if spec.kwarg:
        out.append(make(spec.kwarg.arg, make.VAR_KEYWORD))
    return out
