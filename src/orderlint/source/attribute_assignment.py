"""Assignment and deletion of attributes."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from orderlint.source import attributes, build_records
from orderlint.source.classes import is_module
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    TRAINING,
    Bound,
    Choice,
    Class,
    Function,
    Instance,
    Property,
    PythonModule,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


def set_or_delete(it: Interpreter, value: Instance, name: str, args: list[Value]) -> None:
    """`value.__setattr__(name, new)` and `value.__delattr__(name)`."""
    if name == "__setattr__" and len(args) == 2:
        put(it, value, args[0], args[1])
    elif name == "__delattr__" and args:
        delete(it, value, args[0])


def put(it: Interpreter, value: Value, name: str, new: Value) -> None:
    """`value.name = new`."""
    value = it.resolve(value)
    if type(value) is Instance:
        put_instance(it, value, name, new)
    elif type(value) is Class:
        it.namespaces[id(value.namespace)] = value.namespace
        it.touch(value.namespace)
        value.namespace[name] = new
    elif type(value) is PythonModule:
        it.rebound += 1
        value.scope.variables[name] = new
    elif type(value) is Function:
        it.rebound += 1
        value.attrs[name] = new
    elif type(value) is Choice:
        for condition, option in value.options:
            if type(option) is Instance:
                with it.under(condition):
                    put_instance(it, option, name, new)
    elif isinstance(value, types.SimpleNamespace):
        setattr(value, name, new)
    elif type(value) is Tensor and name == "data" and type(new) is Tensor and new.sources():
        value.write(new.sources())


def put_instance(it: Interpreter, value: Instance, name: str, new: Value) -> None:
    cls = value.cls
    found = cls.find(name)
    if it.recordings:
        build_records.note(it, found)
    if type(found) is Property and found.setter is not None:
        it.call(found.setter, [value, new])
        return
    if type(found) is Instance and (setter := found.cls.find("__set__")) is not ABSENT:
        it.call(Bound(setter, found), [value, new])
        return
    hook = cls.find("__setattr__")
    if type(hook) is Function and not hook.module.library:
        it.call(hook, [value, name, new])
        return
    store(it, value, name, new)


def store(it: Interpreter, value: Instance, name: str, new: Value) -> None:
    """Set an attribute; a module set on a module is registered as its child."""
    children = value.attrs.get("_modules")
    if isinstance(children, dict) and name != "_modules":
        registered = name in children
        if holds_module(new) or (new is None and registered):
            it.touch(children)
            children[name] = new
            if name in value.attrs:
                it.touch(value)
                value.attrs.pop(name, None)
            return
        if registered:
            it.touch(children)
            del children[name]
    if name == "__dict__":
        replace_dictionary(it, value, new)
        return
    if "__shared__" in value.attrs:
        it.setitem(value.attrs["__host__"], name, new)
        return
    it.touch(value)
    value.attrs[name] = TRAINING if name == "training" and new is True else new


def replace_dictionary(it: Interpreter, value: Instance, new: Value) -> None:
    """`self.__dict__ = self` in a dictionary whose keys are attributes too; `self.__dict__ = {…}`."""
    it.touch(value)
    if new is value and isinstance(value.attrs.get("__host__"), dict):
        value.attrs["__shared__"] = True
    elif isinstance(new, dict):
        value.attrs.update(new)


def holds_module(value: Value) -> bool:
    if type(value) is Instance:
        return is_module(value.cls)
    return type(value) is Choice and any(holds_module(v) for _, v in value.options)


def delete(it: Interpreter, value: Value, name: str) -> Value:
    """`del value.name`."""
    if type(value) is not Instance:
        return None
    children = value.attrs.get("_modules")
    if isinstance(children, dict) and name in children:
        it.touch(children)
        del children[name]
    elif name in value.attrs:
        it.touch(value)
        del value.attrs[name]
    else:
        raise attributes.missing(value, name)
    return None
