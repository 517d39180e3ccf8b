"""Classes with a base that is not on disk: where they have a `forward`, the base is taken for a module's.

`class Net(framework.Model)` with layers and a `forward` runs only if `framework.Model` derives from
`torch.nn.Module`. Where the framework is not installed beside the linter, the layers are followed all the
same, and the model says which base is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import record_classes
from orderlint.source.values import Class, External, Function, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


def fill_in(it: Interpreter, cls: Class, bases: list[Value]) -> None:
    """What a class has all the same: a module's nature if it has a `forward`, or a record's constructor."""
    found = (name_of(it.resolve(base)) for base in bases)
    cls.missing = next((name for name in found if name is not None), "a base class")
    if is_module(cls):
        return
    module = module_class(it) if type(cls.namespace.get("forward")) is Function else None
    if module is not None:
        cls.mro, cls.implied = (*cls.mro, *module.mro), True
    elif record_classes.is_plain_record(cls):
        record_classes.make_open_record(it, cls)


def is_module(cls: Class) -> bool:
    return any(c.qualname == "torch.nn.Module" for c in cls.mro)


def module_class(it: Interpreter) -> Class | None:
    """`torch.nn.Module`, as the bundled library defines it."""
    home = it.importer.load(it, "torch.nn")
    found = home.scope.variables.get("Module") if home is not None else None
    return found if type(found) is Class else None


def name_of(base: Value) -> str | None:
    """What a base is called that was not found, or that derives from one."""
    if isinstance(base, External):
        return base.name
    return base.missing if type(base) is Class else None


def missing_in(cls: Class) -> str | None:
    """The base that a class lacks which is a module only because it must be one."""
    for parent in cls.mro:
        if parent.implied:
            return parent.missing
    return None


def note(it: Interpreter, cls: Class) -> None:
    """Say that a module was built without what its base would have brought."""
    missing = missing_in(cls)
    if missing is not None:
        it.unresolve(f"the base class {missing} of {cls.name} is not found", cls.place)
