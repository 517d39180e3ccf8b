"""Builtin functions of Python, and the intrinsics that the bundled library calls."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from orderlint.source import branches, builtin_iteration, evaluation, instances, paths, text_patterns
from orderlint.source.branches import choose, lift
from orderlint.source.tensors import Tensor
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
    Native,
    NativeMethod,
    Partial,
    Property,
    Raised,
    Sequence,
    StaticMethod,
    Super,
    Symbol,
    TensorMethod,
    Unknown,
    Value,
    literal_test,
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
    if isinstance(value, (Unknown, Sequence)) or id(value) in it.uncounted:
        return Unknown("the length of an unknown value", data=True)
    try:
        return len(value)
    except TypeError as error:
        raise Raised("TypeError", None, str(error)) from error


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
            from orderlint.source.iteration import presence

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
    if type(name) is Unknown and isinstance(name.value, str):
        return by_open_name(it, value, name, args[2:])
    if not isinstance(name, str):
        return any_child(it, value, name)
    try:
        return it.getattr(value, name)
    except Raised as raised:
        if len(args) > 2 and raised.name in ("AttributeError", "NotImplementedError"):
            return args[2]
        raise


def by_open_name(it: Interpreter, value: Value, name: Unknown, rest: Args) -> Value:
    """An attribute whose name a caller may pass: that of the default, or an unknown one."""
    test = literal_test(f"{name.text} == {name.value!r}", True)
    found = get_attribute(it, [value, name.value, *rest], {})
    return branches.join(
        test.when_true,
        found,
        test.when_false,
        Unknown(f"what {name.text} names, where it is not {name.value!r}"),
    )


def any_child(it: Interpreter, value: Value, name: Value) -> Value:
    """An attribute of unknown name: any of the module's children that may have it."""
    from orderlint.source.subscripts import any_element

    children = value.attrs.get("_modules") if type(value) is Instance else None
    found = list(children.values()) if children else []
    if children and type(name) is Unknown:
        found = text_patterns.matching(children, name)
    return any_element(it, found) if found else Unknown("an attribute of unknown name")


def set_attribute(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    if isinstance(args[1], str):
        it.setattr(args[0], args[1], args[2])
        return None
    target = it.resolve(args[0])
    children = target.attrs.get("_modules") if type(target) is Instance else None
    if isinstance(children, dict) and type(args[1]) is Unknown and type(args[2]) is Instance:
        it.touch(children)
        children[args[1]] = args[2]
    return None


def delete_attribute(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.attribute_assignment import delete

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


def identity(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    it.taint()
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


def import_top(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`__import__("package.module")`: the package, as an import statement binds it."""
    from orderlint.source.standard_library import import_module

    name = args[0] if args else None
    return import_module(it, [name.partition(".")[0] if isinstance(name, str) else name], {})


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
        "enumerate": builtin_iteration.enumerate_,
        "zip": builtin_iteration.zip_,
        "map": builtin_iteration.map_,
        "filter": builtin_iteration.filter_,
        "sorted": builtin_iteration.sorted_,
        "reversed": builtin_iteration.reversed_,
        "sum": builtin_iteration.sum_,
        "isinstance": is_instance,
        "issubclass": is_subclass,
        "hasattr": has_attribute,
        "getattr": get_attribute,
        "setattr": set_attribute,
        "delattr": delete_attribute,
        "callable": is_callable,
        "iter": builtin_iteration.iterator,
        "next": builtin_iteration.next_,
        "id": identity,
        "repr": text,
        "__import__": import_top,
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
TABLE |= {
    "min": builtin_iteration.extreme("min"),
    "max": builtin_iteration.extreme("max"),
    "all": builtin_iteration.every(True),
    "any": builtin_iteration.every(False),
}
TABLE |= {
    name: numeric(name)
    for name in ("abs", "round", "divmod", "pow", "ord", "chr", "format", "hex", "bin", "hash")
}
TABLE |= {
    name: refused(name)
    for name in (
        "exec",
        "compile",
        "input",
        "breakpoint",
        "memoryview",
        "bytearray",
    )
}
TABLE |= {"eval": evaluation.EVAL, "open": paths.SPECIAL["io.open"]}
TABLE |= {"NotImplemented": NotImplemented, "Ellipsis": Ellipsis, "__debug__": True}


# ---- intrinsics of the bundled library ---------------------------------------------------------------------


__all__ = ["TABLE", "choose"]
