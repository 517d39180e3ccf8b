"""Builtin functions of Python, and the intrinsics that the bundled library calls."""

from __future__ import annotations

import builtins
import itertools
from typing import TYPE_CHECKING

from orderlint.source import budget, instances
from orderlint.source.branches import choose, lift
from orderlint.source.values import (
    ABSENT,
    Bound,
    Choice,
    Class,
    ClassMethod,
    Dims,
    External,
    Function,
    Instance,
    Iteration,
    Native,
    NativeMethod,
    Partial,
    Property,
    Raised,
    Sequence,
    StaticMethod,
    Super,
    Symbol,
    Tensor,
    TensorMethod,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]


def nothing(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return None


def length(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if type(value) is Choice:
        return lift(it, value, lambda v: length(it, [v], {}))
    if type(value) is Instance:
        if value.cls.find("__len__") is not ABSENT:
            return it.call(it.getattr(value, "__len__"), [])
        value = value.attrs.get("__host__", Unknown("the length of an object"))
    if type(value) is Tensor and value.data is None and value.sizes and isinstance(value.sizes[0], int):
        return value.sizes[0]
    if type(value) is Tensor:
        return len(value.data) if value.data is not None else Unknown("the length of a tensor", data=True)
    if type(value) is Dims:
        return value.rank if value.rank is not None else Unknown("the rank of a tensor", data=True)
    if type(value) is Class and value.enum:
        return len(value.namespace.get("__members__", {}))
    if isinstance(value, (Unknown, Sequence)):
        return Unknown("the length of an unknown value", data=True)
    try:
        return len(value)
    except TypeError as error:
        raise Raised("TypeError", None, str(error)) from error


def items_of(it: Interpreter, value: Value) -> list[Value] | None:
    items = it.iterate(value)
    return None if items is None else list(items)


def enumerate_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.iteration import element, with_presence
    from orderlint.source.statements import presence, without_absent

    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    start = start if isinstance(start, int) else 0
    items = items_of(it, args[0])
    if items is None:
        return Sequence((Unknown("an index", data=True), element(it, args[0])))
    out = []
    for index, item in enumerate(items, start):
        inner = without_absent(item) if presence(item) is not None else item
        out.append(with_presence((index, inner), item))
    return Iteration(iter(out))


def zip_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.iteration import element

    columns: list[list[Value] | None] = []
    for argument in args:
        if isinstance(argument, itertools.count):
            columns.append([next(argument) for _ in range(budget.LOOP_TURNS)])
        else:
            columns.append(items_of(it, argument))
    known = [c for c in columns if c is not None]
    if not known:
        return Sequence(tuple(element(it, a) for a in args)) if args else []
    count = min(len(c) for c in known)
    rows = []
    for index in range(count):
        rows.append(
            tuple(c[index] if c is not None else element(it, a) for c, a in zip(columns, args, strict=True))
        )
    return Iteration(iter(rows))


def map_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.iteration import element

    columns = [items_of(it, a) for a in args[1:]]
    if any(c is None for c in columns):
        return Sequence(it.call(args[0], [element(it, a) for a in args[1:]]))
    rows = zip(*[c for c in columns if c is not None], strict=False)
    return Iteration(iter([it.call(args[0], list(row)) for row in rows]))


def filter_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    items = items_of(it, args[1])
    if items is None:
        return args[1]
    keep = [
        v for v in items if it.truth(v if args[0] is None else it.call(args[0], [v]), "filter") is not False
    ]
    return Iteration(iter(keep))


def sorted_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    items = items_of(it, args[0])
    if items is None:
        return args[0]
    key = kwargs.get("key")
    keys = [it.default_of(it.call(key, [v]) if key is not None else v) for v in items]
    try:
        order = sorted(range(len(items)), key=lambda i: keys[i], reverse=kwargs.get("reverse") is True)
    except TypeError:
        return items
    return [items[i] for i in order]


def reversed_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    items = items_of(it, args[0])
    return args[0] if items is None else Iteration(iter(items[::-1]))


def sum_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    import ast

    from orderlint.source.arithmetic import binary
    from orderlint.source.iteration import element

    total = args[1] if len(args) > 1 else kwargs.get("start", 0)
    items = items_of(it, args[0])
    if items is None:
        one = element(it, args[0])
        return binary(it, ast.Add(), one, one) if isinstance(one, Tensor) else Unknown("a sum", data=True)
    for item in items:
        total = (
            item
            if isinstance(total, int) and total == 0 and isinstance(item, Tensor)
            else binary(it, ast.Add(), total, item)
        )
    return total


def extreme(name: str) -> Native:
    """`min` and `max`."""
    host = getattr(builtins, name)

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        items = args if len(args) > 1 else items_of(it, args[0])
        if items is None or any(isinstance(v, (Unknown, Tensor, Choice, Test)) for v in items):
            data = items is None or any(isinstance(v, Tensor) or getattr(v, "data", False) for v in items)
            return Unknown(f"{name} of unknown values", bool(data))
        if not items:
            if "default" in kwargs:
                return kwargs["default"]
            raise Raised("ValueError", None, f"{name}() arg is an empty sequence")
        key = kwargs.get("key")
        keys = [it.default_of(it.call(key, [v]) if key is not None else v) for v in items]
        try:
            chosen = items[host(range(len(items)), key=lambda i: keys[i])]
        except TypeError:
            return Unknown(f"{name} of values without an order")
        symbols = [v.text for v in items if type(v) is Symbol]
        return Symbol(" + ".join(dict.fromkeys(symbols)), it.default_of(chosen)) if symbols else chosen

    return Native(name, call, binds=False)


def every(all_: bool) -> Native:
    """`all` and `any`."""

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        from orderlint.source.truth import combine

        items = items_of(it, args[0])
        if items is None:
            return Unknown("all or any of unknown values", data=True)
        return combine([it.truth(v, "element") for v in items], all_=all_, text="")

    return Native("all" if all_ else "any", call, binds=False)


def numeric(name: str) -> Native:
    """`abs`, `round`, `divmod`, `pow`, ... on numbers, symbols and tensors."""
    host = getattr(builtins, name)

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        if name == "abs" and type(args[0]) in (int, float):
            return abs(args[0])
        from orderlint.source.hosts import call_host
        from orderlint.source.operators import apply

        if args and isinstance(args[0], Tensor) and args[0].data is None:
            return (
                apply(it, f"torch.Tensor.{name}", args, kwargs)
                if name in ("abs", "round", "pow")
                else Unknown(name, data=True)
            )
        return call_host(it, host, args, kwargs)

    return Native(name, call, binds=False)


def is_instance(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return instances.is_instance(it, args[0], args[1])


def is_subclass(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return instances.is_subclass(it, args[0], args[1])


def has_attribute(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value, name = it.resolve(args[0]), args[1]
    if type(value) is Choice:
        return lift(it, value, lambda v: has_attribute(it, [v, name], {}))
    if isinstance(value, Unknown) or not isinstance(name, str):
        return Unknown("hasattr of an unknown value", getattr(value, "data", False))
    if type(value) is Instance:
        raw = value.attrs.get(name, (value.attrs.get("_modules") or {}).get(name))
        if type(raw) is Choice:
            from orderlint.source.statements import presence

            test = presence(it.resolve(raw))
            return True if test is None else it.truth(test)
    try:
        it.getattr(value, name)
    except Raised:
        return False
    return True


def get_attribute(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value, name = it.resolve(args[0]), it.resolve(args[1])
    if type(value) is Choice:
        return lift(it, value, lambda v: get_attribute(it, [v, *args[1:]], {}))
    if type(name) is Choice:
        return lift(it, name, lambda n: get_attribute(it, [value, n, *args[2:]], {}))
    if not isinstance(name, str):
        return any_child(it, value)
    try:
        return it.getattr(value, name)
    except Raised as raised:
        if len(args) > 2 and raised.name in ("AttributeError", "NotImplementedError"):
            return args[2]
        raise


def any_child(it: Interpreter, value: Value) -> Value:
    """An attribute of unknown name: any of the module's children."""
    from orderlint.source.subscripts import any_element

    children = value.attrs.get("_modules") if type(value) is Instance else None
    return any_element(it, list(children.values())) if children else Unknown("an attribute of unknown name")


def set_attribute(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    if isinstance(args[1], str):
        it.setattr(args[0], args[1], args[2])
    return None


def delete_attribute(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.attributes import delete

    return delete(it, it.resolve(args[0]), args[1]) if isinstance(args[1], str) else None


def is_callable(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if type(value) is Choice:
        return lift(it, value, lambda v: is_callable(it, [v], {}))
    if isinstance(value, Unknown):
        return Unknown("whether an unknown value is callable")
    if isinstance(value, Instance):
        return value.cls.find("__call__") is not ABSENT or "_modules" in value.attrs
    kinds = (
        Function,
        Bound,
        Native,
        NativeMethod,
        TensorMethod,
        Partial,
        Class,
        External,
        StaticMethod,
        ClassMethod,
    )
    return isinstance(value, kinds) or (callable(value) and not isinstance(value, (Tensor, Symbol)))


def iterator(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if isinstance(value, Iteration):
        return value
    items = it.iterate(value)
    return Iteration(iter(items)) if items is not None else value


def next_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    if isinstance(value, (Iteration, itertools.count, itertools.cycle)) or hasattr(value, "__next__"):
        item = next(value.items if isinstance(value, Iteration) else value, ABSENT)
        if item is not ABSENT:
            return item
        if len(args) > 1:
            return args[1]
        raise Raised("StopIteration")
    if isinstance(value, Instance) and value.cls.find("__next__") is not ABSENT:
        return it.call(it.getattr(value, "__next__"), [])
    from orderlint.source.iteration import element

    return element(it, value)


def identity(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return id(args[0])


def text(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.hosts import is_plain

    return repr(args[0]) if is_plain(args[0]) else Unknown("the text of a value")


def variables(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`vars(x)`, and `locals()` without an argument."""
    if not args:
        return dict(it.frames[-1].scope.variables)
    target = it.resolve(args[0])
    if isinstance(target, External):
        return layers_of_module(it, target.name)
    return it.getattr(target, "__dict__")


MODULES_OF_KINDS = {
    "activation": ("activation", "attention"),
    "batchnorm": ("batch_norm",),
    "instancenorm": ("instance_norm",),
    "normalization": ("layer_norm", "group_norm", "rms_norm", "other_norm"),
    "conv": ("conv",),
    "dropout": ("dropout",),
    "linear": ("linear", "identity"),
    "pooling": ("max_pool", "avg_pool"),
    "rnn": ("rnn",),
    "sparse": ("embedding",),
    "loss": ("loss",),
}
"""Which kinds of layers the modules of torch.nn.modules define."""


def layers_of_module(it: Interpreter, name: str) -> Value:
    """`vars(torch.nn.modules.activation)`: the layer classes of a module of torch by name."""
    from orderlint.graph import catalogue

    parent, _, leaf = name.rpartition(".")
    if parent != "torch.nn.modules" or leaf not in MODULES_OF_KINDS:
        return Unknown(f"the variables of {name}")
    specs = [s for s in catalogue.layers().values() if s.kind in MODULES_OF_KINDS[leaf]]
    names = [s.name for s in specs if s.name.startswith("torch.nn.") and s.name.count(".") == 2]
    return {n.rpartition(".")[2]: it.importer.layer_class(n) for n in names}


def module_variables(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`globals()`: the module's variables, lazily imported ones resolved."""
    from orderlint.source.importing import resolved_variables

    return resolved_variables(it, it.frames[-1].module)


def directory(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = args[0] if args else None
    return sorted(value.attrs) if isinstance(value, Instance) else Unknown("dir of a value")


def make_property(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return Property(args[0] if args else kwargs.get("fget"), args[1] if len(args) > 1 else kwargs.get("fset"))


def make_super(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    if len(args) == 2 and isinstance(args[0], Class):
        return Super(args[0], args[1])
    if not args:
        from orderlint.source.calls import zero_argument_super

        return zero_argument_super(it, it.frames[-1])
    return Unknown("an odd super()")


def refused(name: str) -> Native:
    """Builtins that would run code or read files: they are not followed."""
    return Native(name, lambda it, args, kwargs: Unknown(f"{name}() is not followed"), binds=False)


def native(function: object, name: str) -> Native:
    return Native(name, function, binds=False)  # type: ignore[arg-type]


TABLE: dict[str, Value] = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
TABLE |= {
    t.__name__: t
    for t in (
        int,
        float,
        str,
        bool,
        list,
        tuple,
        dict,
        set,
        frozenset,
        bytes,
        complex,
        slice,
        range,
        object,
        type,
    )
}
TABLE |= {
    name: native(function, name)
    for name, function in {
        "print": nothing,
        "len": length,
        "enumerate": enumerate_,
        "zip": zip_,
        "map": map_,
        "filter": filter_,
        "sorted": sorted_,
        "reversed": reversed_,
        "sum": sum_,
        "isinstance": is_instance,
        "issubclass": is_subclass,
        "hasattr": has_attribute,
        "getattr": get_attribute,
        "setattr": set_attribute,
        "delattr": delete_attribute,
        "callable": is_callable,
        "iter": iterator,
        "next": next_,
        "id": identity,
        "repr": text,
        "vars": variables,
        "locals": variables,
        "globals": module_variables,
        "dir": directory,
        "property": make_property,
        "super": make_super,
        "staticmethod": lambda it, args, kwargs: StaticMethod(args[0]),
        "classmethod": lambda it, args, kwargs: ClassMethod(args[0]),
    }.items()
}
TABLE |= {"min": extreme("min"), "max": extreme("max"), "all": every(True), "any": every(False)}
TABLE |= {
    name: numeric(name)
    for name in ("abs", "round", "divmod", "pow", "ord", "chr", "format", "hex", "bin", "hash")
}
TABLE |= {
    name: refused(name)
    for name in (
        "open",
        "exec",
        "eval",
        "compile",
        "__import__",
        "input",
        "breakpoint",
        "memoryview",
        "bytearray",
    )
}
TABLE |= {"NotImplemented": NotImplemented, "Ellipsis": Ellipsis, "__debug__": True}


# ---- intrinsics of the bundled library ---------------------------------------------------------------------


def number_children(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """Register modules under consecutive numbers, as `Sequential` and `ModuleList` do."""
    from orderlint.source.iteration import element

    children = args[0].attrs["_modules"]
    it.touch(children)
    items = items_of(it, args[1])
    for item in items if items is not None else [element(it, args[1])]:
        children[str(len(children))] = item
    return None


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
        for option in [v for _, v in child.options] if type(child) is Choice else [child]:
            if type(option) is Instance:
                out.append((str(name), option))
    return out


def children(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`named_children`: each child once."""
    return list({id(child): (name, child) for name, child in reversed(children_of(args[0]))}.values())[::-1]


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
    "__children__": native(children, "__children__"),
    "__modules__": native(modules, "__modules__"),
    "__number__": native(number_children, "__number__"),
    "__layer__": native(layer, "__layer__"),
    "__parameters__": tensors_below(True),
    "__buffers__": tensors_below(False),
    "__handle__": native(lambda it, args, kwargs: Unknown("a hook's handle"), "__handle__"),
}

__all__ = ["INTRINSICS", "TABLE", "choose"]
