"""Dataclasses and named tuples: the functions that make and read them."""

from __future__ import annotations

import ast
import collections
from typing import TYPE_CHECKING

from orderlint.source import build_records
from orderlint.source.open_parameters import opened
from orderlint.source.values import (
    ABSENT,
    Class,
    Instance,
    Native,
    OpenDict,
    Raised,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]


def dataclass(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    if args and isinstance(args[0], Class):
        return make_dataclass(it, args[0])
    return Native(
        "dataclass",
        lambda it, inner, _: make_dataclass(it, inner[0]) if isinstance(inner[0], Class) else inner[0],
        binds=False,
    )


FIELD = Class("Field", "dataclasses.Field", "dataclasses", (), {})


def field(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return Instance(
        FIELD,
        {
            "default": kwargs.get("default", ABSENT),
            "default_factory": kwargs.get("default_factory", ABSENT),
            "init": kwargs.get("init", True),
        },
    )


def replace(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if not isinstance(value, Instance):
        return Unknown("dataclasses.replace of an unknown value")
    return Instance(value.cls, {**value.attrs, **kwargs}, value.built, depth=value.depth)


def as_dict(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if not isinstance(value, Instance) or value.cls.dataclass_fields is None:
        return Unknown("dataclasses.asdict of an unknown value")
    return {name: value.attrs.get(name) for name, _, _ in value.cls.dataclass_fields}


def fields(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    cls = value.cls if isinstance(value, Instance) else value
    if not isinstance(cls, Class) or cls.dataclass_fields is None:
        return Unknown("dataclasses.fields of an unknown value")
    return tuple(
        Instance(FIELD, {"name": name, "default": default}) for name, default, _ in cls.dataclass_fields
    )


def is_dataclass(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    cls = value.cls if isinstance(value, Instance) else value
    return isinstance(cls, Class) and cls.dataclass_fields is not None


def named_tuple(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    names = args[1] if len(args) > 1 else kwargs.get("field_names", ())
    try:
        return collections.namedtuple(str(args[0]), names, defaults=kwargs.get("defaults"))
    except (TypeError, ValueError):
        return Unknown("a named tuple")


def typed_named_tuple(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    pairs = it.iterate(args[1]) if len(args) > 1 else None
    return (
        named_tuple(it, [args[0], [p[0] for p in pairs]], {})
        if pairs is not None
        else Unknown("a named tuple")
    )


def make_dataclass(it: Interpreter, cls: Class, kw_only: bool = False) -> Class:
    """Apply `@dataclass`: collect the fields of the class and its bases in order."""
    fields: dict[str, tuple[str, Value, bool]] = {}
    for base in reversed(cls.mro[1:]):
        for entry in base.dataclass_fields or []:
            fields[entry[0]] = entry
    for name, annotation in cls.namespace.get("__annotations__", {}).items():
        text = ast.unparse(annotation) if isinstance(annotation, ast.AST) else str(annotation)
        if text.startswith(("ClassVar", "typing.ClassVar")):
            continue
        value = cls.namespace.get(name, ABSENT)
        fields[name] = (name, value, True)
        if type(value) is Instance and value.attrs.get("init") is False:
            unset = all(value.attrs.get(way, ABSENT) is ABSENT for way in ("default", "default_factory"))
            fields[name] = (name, ABSENT if unset else value, False)
        if type(value) is Instance and value.cls.name == "Field" and "default" in value.attrs:
            if value.attrs["default"] is not ABSENT:
                cls.namespace[name] = value.attrs["default"]
            else:
                cls.namespace.pop(name, None)
    cls.dataclass_fields = list(fields.values())
    if "__init__" not in cls.namespace:
        cls.namespace["__init__"] = Native("__init__", write_fields)
    return cls


def write_fields(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """The `__init__` that `@dataclass` writes, as a method."""
    fill_dataclass(it, args[0], args[1:], kwargs, open_=type(kwargs) is OpenDict)
    return None


def fill_dataclass(
    it: Interpreter, instance: Instance, args: list[Value], kwargs: dict[str, Value], *, open_: bool
) -> None:
    """The `__init__` that `@dataclass` writes."""
    fields = instance.cls.dataclass_fields or []
    settable_names = [f[0] for f in fields if f[2]]
    if len(args) > len(fields):
        raise Raised(
            "TypeError",
            None,
            f"{instance.cls.name}() takes {len(fields)} arguments but {len(args)} were given",
        )
    given = dict(zip(settable_names, args, strict=False)) | kwargs
    unexpected = next((k for k in given if all(k != f[0] for f in fields)), None)
    if unexpected is not None and not open_:
        raise Raised(
            "TypeError", None, f"{instance.cls.name}() got an unexpected keyword argument '{unexpected}'"
        )
    for name, value, settable in fields:
        if name in given:
            instance.attrs[name] = given[name]
        elif settable or value is not ABSENT:
            instance.attrs[name] = field_default(it, instance.cls, name, value, open_=open_)
    if instance.cls.find("__post_init__") is not ABSENT:
        it.call(it.getattr(instance, "__post_init__"), [])


def field_default(it: Interpreter, cls: Class, name: str, value: Value, *, open_: bool) -> Value:
    if type(value) is Instance and value.cls.name == "Field":
        factory = value.attrs.get("default_factory", ABSENT)
        if factory is not ABSENT:
            return it.call(factory, [])
        value = value.attrs.get("default", ABSENT)
    if it.recordings:
        build_records.note(it, value)
    if value is ABSENT:
        if cls.find(name) is not ABSENT:
            return cls.find(name)
        raise Raised("TypeError", None, f"{cls.name}() missing a required argument: '{name}'")
    for key in (f"{cls.name}.{name}", name):
        if key in it.assume:
            return it.assume[key]
    return opened(it, name, value) if open_ and it.symbolic else value


# ---- records that no known decorator makes -----------------------------------------------------------------


def is_plain_record(cls: Class) -> bool:
    """Whether a class has annotated fields and no constructor: something that was not found writes one."""
    annotated = any(c.namespace.get("__annotations__") for c in cls.mro)
    constructor = cls.find("__init__")
    written = type(constructor) is Native and constructor.call is write_open_fields
    return annotated and (constructor is ABSENT or written) and cls.find("__new__") is ABSENT


def make_open_record(it: Interpreter, cls: Class) -> Class:
    """A class whose constructor was not found and takes its annotated fields by name, perhaps among others.

    Such are the data classes of packages that are not installed, by decorator or by base.
    """
    make_dataclass(it, cls)
    cls.namespace["__init__"] = Native("__init__", write_open_fields)
    return cls


def write_open_fields(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    fill_dataclass(it, args[0], args[1:], kwargs, open_=True)
    return None
