"""The effect analysis of calls: which functions, methods and operators change nothing that matters."""

from __future__ import annotations

import ast
import math
import types
from typing import TYPE_CHECKING

from orderlint.graph import catalogue
from orderlint.source import constants
from orderlint.source.effect_values import (
    ELEMENTS,
    FRESH,
    HELD,
    MIXED,
    PLAIN,
    Abstract,
    Attached,
    Code,
    Keywords,
    Known,
    Many,
    Method,
    Nested,
    NotHarmlessError,
    Parent,
    Plain,
    PlainMethod,
    Prepared,
    Row,
    constant_of,
    element,
    holds_code,
    join,
    known,
    only_plain,
)
from orderlint.source.layer_classes import IDLE
from orderlint.source.operators import LAYERS
from orderlint.source.values import Class, External, Function, Native, Partial, StaticMethod, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.effect_statements import Activation
    from orderlint.source.effects import Analysis

READING_METHODS = frozenset({"keys", "values", "items", "get", "index", "count", "copy"})
"""Methods of containers that leave them as they are."""

CONTAINER_METHODS = READING_METHODS | {
    "append",
    "extend",
    "insert",
    "add",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "remove",
    "discard",
    "clear",
    "reverse",
    "sort",
}
READERS = frozenset({"__children__", "__modules__", "__parameters__", "__buffers__"})
TENSORS = frozenset({"__parameters__", "__buffers__", "named_parameters", "named_buffers"})
PLAIN_RESULT = frozenset(
    {"len", "print", "callable", "repr", "id", "issubclass", "any", "all", "abs", "round"}
)
COMPUTING = frozenset({"re", "math", "_operator", "posixpath"})
"""Modules of Python whose functions make new values of the plain ones they are given."""

TOLD = (str, int, float, bool, tuple, list, dict, type, types.FunctionType)
"""Types of Python of which it is known what is one."""

READ_BY = {"len": "__len__", "repr": "__repr__"}
"""Builtins with the methods that they call."""

SAME_ELEMENTS = frozenset({"sorted", "reversed", "iter"})
LOGGING = ("logging.", "warnings.")
DRAWN = frozenset({"bernoulli_"})
"""Random writes that make a tensor a mask."""

MAKERS = (
    constants.linspace,
    constants.arange,
    constants.literal_tensor,
    constants.fresh,
    constants.is_tensor,
)
"""Special functions that make a tensor or look at one."""

Arguments = list[Abstract]
Named = dict[str, Abstract]


def call(a: Analysis, node: ast.Call, at: Activation) -> Abstract:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        if type(at.owner) is not Class:
            raise NotHarmlessError("an odd super()")
        return Parent(Code(at.owner))
    function = a.value(node.func, at)
    args: Arguments = []
    for argument in node.args:
        value = a.value(argument.value if isinstance(argument, ast.Starred) else argument, at)
        if not isinstance(argument, ast.Starred):
            args.append(value)
        elif type(value) is Row:
            args += value.items
        else:
            raise NotHarmlessError("arguments of unknown number")
    kwargs: Named = {}
    for keyword in node.keywords:
        value = a.value(keyword.value, at)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif type(value) is Keywords:
            kwargs.update(value.items)
        elif a.pure and type(function) is Code and getattr(function.value, "name", "") == "functools.partial":
            return MIXED
        else:
            raise NotHarmlessError("keyword arguments of unknown names")
    return apply(a, function, args, kwargs)


def apply(a: Analysis, function: Abstract, args: Arguments, kwargs: Named) -> Abstract:
    """Call an abstract value."""
    match function:
        case Code(value):
            return code(a, value, args, kwargs)
        case Attached(inner, first):
            return apply(a, inner, [first, *args], kwargs)
        case Prepared(inner, given, named):
            return apply(a, inner, [*given, *args], {**dict(named), **kwargs})
        case Method(name):
            return method(a, name, args, kwargs)
        case PlainMethod(receiver, name):
            return plain_method(a, receiver, name, [*args, *kwargs.values()])
        case Nested():
            return a.run_nested(function, args, kwargs)
        case Plain() if a.world.unknown and all(map(only_plain, [*args, *kwargs.values()])):
            return PLAIN  # what is not known stays so
    raise NotHarmlessError("calls what is not known")


def code(a: Analysis, value: Value, args: Arguments, kwargs: Named) -> Abstract:
    """Call something of the program, of torch or of Python."""
    match value:
        case Function():
            return a.run(value, args, kwargs)
        case Partial():
            return apply(a, a.world.abstract(value), args, kwargs)
        case StaticMethod():
            return apply(a, a.world.abstract(value.function), args, kwargs)
        case External():
            return operator(a, value, [*args, *kwargs.values()])
        case Native():
            return native(a, value.name, args, kwargs)
        case type():
            return conversion(a, value, args, [*args, *kwargs.values()])
        case types.FunctionType() | types.BuiltinFunctionType() if a.pure and value.__module__ in COMPUTING:
            return PLAIN
        case types.BuiltinFunctionType() if value.__module__ == "math" and hasattr(math, value.__name__):
            return PLAIN
    raise NotHarmlessError("calls what is not followed")


def operator(a: Analysis, value: External, args: Arguments) -> Abstract:
    """An operator of torch: it makes a tensor or writes one; layers and wrappers of modules are not passed
    over."""
    if any(map(holds_code, args)) or value.name in a.it.importer.user_layers:
        raise NotHarmlessError(f"{value.name} of a function")
    if value.found and value.name.startswith(LOGGING):
        return PLAIN
    special = constants.SPECIAL.get(value.name)
    if special is not None:
        if special in (constants.initialise, constants.decorator_or_context, constants.parameter):
            return PLAIN if special is not constants.initialise else next(iter(args), PLAIN)
        if special in MAKERS:
            return PLAIN
        raise NotHarmlessError(f"{value.name}")
    spec = catalogue.functions().get(catalogue.canonical(value.name))
    if spec is None or spec.kind in LAYERS or not value.name.startswith(("torch.", "numpy.")):
        raise NotHarmlessError(f"{value.name}")
    if spec.inplace and args and args[0] != PLAIN and (a.world.elements or args[0] == ELEMENTS):
        raise NotHarmlessError(f"{value.name} writes known elements")
    return PLAIN


def plain_method(a: Analysis, receiver: Abstract, name: str, args: Arguments) -> Abstract:
    """A method of a tensor, a number or a text."""
    if receiver == HELD:
        return HELD  # object.__getattribute__
    if any(map(holds_code, args)) or (a.world.unknown and not all(map(only_plain, args))):
        raise NotHarmlessError(f"{name} of what may not be a tensor")
    spec = catalogue.functions().get(f"torch.Tensor.{name}")
    if spec is not None and ((spec.inplace and receiver == ELEMENTS) or name in DRAWN or spec.kind in LAYERS):
        raise NotHarmlessError(f"{name} writes what matters")
    if type(receiver) is Known and spec is None:
        return text_method(receiver, name, args)
    return receiver if spec is not None and spec.inplace else PLAIN


def text_method(receiver: Known, name: str, args: Arguments) -> Abstract:
    """A method of a known text, computed where it answers a question."""
    given = [constant_of(v) for v in args]
    if receiver.kind is str and name in ("startswith", "endswith", "lower", "upper") and ... not in given:
        try:
            return known(getattr(receiver.value, name)(*given))
        except (TypeError, ValueError):
            raise NotHarmlessError(f"{name} with odd arguments") from None
    return PLAIN


def method(a: Analysis, name: str, args: Arguments, kwargs: Named) -> Abstract:
    """A method of something held, or of a container."""
    if a.world.has(name):
        return a.all_methods(name, [HELD, *args], kwargs)
    if kwargs or any(holds_code(v) and not (a.pure and type(v) is Code) for v in args):
        raise NotHarmlessError(f"{name} of a function")
    return HELD if name != "keys" else PLAIN


def native(a: Analysis, name: str, args: Arguments, kwargs: Named) -> Abstract:
    """A builtin of Python or an intrinsic of the bundled library."""
    if name in READERS or name in TENSORS:
        return Many(Row((PLAIN, HELD if name not in TENSORS else tensors(a))))
    if name == "functools.partial" and args:
        return Prepared(args[0], tuple(args[1:]), tuple(kwargs.items()))
    if name == "itertools.repeat" and args:
        return Many(args[0])
    handler = NATIVES.get(name)
    if handler is not None:
        return handler(a, args)
    if any(map(holds_code, [*args, *kwargs.values()])):
        raise NotHarmlessError(f"{name} of a function")
    if name in SAME_ELEMENTS and args:
        return Many(iterated(a, args[0]))
    if name in PLAIN_RESULT and not (HELD in args and a.world.operators):
        if name in READ_BY and HELD in args:
            a.all_methods(READ_BY[name], [HELD])
        return PLAIN
    if name == "warnings.warn" or (name.startswith("torch.") and name.rpartition(".")[2] in IDLE):
        return PLAIN
    raise NotHarmlessError(f"calls {name}")


def tensors(a: Analysis) -> Abstract:
    return ELEMENTS if a.world.elements else PLAIN


def iterated(a: Analysis, value: Abstract) -> Abstract:
    if value == HELD:
        a.all_methods("__iter__", [HELD])
    return element(value)


def is_instance(a: Analysis, args: Arguments) -> Abstract:
    """`isinstance(held, C)`: no for a class of the program of which nothing within reach is an object."""
    if len(args) != 2:
        raise NotHarmlessError("isinstance")
    kinds = list(args[1].items) if type(args[1]) is Row else [args[1]]
    classes = [k.value for k in kinds if type(k) is Code]
    told = [is_of(args[0], kind) for kind in classes]
    if True in told or (len(told) == len(kinds) and None not in told):
        return known(True in told)
    if len(classes) == len(kinds) and not a.world.may_be(classes):
        return known(False)
    return PLAIN


def is_of(value: Abstract, kind: Value) -> bool | None:
    """Whether code, or None, is an object of a type of Python; None where it cannot be told."""
    if type(kind) is Native:
        told = kind.name == "functools.partial" and type(value) in (Code, Prepared, Known)
        return type(value) is Prepared if told else None
    if kind not in TOLD:
        return None
    match value:
        case Code(Class()):
            return kind is type
        case Code(Function()):
            return kind is types.FunctionType
        case Known(_, constant):
            return isinstance(constant, kind)
    return False if type(value) is Prepared else None


def has_attribute(a: Analysis, args: Arguments) -> Abstract:
    """`hasattr(held, name)`: no where nothing within reach has it."""
    name = constant_of(args[1]) if len(args) == 2 else ...
    if not isinstance(name, str) or (a.pure and (args[0] == HELD or holds_code(args[0]))):
        raise NotHarmlessError("hasattr of an unknown name, or of code")
    if args[0] == HELD and not a.hooked() and not a.world.has(name) and not a.world.unknown:
        listed = catalogue.functions().get(f"torch.Tensor.{name}") is not None
        return PLAIN if listed or name in CONTAINER_METHODS or name.startswith("_") else known(False)
    return PLAIN


def get_attribute(a: Analysis, args: Arguments) -> Abstract:
    from orderlint.source.effect_expressions import member

    name = constant_of(args[1]) if len(args) > 1 else ...
    if not isinstance(name, str):
        raise NotHarmlessError("an attribute of an unknown name")
    if len(args) == 2:
        return member(a, args[0], name)
    if args[0] == HELD and not a.world.has(name):
        return args[2] if not a.hooked() and not a.world.unknown else HELD
    return join(member(a, args[0], name), args[2])


def numbered(a: Analysis, args: Arguments) -> Abstract:
    return Many(Row((PLAIN, iterated(a, args[0]))))


def side_by_side(a: Analysis, args: Arguments) -> Abstract:
    return Many(Row(tuple(iterated(a, value) for value in args)))


def mapped(a: Analysis, args: Arguments) -> Abstract:
    items = [iterated(a, value) for value in args[1:]]
    return Many(apply(a, args[0], items, {}))


def extreme(a: Analysis, args: Arguments) -> Abstract:
    if any(map(holds_code, args)) or (HELD in args and a.world.operators):
        raise NotHarmlessError("an extreme by a function")
    return PLAIN if all(map(only_plain, args)) else HELD


NATIVES: dict[str, Callable[[Analysis, Arguments], Abstract]] = {
    "isinstance": is_instance,
    "hasattr": has_attribute,
    "getattr": get_attribute,
    "enumerate": numbered,
    "zip": side_by_side,
    "map": mapped,
    "min": extreme,
    "max": extreme,
    "sum": extreme,
}


def conversion(a: Analysis, kind: type, args: Arguments, given: Arguments) -> Abstract:
    """A type of Python that is called: a number, a text, a new container, an exception."""
    if any(map(holds_code, given)) and not a.pure:
        raise NotHarmlessError("a conversion of code")
    if HELD in args and (a.world.operators or (kind is str and a.world.has("__str__"))):
        raise NotHarmlessError("a class defines conversions")
    if kind in (int, float, bool, str, range, slice) or (kind is type and len(args) == 1):
        return PLAIN
    if kind in (list, tuple, set, frozenset) and len(args) == 1 and type(args[0]) in (Many, Row):
        return Many(element(args[0]))
    if kind in (list, dict, set, tuple):
        return FRESH
    raise NotHarmlessError(f"calls {kind.__name__}")


def bound(spec: ast.arguments, args: Arguments, kwargs: Named, defaults: Named) -> Named:
    """The variables that a call starts with."""
    names = [p.arg for p in spec.posonlyargs + spec.args]
    out: Named = dict(zip(names, args, strict=False))
    if spec.vararg is not None:
        out[spec.vararg.arg] = Row(tuple(args[len(names) :]))
    elif len(args) > len(names):
        raise NotHarmlessError("too many arguments")
    allowed = {*names, *(p.arg for p in spec.kwonlyargs)}
    extra = {name: value for name, value in kwargs.items() if name not in allowed}
    out.update({name: value for name, value in kwargs.items() if name in allowed})
    if spec.kwarg is not None:
        out[spec.kwarg.arg] = Keywords(tuple(extra.items()))
    elif extra:
        raise NotHarmlessError("an unexpected argument")
    out = {**defaults, **out}
    if not allowed <= out.keys():
        raise NotHarmlessError("a missing argument")
    return out
