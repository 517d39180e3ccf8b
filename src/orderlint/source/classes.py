"""Classes of the interpreted program: definition, method resolution order, instances, dataclasses,
enumerations.
"""

from __future__ import annotations

import collections
import types
from typing import TYPE_CHECKING

from orderlint.source import (
    build_replay,
    decorators,
    enumerations,
    hosts,
    metaclasses,
    missing_bases,
    record_classes,
)
from orderlint.source.frames import Frame, place_of
from orderlint.source.structure import Structure
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Bound,
    Class,
    ClassMethod,
    External,
    Function,
    Instance,
    Native,
    OpenDict,
    Property,
    Raised,
    Scope,
    StaticMethod,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    import ast

    from orderlint.source.interpreter import Interpreter

TYPING: dict[str, type] = {
    "typing.Dict": dict,
    "typing.List": list,
    "typing.Tuple": tuple,
    "typing.OrderedDict": collections.OrderedDict,
    "typing.DefaultDict": collections.defaultdict,
}
HARMLESS_BASES = ("typing.", "abc.", "collections.abc.", "enum.", "typing_extensions.", "torch.")


def define(it: Interpreter, node: ast.ClassDef, frame: Frame) -> Value:
    """The class that a class statement makes, its decorators applied."""
    bases = [it.resolve(it.eval(b, frame)) for b in node.bases]
    scope = Scope("class", frame.scope, {"__module__": frame.module.name, "__qualname__": node.name})
    inner = Frame(frame.module, scope, node, frame.function)
    with it.framed(inner):
        it.exec_block(node.body, inner)
    meta = metaclass(it, node, bases, frame)
    if meta is not None:
        cls = metaclasses.make_by(it, meta, node.name, bases, scope.variables, frame.module.name)
    else:
        cls = make(it, node.name, frame.module.name, bases, scope.variables)
    if type(cls) is not Class:
        return cls
    for function in scope.functions or ():
        own(cls, function)
    cls.node, cls.library = node, frame.module.library
    if frame.module.path is not None:
        cls.place = place_of(frame.module.path, node)
    if meta is not None:
        metaclasses.initialise(it, meta, cls, bases)
    announce(it, cls, node, frame)
    result: Value = cls
    for decorator in reversed(node.decorator_list):
        applied = it.eval(decorator, frame)
        frame.node = decorator
        decorated = decorators.apply(it, applied, result)
        if not isinstance(decorated, Unknown) and decorated is not None:
            result = decorated
        elif result is cls and record_classes.is_plain_record(cls):
            record_classes.make_open_record(it, cls)
    return result


def metaclass(it: Interpreter, node: ast.ClassDef, bases: list[Value], frame: Frame) -> Class | None:
    """The metaclass that the program itself defines: the one stated, or else that of a base."""
    for keyword in node.keywords:
        if keyword.arg == "metaclass":
            stated = it.resolve(it.eval(keyword.value, frame))
            return stated if type(stated) is Class else None
    return next((b.meta for b in bases if type(b) is Class and b.meta is not None), None)


def make(it: Interpreter, name: str, module: str, bases: list[Value], namespace: dict[str, Value]) -> Value:
    """A class from its bases and namespace; bases that are not followed are left out and noted."""
    it.taint()
    known: list[Value] = []
    host: list[type] = []
    open_ = enum = named_tuple = False
    for base in bases:
        base = it.resolve(base)
        base = builtin_of(base)
        if type(base) is Class:
            known.append(base)
        elif isinstance(base, External):
            enum |= base.name in enumerations.NAMES
            named_tuple |= base.name == "typing.NamedTuple"
            open_ |= not base.found or not base.name.startswith(HARMLESS_BASES)
        elif isinstance(base, type):
            if base is not object:
                host.append(base)
        else:
            open_ = True
    cls = Class(name, f"{module}.{name}", module, tuple(known + host), namespace, open_bases=open_)
    cls.enum = enum or any(b.enum for b in known)
    cls.open_bases |= any(b.open_bases for b in known)
    cls.mro = linearise(cls, known)
    if cls.open_bases:
        missing_bases.fill_in(it, cls, bases)
    for value in namespace.values():
        own(cls, value)
    if cls.enum:
        enumerations.fill(it, cls)
    inherited = next((b.dataclass_fields for b in known if b.dataclass_fields is not None), None)
    cls.dataclass_fields = inherited
    name_descriptors(it, cls)
    if named_tuple:
        return host_named_tuple(cls)
    return cls


def name_descriptors(it: Interpreter, cls: Class) -> None:
    """Tell the descriptors of a class body which class and name they are bound to."""
    for name, value in list(cls.namespace.items()):
        if type(value) is Instance and (hook := value.cls.find("__set_name__")) is not ABSENT:
            it.call(Bound(hook, value), [cls, name])


def builtin_of(base: Value) -> Value:
    """The class of Python's own behind `dict[str, int]` and `typing.Dict`; other bases as they are."""
    if isinstance(base, types.GenericAlias):
        return base.__origin__
    if type(base) is Native and base.name == "property":
        return property
    name = base.name if isinstance(base, External) else ""
    return TYPING.get(name, base)


def host_named_tuple(cls: Class) -> Value:
    """`typing.NamedTuple` as Python's own named tuple: its fields may hold any value.

    One with methods of its own is a class that derives from that tuple.
    """
    notes = cls.namespace.get("__annotations__", {})
    names = list(notes)
    defaults = [cls.namespace[n] for n in names if n in cls.namespace]
    try:
        host = collections.namedtuple(cls.name, names, defaults=defaults)  # type: ignore[misc]
    except (TypeError, ValueError):
        return Unknown(f"the named tuple {cls.name}")
    if not any(
        isinstance(v, (Function, Property, StaticMethod, ClassMethod)) for v in cls.namespace.values()
    ):
        return host
    for name in names:
        cls.namespace.pop(name, None)
    cls.bases = (host,)
    return cls


def own(cls: Class, value: Value) -> None:
    """Tell the functions of a class body which class they belong to (for `super()`)."""
    if type(value) is Function and value.owner is None:
        value.owner = cls
        value.qualname = f"{cls.name}.{value.name}"
    elif isinstance(value, (StaticMethod, ClassMethod)):
        own(cls, value.function)
    elif isinstance(value, Property):
        own(cls, value.getter)
        own(cls, value.setter)


def linearise(cls: Class, bases: list[Class]) -> tuple[Class, ...]:
    """The C3 method resolution order; depth first where the bases are inconsistent."""
    sequences = [list(b.mro) for b in bases] + [list(bases)]
    out = [cls]
    while any(sequences):
        sequences = [s for s in sequences if s]
        head = next((s[0] for s in sequences if not any(s[0] in t[1:] for t in sequences)), None)
        if head is None:
            rest = [c for s in sequences for c in s]
            return tuple(dict.fromkeys(out + rest))
        out.append(head)
        for sequence in sequences:
            if sequence[0] is head:
                del sequence[0]
    return tuple(out)


def announce(it: Interpreter, cls: Class, node: ast.ClassDef, frame: Frame) -> None:
    """Call the parent's `__init_subclass__`."""
    for parent in cls.mro[1:]:
        hook = parent.namespace.get("__init_subclass__")
        if hook is not None:
            kwargs = {k.arg: it.eval(k.value, frame) for k in node.keywords if k.arg and k.arg != "metaclass"}
            function = hook.function if isinstance(hook, ClassMethod) else hook
            it.call(Bound(function, cls), [], kwargs)
            return


def is_module(cls: Class) -> bool:
    """Whether a class derives from `torch.nn.Module`."""
    for parent in cls.mro:  # noqa: SIM110 - asked at every call, and a generator takes twice as long
        if parent.qualname == "torch.nn.Module":
            return True
    return False


def instantiate(
    it: Interpreter, cls: Class, args: list[Value], kwargs: dict[str, Value], *, open_: bool = False
) -> Value:
    """`cls(*args, **kwargs)`."""
    if cls.enum:
        return enumerations.call(it, cls, args, kwargs)
    if cls.meta is not None and not metaclasses.calling(it, cls):
        caller = cls.meta.find("__call__")
        if type(caller) is Function:
            return metaclasses.call_by(it, caller, cls, args, kwargs, open_=open_)
    if is_module(cls) and cls.library and cls.spec is not None and has_tensor(args):
        it.fact("module_called_on_tensor", cls.name, cls.qualname)
    creator = cls.find("__new__")
    if type(creator) in (Function, StaticMethod):
        made = it.call(creator if type(creator) is Function else creator.function, [cls, *args], kwargs)
        if type(made) is not Instance or not made.cls.is_subclass(cls):
            return made
        instance = made
    else:
        instance = blank(it, cls)
    if not is_module(cls):
        initialise(it, instance, args, kwargs, open_=open_)
        return instance
    return build_module(it, instance, args, kwargs, open_=open_)


def build_module(
    it: Interpreter, instance: Instance, args: list[Value], kwargs: dict[str, Value], *, open_: bool
) -> Value:
    """Initialise a module; where the roots of a file share a memo, one of the same structure is built
    once. What a forward builds may hold its tensors, and is its own.
    """
    it.built_classes.update(map(id, instance.cls.mro))
    if it.memo is None or it.building or it.modules or instance.cls.library or is_layer(instance.cls):
        return initialised(it, instance, args, kwargs, open_=open_)
    structure = Structure.of(instance, args, kwargs, open_)
    _, known = it.memo.setdefault(structure.key, (structure, []))
    count = it.reused.get(structure.key, 0)
    it.reused[structure.key] = count + 1
    if count < len(known):
        return adopted(it, known[count])
    initialised(it, instance, args, kwargs, open_=open_)
    if not it.unresolved:
        known.append(instance)
    return instance


def is_layer(cls: Class) -> bool:
    """Whether a class derives from a layer: it is cheap to build, and its sizes must fit its neighbours."""
    return any(parent.spec is not None for parent in cls.mro)


def initialised(
    it: Interpreter, instance: Instance, args: list[Value], kwargs: dict[str, Value], *, open_: bool
) -> Instance:
    it.building += 1
    try:
        if open_:
            initialise(it, instance, args, kwargs, open_=True)
        else:
            build_replay.build(
                it, instance, args, kwargs, lambda: initialise(it, instance, args, kwargs, open_=False)
            )
    finally:
        it.building -= 1
    return instance


def adopted(it: Interpreter, module: Instance) -> Instance:
    """A module that another root has built, as if it were made here: on a branch, the other side does not
    see it.
    """
    todo: list[Value] = [module] if it.trails else []
    while todo:
        value = todo.pop()
        if type(value) is Instance and id(value) not in it.trails[-1].born:
            children = it.born(value).attrs.get("_modules")
            todo += it.born(children).values() if isinstance(children, dict) else ()
    return module


def has_tensor(args: list[Value]) -> bool:
    for value in args:  # noqa: SIM110 - asked at every call of a class, mostly of none
        if type(value) is Tensor and value.sources():
            return True
    return False


def blank(it: Interpreter, cls: Class) -> Instance:
    """An object before its `__init__`."""
    it.instances += 1
    instance = Instance(cls, {}, number=it.next_number(), condition=it.path, in_forward=bool(it.modules))
    if it.recordings:
        instance.depth = it.user_depth()
    places = it.call_places(4)
    if places:
        instance.built, instance.frames = places[0], places[1:]
    it.born(instance)
    if is_module(cls):
        instance.attrs["_modules"] = it.born({})
        missing_bases.note(it, cls)
    elif (host := host_base(cls)) is not None and issubclass(host, (dict, list)):
        instance.attrs["__host__"] = it.born(host())
    return instance


def blank_of_host(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`super().__new__(cls, *args)`: an object of Python's own base (a named tuple, `dict`, `str`) holds one
    such.
    """
    made = blank(it, args[0])
    hosts_ = [b for c in args[0].mro for b in c.bases if isinstance(b, type) and b is not object]
    if hosts_ and issubclass(hosts_[0], (tuple, dict, list, str, int, float)):
        from orderlint.source import hosts

        made.attrs["__host__"] = hosts.call_type(it, hosts_[0], args[1:], kwargs)
    return made


def initialise(
    it: Interpreter, instance: Instance, args: list[Value], kwargs: dict[str, Value], *, open_: bool
) -> None:
    cls = instance.cls
    initialiser = cls.find("__init__")
    if initialiser is not ABSENT:
        it.call(initialiser, [instance, *args], kwargs, open_=open_)
    elif isinstance(instance.attrs.get("__host__"), (tuple, str, int, float)):
        return
    elif (host := host_base(cls)) is not None:
        instance.attrs["args"] = tuple(args)
        if host is property:
            instance.attrs.update(zip(("fget", "fset", "fdel"), [*args, None, None], strict=False))
        kept = issubclass(host, (tuple, dict, list, str))
        instance.attrs["__host__"] = (
            hosts.call_type(it, host, args, kwargs) if kept else args[0] if args else None
        )
        if host is collections.OrderedDict and type(cls.find("__setitem__")) is Function:
            set_each(it, instance)
    elif args and not cls.open_bases:
        raise Raised("TypeError", None, f"{cls.name}() takes no arguments")


def set_each(it: Interpreter, instance: Instance) -> None:
    """An ordered dictionary's constructor sets its items by the `__setitem__` of the class."""
    items = instance.attrs["__host__"]
    if isinstance(items, collections.OrderedDict):
        instance.attrs["__host__"] = it.born(collections.OrderedDict())
        for key, value in items.items():
            it.setitem(instance, key, value)


def host_base(cls: Class) -> type | None:
    """The class of Python's own that a class derives from, if any."""
    return next((b for c in cls.mro for b in c.bases if isinstance(b, type)), None)


def is_instance(it: Interpreter, value: Value, cls: Value) -> Value:
    """`isinstance(value, cls)`."""
    from orderlint.source import instances

    return instances.is_instance(it, value, cls)


__all__ = ["OpenDict", "define", "instantiate", "is_module"]
