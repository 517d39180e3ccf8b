"""Subscripts: elements and slices of containers, tensors and modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import operators, text_patterns
from orderlint.source.branches import lift
from orderlint.source.open_parameters import OpenInteger
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    Bound,
    Choice,
    Class,
    Dims,
    External,
    Function,
    Instance,
    Partial,
    Raised,
    Sequence,
    Symbol,
    Test,
    Unknown,
    Value,
    literal_test,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

CHOSEN = (str, type, Class, External, Function, Instance, Partial)
"""What a table holds that a number chooses from; a table of sizes and depths goes by the default."""


UNCLEAR = (Unknown, Tensor, Choice, Test)
"""What may bound a slice without saying where."""


def get(it: Interpreter, value: Value, key: Value) -> Value:
    """`value[key]`."""
    if type(key) is int and type(value) in (tuple, list) and -len(value) <= key < len(value):
        return value[key]
    value, key = it.resolve(value), concrete(it, it.resolve(key))
    if type(value) is Choice:
        return lift(it, value, lambda v: get(it, v, key))
    if type(value) is Tensor:
        return of_tensor(it, value, key)
    if type(key) is Choice:
        return lift(it, key, lambda k: get(it, value, k))
    if isinstance(key, Test) and isinstance(value, (tuple, list)) and len(value) == 2:
        from orderlint.source.branches import join

        return join(key.when_true, value[1], key.when_false, value[0])
    if type(value) is Instance:
        return of_instance(it, value, key)
    if type(value) is Class:
        return of_class(it, value, key)
    if isinstance(value, (External, type)):
        return value
    if isinstance(value, (Unknown, Dims, Sequence)):
        return of_open(value, key)
    if isinstance(value, (list, tuple)) and isinstance(key, (Unknown, Tensor)):
        return any_element(it, list(value))
    if isinstance(value, (str, bytes)) and isinstance(key, (Unknown, Tensor)):
        return Unknown("a letter at an unknown place")
    if isinstance(value, dict):
        return of_dict(it, value, key)
    return of_host(it, value, key)


def concrete(it: Interpreter, key: Value) -> Value:
    if type(key) is Symbol:
        return int(key.default) if isinstance(key.default, (int, float)) else key.default
    if type(key) is slice:
        return slice(*(concrete(it, part) for part in (key.start, key.stop, key.step)))
    if type(key) is Tensor and key.data is not None and len(key.data) == 1:
        return key.data[0]
    return key


def of_tensor(it: Interpreter, tensor: Tensor, key: Value) -> Value:
    if tensor.data is not None and isinstance(key, (int, slice)) and not isinstance(key, bool):
        try:
            part = tensor.data[key]
            return Tensor(data=part if isinstance(part, list) else [part], rank=1)
        except (IndexError, TypeError):
            return Tensor()
    return operators.apply(it, "torch.Tensor.__getitem__", [tensor, key], {})


def of_instance(it: Interpreter, value: Instance, key: Value) -> Value:
    if value.cls.find("__getitem__") is not ABSENT:
        return it.call(it.getattr(value, "__getitem__"), [key])
    host = value.attrs.get("__host__")
    if isinstance(host, (dict, list, tuple, str)):
        return get(it, host, key)
    raise Raised("TypeError", None, f"'{value.cls.name}' object is not subscriptable")


def of_class(it: Interpreter, value: Class, key: Value) -> Value:
    if value.enum:
        members = value.namespace.get("__members__", {})
        if key in members:
            return members[key]
        raise Raised("KeyError", None, str(key))
    if value.meta is not None and value.meta.find("__getitem__") is not ABSENT:
        return it.call(value.meta.find("__getitem__"), [value, key])
    return value


def of_open(value: Value, key: Value) -> Value:
    if isinstance(value, Dims):
        return of_dims(value, key)
    if isinstance(value, Sequence):
        if isinstance(key, int) and 0 <= key < len(value.prefix):
            return value.prefix[key]
        return value if type(key) is slice else value.element
    return Unknown(f"an element of: {value.reason}", value.data)


def of_dims(value: Dims, key: Value) -> Value:
    if type(key) is slice:
        rank = None
        if value.rank is not None and all(
            p is None or isinstance(p, int) for p in (key.start, key.stop, key.step)
        ):
            rank = len(range(*key.indices(value.rank)))
        elif isinstance(key.start, int) and key.start < 0 and key.stop is None and key.step is None:
            rank = -key.start
        elif key.start is None and isinstance(key.stop, int) and key.stop > 0 and key.step is None:
            rank = key.stop
        return Dims(rank, value.sizes[key] if value.sizes is not None and rank is not None else None)
    if value.sizes is not None and isinstance(key, int) and -len(value.sizes) <= key < len(value.sizes):
        return value.sizes[key]
    return Unknown("a size of a tensor", data=True)


def any_element(it: Interpreter, values: list[Value]) -> Value:
    """An element at an unknown place: one of them all."""
    from orderlint.source.branches import choose

    if not values:
        return Unknown("an element of an empty sequence")
    if all(type(v) is Tensor for v in values):
        return Tensor(frozenset().union(*(v.sources() for v in values)))
    if len(values) == 1 or all(v is values[0] for v in values):
        return values[0]
    # one index has one value, so that two elements of one choice exclude each other
    name = it.unknown_index()
    options = [(literal_test(f"{name} == {i}").when_true, v) for i, v in enumerate(values)]
    return choose(options)


def of_dict(it: Interpreter, value: dict[Value, Value], key: Value) -> Value:
    if type(key) is Tensor and key.sources() and key not in value:  # an input that is no tensor when it runs
        key = Unknown("a key that depends on the input", data=True)
    if type(key) is Unknown:
        return any_value(it, value, key)
    if isinstance(key, OpenInteger) and any(isinstance(v, CHOSEN) for v in value.values()):
        return any_value(it, value, Unknown(f"the choice {key.text}", text=key.text, value=int(key)))
    try:
        found = value[key]
    except TypeError:
        return Unknown("an unhashable key")
    except KeyError:
        if type(key) is tuple and any(type(part) is Unknown for part in key):
            return any_element(it, list(value.values())) if value else Unknown("an element of a dictionary")
        if it.is_open(value):
            return Unknown(f"the keyword argument {key}")
        unknown_keys = [v for k, v in value.items() if type(k) in (Unknown, Tensor)]
        if unknown_keys:
            return any_element(it, unknown_keys)
        if not it.decorating and it.importer.force_pending(it) and key in value:
            return value[key]
        raise Raised("KeyError", None, repr(key)[:80]) from None
    if type(found) is Choice:
        return it.resolve(without_absent(found))
    return found


def any_value(it: Interpreter, value: dict[Value, Value], key: Unknown) -> Value:
    """What a dictionary holds for a key that is not known; a key with a name gives conditions on it."""
    from orderlint.source.branches import choose

    if not value:
        return Unknown("an element of an empty dictionary")
    if key.pattern is not None and (found := text_patterns.matching(value, key)):
        return any_element(it, found)
    if not key.text or not all(isinstance(k, (str, int, float)) or k is None for k in value):
        return any_element(it, list(value.values()))
    defaults = {k: None if key.value is ABSENT else key.value == k for k in value}
    tests = {k: literal_test(f"{key.text} == {k!r}", default) for k, default in defaults.items()}
    return choose([(tests[k].when_true, v) for k, v in value.items()])


def without_absent(value: Choice) -> Value:
    from orderlint.source.branches import choose

    return (
        choose([(c, v) for c, v in value.options if v is not ABSENT])
        if any(v is ABSENT for _, v in value.options)
        else value
    )


def within_known_bounds(value: Value, key: slice) -> Value:
    """The elements that a slice with an unknown bound may hold: all between the bounds that are known."""
    if key.step is not None:
        return value
    start = key.start if isinstance(key.start, int) else None
    stop = key.stop if isinstance(key.stop, int) else None
    return value[start:stop]


def of_host(it: Interpreter, value: Value, key: Value) -> Value:
    if type(key) is slice and any(isinstance(p, UNCLEAR) for p in (key.start, key.stop, key.step)):
        if isinstance(value, (list, tuple)) and value:
            parts = [part for v in value for part in (v if isinstance(v, tuple) else (v,))]
            if any(type(part) is Instance for part in parts):
                it.unresolve("a slice of modules with unknown bounds")
            inside = within_known_bounds(value, key)
            same = all(type(v) is type(value[0]) for v in value)
            return inside if same or not inside else Sequence(any_element(it, list(inside)))
        return Unknown("a slice with unknown bounds")
    if isinstance(value, (int, float)) or value is None:
        raise Raised("TypeError", None, f"'{type(value).__name__}' object is not subscriptable")
    try:
        found = value[key]
    except (TypeError, IndexError, KeyError, ValueError) as error:
        if isinstance(error, IndexError) and of_unknown_number(it, value):
            return any_element(it, list(value))
        raise Raised(type(error).__name__, None, str(error)) from error
    except Exception as error:
        return Unknown(f"an element: {error}")
    return found


def of_unknown_number(it: Interpreter, value: Value) -> bool:
    """Whether a list may hold more than it does here, where loops of unknown length have built layers."""
    from orderlint.source.loops import built_in_turns

    modules = isinstance(value, (list, tuple)) and any(type(v) is Instance for v in value)
    return modules and built_in_turns(it)


def put(it: Interpreter, container: Value, key: Value, value: Value) -> None:
    """`container[key] = value`."""
    key = concrete(it, it.resolve(key))
    if type(container) is Choice:
        for _, option in container.options:
            put(it, option, key, value)
    elif type(container) is Tensor:
        operators.apply(it, "torch.Tensor.__setitem__", [container, key, value], {})
    elif type(container) is Instance:
        if container.cls.find("__setitem__") is not ABSENT:
            it.call(Bound(container.cls.find("__setitem__"), container), [key, value])
        elif isinstance(container.attrs.get("__host__"), (dict, list)):
            put(it, container.attrs["__host__"], key, value)
    elif type(container) is Sequence:
        put_somewhere(container, value)
    elif isinstance(container, (dict, list)):
        put_host(it, container, key, value)


def put_somewhere(container: Sequence, value: Value) -> None:
    """Set an element of a sequence of unknown length: any of its elements may be that one from now on."""
    if type(container.element) is Tensor and type(value) is Tensor:
        container.element = Tensor(container.element.sources() | value.sources())
    elif container.element is None or type(container.element) is Unknown:
        container.element = value


def put_host(it: Interpreter, container: Value, key: Value, value: Value) -> None:
    it.touch(container)
    if type(key) is slice or (isinstance(container, list) and type(key) is Unknown):
        items = it.iterate(value) if type(key) is slice else None
        if items is None:
            return
        value = list(items)
    try:
        container[key] = value
    except (IndexError, ValueError) as error:
        raise Raised(type(error).__name__, None, str(error)) from error
    except TypeError:
        return
