"""Arguments of a call bound to the parameters of an interpreted function, with its defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import branches, build_records
from orderlint.source.frames import source_text
from orderlint.source.open_parameters import argument_node, note_parameter, opened
from orderlint.source.values import Choice, Function, OpenDict, Raised, Symbol, Unknown, Value, literal_test

if TYPE_CHECKING:
    from orderlint.source.definitions import Definition
    from orderlint.source.interpreter import Interpreter


def bind_arguments(
    it: Interpreter,
    function: Function,
    spec: Definition,
    args: list[Value],
    kwargs: dict[str, Value],
    *,
    open_: bool,
) -> dict[str, Value]:
    """The local variables that a call of a function, whose definition is `spec`, starts with.

    `open_`: the caller is a root that may pass more keyword arguments; a rate among the defaults stays open.
    """
    names = spec.positional
    out: dict[str, Value] = dict(zip(names, args, strict=False))
    if spec.rest is not None:
        out[spec.rest] = tuple(args[len(names) :])
    elif len(args) > len(names):
        raise Raised(
            "TypeError",
            None,
            f"{function.name}() takes {len(names)} positional arguments but {len(args)} were given",
        )
    extra: dict[str, Value] = OpenDict() if open_ else {}
    for key, value in kwargs.items():
        if key in spec.named:
            out[key] = value
        elif spec.keywords is not None or not branches.may_be_absent(value):
            extra[key] = value
    if spec.keywords is not None:
        out[spec.keywords] = extra
    elif extra and not open_:
        raise Raised(
            "TypeError", None, f"{function.name}() got an unexpected keyword argument '{next(iter(extra))}'"
        )
    if len(args) < len(names) or spec.keyword_only:
        fill_defaults(it, function, spec, out, open_=open_)
    return out


def fill_defaults(
    it: Interpreter, function: Function, spec: Definition, out: dict[str, Value], *, open_: bool
) -> None:
    decided = not (it.assume or (open_ and it.symbolic))  # by the program alone
    first = len(spec.positional) - len(function.defaults)
    for index, name in enumerate(spec.positional):
        if name not in out:
            if index < first:
                out[name] = missing(it, function, name, open_=open_)
            else:
                value = function.defaults[index - first]
                if it.recordings:
                    build_records.note(it, value)
                out[name] = value if decided else default(it, function, name, value, open_=open_)
    for name in spec.keyword_only:
        if name not in out:
            if name in function.keyword_defaults:
                value = function.keyword_defaults[name]
                if it.recordings:
                    build_records.note(it, value)
                out[name] = default(it, function, name, value, open_=open_)
            else:
                out[name] = missing(it, function, name, open_=open_)


def missing(it: Interpreter, function: Function, name: str, *, open_: bool) -> Value:
    """A required argument that the call does not give; where it hands on a root's keyword arguments, the
    caller of the root does.
    """
    if open_ and it.symbolic:
        owner = function.owner.name if function.owner else function.name
        return it.assume.get(name, Unknown(f"the argument {name} of {owner}", text=name))
    raise Raised("TypeError", None, f"{function.name}() missing a required argument: '{name}'")


def default(it: Interpreter, function: Function, name: str, value: Value, *, open_: bool) -> Value:
    """A parameter's default, or what the user assumes of it, or a symbol where the caller is open."""
    if it.assume:
        owner = function.owner.name if function.owner else function.name
        for key in (f"{owner}.{name}", name):
            if key in it.assume:
                return it.assume[key]
    if not (open_ and it.symbolic):
        return value
    if value is None and "float" in annotation(function, name):
        given = literal_test(f"{name} is None", True)
        found: Value = Choice(((given.when_true, None), (given.when_false, Symbol(name, 0.0))))
    else:
        found = opened(it, name, value)
    if found is not value:
        note_parameter(it, function, name, repr(value))
    return found


def annotation(function: Function, name: str) -> str:
    """The text of a parameter's annotation."""
    node = argument_node(function, name)
    return source_text(node.annotation) if node is not None and node.annotation is not None else ""


__all__ = ["bind_arguments"]
