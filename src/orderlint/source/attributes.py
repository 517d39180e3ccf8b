"""Attributes: what `value.name` is, by the type of the value, and assignment and deletion of attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import (
    attribute_assignment,
    build_records,
    conditional_attributes,
    function_attributes,
    hosts,
    importing,
    layers,
    mapping_methods,
    metaclasses,
    operator_inputs,
    operators,
)
from orderlint.source.branches import lift
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    UNSETTLED,
    Bound,
    Choice,
    Class,
    ClassMethod,
    Dims,
    External,
    Function,
    Instance,
    Native,
    NativeMethod,
    Partial,
    Property,
    PythonModule,
    Raised,
    Sequence,
    StaticMethod,
    Super,
    Symbol,
    TensorMethod,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter


def get(it: Interpreter, value: Value, name: str) -> Value:
    """`value.name`; raises the program's AttributeError where Python would."""
    if type(value) in UNSETTLED:
        value = it.resolve(value)
    found = TABLE.get(type(value), hosts.get_attribute)(it, value, name)
    return it.resolve(found) if type(found) in UNSETTLED else found


def missing(value: Value, name: str) -> Raised:
    kind = value.cls.name if type(value) is Instance else type(value).__name__
    return Raised("AttributeError", None, f"'{kind}' object has no attribute '{name}'")


def instance(it: Interpreter, value: Instance, name: str) -> Value:
    """What the program's own `__getattribute__` says, or else Python's."""
    hook = value.cls.find("__getattribute__")
    return it.call(hook, [value, name]) if type(hook) is Function else plain(it, value, name)


def plain(it: Interpreter, value: Instance, name: str) -> Value:
    """Python's order: data descriptors, the object, its registered modules, the class, `__getattr__`."""
    cls = value.cls
    found = cls.find(name)
    if it.recordings:
        build_records.note(it, found)
    if type(found) is Choice:
        found = conditional_attributes.settled(it, cls, name)
        if type(found) is Choice and any(type(option) is Property for _, option in found.options):
            return lift(it, found, lambda option: descriptor(it, value, option, name))
    if type(found) is Property:
        return property_value(it, value, found, name)
    if type(found) is Instance and ABSENT not in (found.cls.find("__get__"), found.cls.find("__set__")):
        return described(it, found, value, cls)
    children = value.attrs.get("_modules")
    if name in value.attrs:
        return present(it, conditional_attributes.with_child(value.attrs[name], children, name))
    if found is ABSENT and isinstance(children, dict) and name in children:
        return present(it, children[name])
    if name == "__dict__":
        return value.attrs
    if name == "__class__":
        return cls
    if found is not ABSENT:
        return described(it, found, value, cls)
    if isinstance(children, dict):
        special = layers.module_attribute(it, value, name)
        if special is not ABSENT:
            return special
    host = value.attrs.get("__host__")
    if name == "_replace" and isinstance(host, tuple):
        return Native("_replace", lambda it, _, kwargs: replaced(value, kwargs), binds=False)
    if host is not None and hasattr(host, name):
        return get(it, host, name)
    if host is not None and "__shared__" in value.attrs and name in host:
        return it.resolve(host[name])
    fallback = cls.find("__getattr__")
    if type(fallback) is Function and not name.startswith("__"):
        return it.call(fallback, [value, name])
    if name in ("__dataclass_fields__", "__module__", "__doc__"):
        return class_(it, cls, name)
    if name in ("__setattr__", "__delattr__"):
        return Native(
            name, lambda it, args, _: attribute_assignment.set_or_delete(it, value, name, args), binds=False
        )
    if name == "__getattr__" and isinstance(children, dict):  # the one that modules have
        return Native(name, lambda it, args, _: raw_attribute(it, value, args[0]), binds=False)
    if (added := mapping_methods.method(value, name)) is not ABSENT:
        return added
    if cls.open_bases:
        return Unknown(f"attribute {name} of a class with a base that was not found")
    raise missing(value, name)


def descriptor(it: Interpreter, value: Instance, option: Value, name: str) -> Value:
    """A class attribute as an object shows it: a property's value, a bound method, or the attribute."""
    return property_value(it, value, option, name) if type(option) is Property else bind(value, option)


def replaced(value: Instance, fields: dict[str, Value]) -> Instance:
    """`t._replace(field=…)` of a named tuple with methods: another object of its class."""
    host = value.attrs["__host__"]._replace(**fields)
    return Instance(value.cls, {**value.attrs, "__host__": host}, value.built, depth=value.depth)


def present(it: Interpreter, value: Value) -> Value:
    """An attribute that may be missing on some branches, where it exists."""
    if type(value) is Choice:
        value = it.resolve(value)
        if type(value) is Choice and any(v is ABSENT for _, v in value.options):
            from orderlint.source.subscripts import without_absent

            return without_absent(value)
    if value is ABSENT:
        raise Raised("AttributeError", None, "the attribute is not set on this branch")
    return value


def property_value(it: Interpreter, value: Instance, found: Property, name: str) -> Value:
    if found.cached and name in value.attrs:
        return value.attrs[name]
    result = it.call(found.getter, [value])
    if found.cached:
        it.touch(value)
        value.attrs[name] = result
    return result


def bind(value: Value, found: Value) -> Value:
    """A class attribute as seen from an object."""
    if isinstance(found, Function) or (isinstance(found, Native) and found.binds):
        return Bound(found, value)
    if isinstance(found, StaticMethod):
        return found.function
    if isinstance(found, ClassMethod):
        return Bound(found.function, value.cls if type(value) is Instance else value)
    if type(found) is Choice:
        return Choice(tuple((condition, bind(value, option)) for condition, option in found.options))
    return found


def described(it: Interpreter, found: Value, value: Instance | None, cls: Class) -> Value:
    """A class attribute from an object (None: from the class): a descriptor of the program decides."""
    if type(found) is Instance and found.cls.find("__get__") is not ABSENT:
        return it.call(it.getattr(found, "__get__"), [value, cls])
    if value is not None and type(found) is Instance and "fget" in found.attrs:
        return it.call(found.attrs["fget"], [value])
    return found if value is None else bind(value, found)


def class_(it: Interpreter, value: Class, name: str) -> Value:
    found = value.find(name)
    if it.recordings:
        build_records.note(it, found)
    if type(found) is Instance:
        return described(it, found, None, value)
    if found is not ABSENT:
        if isinstance(found, ClassMethod):
            return Bound(found.function, value)
        return found.function if isinstance(found, StaticMethod) else found
    if name in ("__name__", "__qualname__"):
        return value.name
    if name == "__module__":
        return value.module
    if name == "__mro__":
        return value.mro
    if name == "__bases__":
        return value.bases
    if name == "__dict__":
        it.expose(value.namespace)
        return value.namespace
    if name == "__doc__":
        return None
    if name == "__dataclass_fields__" and value.dataclass_fields is not None:
        return {n: Unknown("a dataclass field") for n, _, _ in value.dataclass_fields}
    if name == "__new__":
        from orderlint.source.classes import blank

        return Native("__new__", lambda it, args, _: blank(it, args[0]), binds=False)
    if name == "__init__":
        return Native("__init__", lambda it, args, kwargs: None, binds=False)
    if value.meta is not None and (shared := value.meta.find(name)) is not ABSENT:
        return it.call(shared.getter, [value]) if isinstance(shared, Property) else bind(value, shared)
    if value.open_bases:
        return Unknown(f"attribute {name} of a class with a base that was not found")
    raise Raised("AttributeError", None, f"type object '{value.name}' has no attribute '{name}'")


def super_(it: Interpreter, value: Super, name: str) -> Value:
    """An attribute of the next class in line."""
    target = value.instance
    cls = target.cls if type(target) is Instance else target if type(target) is Class else value.cls
    order = cls.mro if value.cls in cls.mro else value.cls.mro
    after = order[order.index(value.cls) + 1 :]
    for parent in after:
        if name in parent.namespace:
            found = parent.namespace[name]
            if it.recordings:
                build_records.note(it, found)
            if type(found) is Property:
                return it.call(found.getter, [target])
            if name == "__new__" and isinstance(found, (Function, StaticMethod)):
                return found if isinstance(found, Function) else found.function
            return bind(target, found)
    if type(target) is Class and (value.cls in ((target.meta,) + (target.meta.mro if target.meta else ()))):
        return metaclasses.default(it, target, name)
    if name == "__new__" and metaclasses.is_metaclass(value.cls):
        return Native("type.__new__", metaclasses.new_class, binds=False)
    if name == "__new__":
        from orderlint.source.classes import blank_of_host

        return Native("__new__", blank_of_host, binds=False)
    if name in ("__init__", "__init_subclass__", "__post_init__", "__setattr__", "__delattr__"):
        return Native(
            f"super().{name}",
            lambda it, args, kwargs: default_method(it, target, name, args, kwargs),
            binds=False,
        )
    if name == "__call__" and type(target) is Instance and "_modules" in target.attrs:
        return Native(
            "super().__call__",
            lambda it, args, kwargs: layers.call_module(it, target, args, kwargs),
            binds=False,
        )
    if name == "__getattr__" and type(target) is Instance:
        return Native(
            "super().__getattr__", lambda it, args, _: raw_attribute(it, target, args[0]), binds=False
        )
    if name == "__getattribute__" and type(target) is Instance:
        return Native("super().__getattribute__", lambda it, args, _: plain(it, target, args[0]), binds=False)
    host = target.attrs.get("__host__") if type(target) is Instance else None
    if host is not None:
        return NativeMethod(host, name)
    if type(target) is Instance and (added := mapping_methods.method(target, name)) is not ABSENT:
        return added
    if cls.open_bases or any(isinstance(b, type) for c in cls.mro for b in c.bases):
        return Native(
            f"super().{name}",
            lambda it, args, kwargs: operators.opaque(
                it, "?", args, kwargs, f"method {name} of a base that was not found"
            ),
            binds=False,
        )
    raise Raised("AttributeError", None, f"'super' object has no attribute '{name}'")


def raw_attribute(it: Interpreter, target: Instance, name: str) -> Value:
    children = target.attrs.get("_modules")
    if name in target.attrs:
        return target.attrs[name]
    if isinstance(children, dict) and name in children:
        return children[name]
    raise missing(target, name)


def default_method(
    it: Interpreter, target: Value, name: str, args: list[Value], kwargs: dict[str, Value]
) -> Value:
    """What `object` (or a class of Python's own) does."""
    if type(target) is not Instance:
        return None
    if name == "__setattr__" and len(args) == 2:
        attribute_assignment.store(it, target, args[0], args[1])
    elif name == "__init__":
        hosts_ = [b for c in target.cls.mro for b in c.bases if isinstance(b, type)]
        if hosts_ and issubclass(hosts_[0], (dict, list, str, tuple)):
            target.attrs["__host__"] = hosts.call_type(it, hosts_[0], args, kwargs)
        elif hosts_:
            target.attrs["args"] = tuple(args)
            if hosts_[0] is property:
                target.attrs["fget"] = args[0] if args else kwargs.get("fget")
    return None


def module(it: Interpreter, value: PythonModule, name: str) -> Value:
    return importing.member(it, value, name)


def external(it: Interpreter, value: External, name: str) -> Value:
    return importing.external_attribute(it, value, name)


def tensor(it: Interpreter, value: Tensor, name: str) -> Value:
    return operators.tensor_attribute(it, value, name)


def choice(it: Interpreter, value: Choice, name: str) -> Value:
    return lift(it, value, lambda v: get(it, v, name))


def unknown(it: Interpreter, value: Unknown, name: str) -> Value:
    """The same for the same name: what one part of a model reads of its settings, the others read too."""
    if isinstance(value.value, str) and name in PLAIN_METHODS:
        changed = getattr(value.value, name)()
        made = Unknown(value.reason, False, f"{value.text}.{name}()", bool(changed), value=changed)
        return Native(f"str.{name}", lambda it, args, _: made, binds=False)
    if value.members is None:
        value.members = {}
    return value.members.setdefault(name, Unknown(value.reason, value.data))


PLAIN_METHODS = frozenset({"lower", "upper", "strip", "casefold", "title", "capitalize"})
"""Methods of strings that, called without arguments, keep a choice by name open."""


def dims(it: Interpreter, value: Dims, name: str) -> Value:
    return Native(f"Size.{name}", lambda it, args, _: Unknown("a size of a tensor", data=True), binds=False)


def symbol(it: Interpreter, value: Symbol, name: str) -> Value:
    return hosts.get_attribute(it, value.default, name)


def property_(it: Interpreter, value: Property, name: str) -> Value:
    """`@name.setter` and its kin: a new property; and the functions that a property holds."""
    if name in ("setter", "getter", "deleter"):
        return Native(f"property.{name}", lambda it, args, _: changed(value, name, args[0]), binds=False)
    return {"fget": value.getter, "func": value.getter, "fset": value.setter}.get(name)


def changed(value: Property, part: str, function: Value) -> Property:
    getter = function if part == "getter" else value.getter
    return Property(getter, function if part == "setter" else value.setter, value.cached)


def sequence(it: Interpreter, value: Sequence, name: str) -> Value:
    """A method of a list or tuple of unknown length: one that adds elements keeps what it holds."""
    if name not in ("append", "extend", "insert", "pop", "index", "count", "reverse", "sort", "copy"):
        return hosts.get_attribute(it, value, name)
    return Native(f"list.{name}", lambda it, args, _: sequence_method(value, name, args), binds=False)


def sequence_method(value: Sequence, name: str, args: list[Value]) -> Value:
    if name == "pop":
        return value.element
    if name in ("index", "count"):
        return Unknown(f"{name} in a list of unknown length", data=True)
    if name == "copy":
        return value
    added = list(operator_inputs.tensors(args))
    if added and type(value.element) is Tensor:
        sources = value.element.sources().union(*(t.sources() for t in added))
        value.element = Tensor(sources, live=value.element.live)
    return None


TABLE: dict[type, Callable[[Interpreter, Value, str], Value]] = {
    Instance: instance,
    Class: class_,
    Super: super_,
    PythonModule: module,
    External: external,
    Tensor: tensor,
    Function: function_attributes.function,
    Bound: function_attributes.bound,
    Partial: function_attributes.partial,
    Choice: choice,
    Unknown: unknown,
    Dims: dims,
    Symbol: symbol,
    Property: property_,
    Sequence: sequence,
    Native: function_attributes.native,
    NativeMethod: function_attributes.native,
    TensorMethod: function_attributes.native,
}
