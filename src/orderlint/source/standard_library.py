"""The allow-list of pure standard-library functions, and stand-ins for those that take or make classes and
functions.
"""

from __future__ import annotations

import collections
import importlib
import inspect
import sys
from typing import TYPE_CHECKING

from orderlint.source import (
    budget,
    contexts,
    copying,
    documents,
    paths,
    python_frames,
    record_classes,
    signatures,
    source_text,
)
from orderlint.source.values import (
    ABSENT,
    Class,
    External,
    Function,
    Instance,
    Iteration,
    Native,
    Partial,
    Property,
    Raised,
    Sequence,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]

ALLOWED: dict[str, frozenset[str]] = {
    "math": frozenset({"*"}),
    "re": frozenset(
        [
            "match",
            "fullmatch",
            "search",
            "findall",
            "split",
            "sub",
            "compile",
            "escape",
            "IGNORECASE",
            "VERBOSE",
            "I",
            "X",
            "M",
            "S",
            "finditer",
        ]
    ),
    "itertools": frozenset(
        [
            "chain",
            "product",
            "repeat",
            "cycle",
            "count",
            "accumulate",
            "combinations",
            "permutations",
            "zip_longest",
            "islice",
            "starmap",
            "tee",
            "groupby",
            "takewhile",
            "dropwhile",
            "pairwise",
        ]
    ),
    "collections": frozenset(["OrderedDict", "defaultdict", "deque", "Counter", "ChainMap"]),
    "collections.abc": frozenset({"*"}),
    "operator": frozenset(
        [
            "add",
            "sub",
            "mul",
            "truediv",
            "floordiv",
            "mod",
            "pow",
            "matmul",
            "neg",
            "lt",
            "le",
            "gt",
            "ge",
            "eq",
            "ne",
            "and_",
            "or_",
            "xor",
            "not_",
            "truth",
            "contains",
            "index",
            "concat",
        ]
    ),
    "string": frozenset(
        [
            "ascii_letters",
            "ascii_lowercase",
            "ascii_uppercase",
            "digits",
            "hexdigits",
            "punctuation",
            "whitespace",
        ]
    ),
    "numbers": frozenset({"*"}),
    "types": frozenset(["SimpleNamespace", "MappingProxyType", "FunctionType", "MethodType", "ModuleType"]),
    "bisect": frozenset({"*"}),
    "heapq": frozenset({"*"}),
    "statistics": frozenset(["mean", "median"]),
    "os": frozenset({"fspath"}),
    "os.path": paths.PURE | {"join", "basename", "dirname", "splitext", "split"},
    "ast": frozenset({"literal_eval"}),
    "json": frozenset({"loads"}),
    "textwrap": frozenset({"dedent"}),
    "keyword": frozenset({"iskeyword", "kwlist"}),
}


def member(module: str, name: str) -> Value:
    """A name of an allow-listed module, from Python itself."""
    found = getattr(sys.modules.get(module) or importlib.import_module(module), name, ABSENT)
    if found is ABSENT:
        raise Raised("AttributeError", None, f"module '{module}' has no attribute '{name}'")
    return found


def partial(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    target = it.resolve(args[0])
    if type(target) is Partial:
        return Partial(target.function, [*target.args, *args[1:]], {**target.kwargs, **kwargs})
    return Partial(target, list(args[1:]), kwargs)


def keep(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """A decorator that changes nothing that matters here."""
    return args[0] if args else External("orderlint.identity")


def decorator_maker(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`@lru_cache` and `@lru_cache(maxsize=…)`."""
    if len(args) == 1 and not kwargs and not isinstance(args[0], int):
        return cached(it, args, kwargs)
    return Native("functools.lru_cache", cached, binds=False)


def cached(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """The function itself: its results are kept from now on."""
    if isinstance(args[0], Function):
        args[0].cached, args[0].memo = True, None
    return args[0]


def wraps(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`@wraps(f)`: the wrapper keeps what it wraps in `__wrapped__`, where `inspect.signature` looks."""
    wrapped = args[0]

    def decorate(it: Interpreter, inner: Args, _: Keywords) -> Value:
        function = inner[0]
        if isinstance(function, Function):
            function.attrs["__wrapped__"] = wrapped
            if isinstance(wrapped, Function):
                function.attrs["__name__"] = wrapped.attrs.get("__name__", wrapped.name)
        return function

    return Native("wraps", decorate, binds=False)


def cached_property(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return Property(args[0], cached=True)


# ---- dataclasses, enumerations, named tuples ---------------------------------------------------------------


record_classes.FIELD.mro = (record_classes.FIELD,)


def item_getter(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    def get(it: Interpreter, inner: Args, _: Keywords) -> Value:
        found = [it.getitem(inner[0], key) for key in args]
        return found[0] if len(found) == 1 else tuple(found)

    return Native("itemgetter", get, binds=False)


def attribute_getter(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    def get(it: Interpreter, inner: Args, _: Keywords) -> Value:
        value = inner[0]
        for name in str(args[0]).split("."):
            value = it.getattr(value, name)
        return value

    return Native("attrgetter", get, binds=False)


def repeat(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`itertools.repeat`: of a known number, or endless (cut off)."""
    times = args[1] if len(args) > 1 else kwargs.get("times", budget.LOOP_TURNS)
    return [args[0]] * min(times, budget.LOOP_TURNS) if isinstance(times, int) else Sequence(args[0])


def chain(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    out: list[Value] = []
    for argument in args:
        items = it.iterate(argument)
        if items is None:
            return Sequence(Unknown("an element of a chain"))
        out.extend(items)
    return Iteration(iter(out))


def reduce(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`functools.reduce(function, items, initial)`: the function called over and over."""
    from orderlint.source.iteration import element

    items = it.iterate(args[1])
    initial = args[2:] or [kwargs[k] for k in ("initial",) if k in kwargs]
    if items is None:
        one = element(it, args[1])
        return it.call(args[0], [initial[0] if initial else one, one])
    rest = [*initial, *items]
    if not rest:
        raise Raised("TypeError", None, "reduce() of empty iterable with no initial value")
    total = rest[0]
    for item in rest[1:]:
        total = it.call(args[0], [total, item])
    return total


def is_class(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    return value if isinstance(value, Unknown) else isinstance(value, (Class, type))


def is_function(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    value = it.resolve(args[0])
    return value if isinstance(value, Unknown) else isinstance(value, Function)


def import_module(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`importlib.import_module` of a known name: the module as interpreted."""
    from orderlint.source.importing import exists, module_value

    name = args[0] if args else None
    if isinstance(name, str) and name.startswith(".") and len(args) > 1 and isinstance(args[1], str):
        name = args[1] + name
    if not isinstance(name, str):
        return Unknown("a module of unknown name")
    if not exists(it, name):
        raise Raised("ModuleNotFoundError", None, f"No module named '{name}'")
    return module_value(it, name)


def find_spec(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    from orderlint.source.importing import exists

    name = args[0] if args else None
    return (
        (External("importlib.machinery.ModuleSpec()") if exists(it, name) else None)
        if isinstance(name, str)
        else Unknown("a module spec")
    )


def abstract(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`@abstractmethod`: the function, marked."""
    if args and isinstance(args[0], Function):
        args[0].attrs["__isabstractmethod__"] = True
    return keep(it, args, kwargs)


def second(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return args[1] if len(args) > 1 else kwargs.get("val")


def auto(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    return Unknown("enum.auto()")


def identity_type(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`NewType(name, type)`, `TypeVar(...)`."""
    return args[1] if len(args) > 1 else Unknown("a type variable")


_FUNCTIONS: dict[str, Callable[[Interpreter, Args, Keywords], Value]] = {
    "functools.partial": partial,
    "functools.partialmethod": partial,
    "functools.wraps": wraps,
    "functools.lru_cache": decorator_maker,
    "functools.cache": decorator_maker,
    "functools.cached_property": cached_property,
    "functools.singledispatch": keep,
    "functools.update_wrapper": keep,
    "functools.total_ordering": keep,
    "functools.reduce": reduce,
    "copy.copy": copying.shallow_copy,
    "copy.deepcopy": copying.deep_copy,
    "dataclasses.dataclass": record_classes.dataclass,
    "dataclasses.field": record_classes.field,
    "dataclasses.replace": record_classes.replace,
    "dataclasses.asdict": record_classes.as_dict,
    "dataclasses.fields": record_classes.fields,
    "dataclasses.is_dataclass": record_classes.is_dataclass,
    "collections.namedtuple": record_classes.named_tuple,
    "operator.itemgetter": item_getter,
    "operator.attrgetter": attribute_getter,
    "itertools.repeat": repeat,
    "itertools.chain": chain,
    "itertools.chain.from_iterable": lambda it, args, kwargs: chain(it, list(it.iterate(args[0]) or []), {}),
    "inspect.signature": signatures.signature,
    "inspect.getfullargspec": signatures.full_specification,
    "inspect.isclass": is_class,
    "inspect.isfunction": is_function,
    "importlib.import_module": import_module,
    "importlib.util.find_spec": find_spec,
    "typing.cast": second,
    "typing.NewType": identity_type,
    "typing.overload": keep,
    "typing.final": keep,
    "typing.runtime_checkable": keep,
    "typing_extensions.override": keep,
    "typing.override": keep,
    "abc.abstractmethod": abstract,
    "contextlib.contextmanager": keep,
    "enum.auto": auto,
    "enum.unique": keep,
    "warnings.warn": lambda it, args, kwargs: None,
    "atexit.register": keep,
}
SPECIAL: dict[str, Value] = {
    name: Native(name, function, binds=False) for name, function in _FUNCTIONS.items()
}
for _name in ("enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "typing.NamedTuple"):
    SPECIAL[_name] = External(_name)


def loaded_module(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`sys.modules[name]`: the module as interpreted."""
    if args[1] == "__main__":
        return it.frames[0].module
    return import_module(it, [args[1]], {})


def is_loaded(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`name in sys.modules`: whether the module can be imported, which it is where it matters."""
    name = args[1]
    if not isinstance(name, str):
        return Unknown("whether a module of unknown name is loaded")
    return name == "__main__" or find_spec(it, [name], {}) is not None


MODULES = Class("modules", "sys.modules", "sys", (), {})
MODULES.mro = (MODULES,)
MODULES.namespace["__getitem__"] = Native("sys.modules.__getitem__", loaded_module)
MODULES.namespace["get"] = Native("sys.modules.get", loaded_module)
MODULES.namespace["__contains__"] = Native("sys.modules.__contains__", is_loaded)
SPECIAL["sys.modules"] = Instance(MODULES)
SPECIAL |= paths.SPECIAL | documents.SPECIAL | contexts.SPECIAL | python_frames.SPECIAL
SPECIAL |= source_text.SPECIAL
SPECIAL["abc.ABC"] = object
SPECIAL["inspect.Parameter"] = inspect.Parameter
SPECIAL["abc.ABCMeta"] = type
SPECIAL["typing.Callable"] = collections.abc.Callable
