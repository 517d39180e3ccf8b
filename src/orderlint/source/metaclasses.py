"""Metaclasses that the program defines: they make, initialise, call and subscript its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source.values import (
    ABSENT,
    Class,
    Function,
    Native,
    StaticMethod,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


def is_metaclass(cls: Class) -> bool:
    """Whether a class derives from `type`."""
    return any(base is type for known in cls.mro for base in known.bases)


def make_by(
    it: Interpreter, meta: Class, name: str, bases: list[Value], namespace: dict[str, Value], module: str
) -> Value:
    """The class that `meta.__new__` makes; that of `type` where it has none of its own."""
    creator = meta.find("__new__")
    if isinstance(creator, StaticMethod):
        creator = creator.function
    if isinstance(creator, Function):
        namespace.setdefault("__module__", module)
        made = it.call(creator, [meta, name, tuple(bases), namespace])
        if type(made) is Class:
            return made
    return new_class(it, [meta, name, tuple(bases), namespace], {})


def new_class(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`type.__new__(meta, name, bases, namespace)`."""
    from orderlint.source.classes import make

    meta, name, bases, namespace = (*map(it.resolve, args), *[None] * 4)[:4]
    if len(args) != 4 or not isinstance(bases, (tuple, list)) or not isinstance(namespace, dict):
        return Unknown("a class made by its metaclass")
    module = namespace.get("__module__")
    made = make(it, str(name), module if isinstance(module, str) else "", list(bases), namespace)
    if type(made) is Class and type(meta) is Class:
        made.meta = meta
    return made


def initialise(it: Interpreter, meta: Class, cls: Class, bases: list[Value]) -> None:
    """`meta.__init__(cls, name, bases, namespace)`."""
    cls.meta = meta
    method = meta.find("__init__")
    if isinstance(method, Function):
        it.call(method, [cls, cls.name, tuple(bases), dict(cls.namespace)])


def call_by(
    it: Interpreter, caller: Function, cls: Class, args: list[Value], kwargs: dict[str, Value], *, open_: bool
) -> Value:
    """`cls(…)` where the metaclass has a `__call__` of its own."""
    it.calling.append(cls)
    try:
        return it.call(caller, [cls, *args], kwargs, open_=open_)
    finally:
        it.calling.remove(cls)


def calling(it: Interpreter, cls: Class) -> bool:
    """Whether the metaclass's `__call__` runs for this class: `super().__call__` then makes the object."""
    return cls in it.calling


def default(it: Interpreter, cls: Class, name: str) -> Value:
    """What `type` does, as `super().name` of a metaclass's method finds it."""
    if name == "__call__":
        from orderlint.source.classes import instantiate

        return Native(
            "type.__call__", lambda it, args, kwargs: instantiate(it, cls, args, kwargs), binds=False
        )
    if name == "__new__":
        return Native("type.__new__", new_class, binds=False)
    if name in ("__init__", "__setattr__", "__delattr__"):
        return Native(f"type.{name}", lambda it, args, kwargs: None, binds=False)
    found = cls.find(name)
    return Unknown(f"attribute {name} of a class") if found is ABSENT else found
