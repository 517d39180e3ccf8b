"""Followed models and findings as JSON, and back: data only, and only of the types that are expected."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from orderlint import diagnostic as diagnostic_module
from orderlint.graph import model as graph_module
from orderlint.report.result import FollowedModel

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import Place

__all__ = ["BadResultError", "Kept", "dump_result", "load_result"]

NAMES = {**vars(graph_module), **vars(diagnostic_module), "FollowedModel": FollowedModel}
"""What the annotations of the records mean, those that are imported for types alone included."""


class BadResultError(Exception):
    """A text that is no result."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an input; `sites`: the places of its layers, where fixes were worked out."""

    models: tuple[FollowedModel, ...] = ()
    found: tuple[Diagnostic, ...] = ()
    sites: frozenset[Place] = frozenset()


def dump_result(result: Kept) -> object:
    """A result as lists, numbers and strings: a record is the list of its fields."""
    return _plain(result)


def load_result(content: object) -> Kept:
    """What `dump_result` was given.

    Raises:
        BadResultError: it made no such thing.
    """
    return _value(content, Kept)  # type: ignore[no-any-return]


def stable(value: object) -> str:
    """A text that equal values share in every process, whatever the order of their sets and tables."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return [_plain(getattr(value, item.name)) for item in fields(value)]
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=json.dumps)
    if hasattr(value, "items"):
        return [[_plain(key), _plain(item)] for key, item in value.items()]
    return value if value is None or isinstance(value, (str, int, float)) else repr(value)


@cache
def _types(record: type) -> tuple[Any, ...]:
    hints = get_type_hints(record, NAMES)
    return tuple(hints[item.name] for item in fields(record))


def _value(content: object, wanted: Any) -> Any:
    """The value of a type that a content stands for."""
    origin = get_origin(wanted)
    if origin is Union or origin is UnionType:
        inner = next(kind for kind in get_args(wanted) if kind is not NoneType)
        return None if content is None else _value(content, inner)
    if origin is Literal:
        return _checked(content, content in get_args(wanted))
    if origin in (tuple, frozenset):
        items = _checked(content, type(content) is list)
        return origin(_value(item, get_args(wanted)[0]) for item in items)
    if is_dataclass(wanted):
        types = _types(wanted)  # type: ignore[arg-type]  # a class, as annotations name no instances
        items = _checked(content, type(content) is list and len(content) == len(types))
        return wanted(*map(_value, items, types))  # type: ignore[operator]
    return _checked(content, type(content) is wanted)


def _checked(content: Any, good: bool) -> Any:
    if not good:
        raise BadResultError
    return content
