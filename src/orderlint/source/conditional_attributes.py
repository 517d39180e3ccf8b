"""Attributes that only some branch set or replaced, as a hook of a base class may do for those of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS
from orderlint.source.branches import choose, narrow, options_of
from orderlint.source.values import ABSENT, Choice, Class, Value

if TYPE_CHECKING:
    from orderlint.graph.model import Condition
    from orderlint.source.interpreter import Interpreter


def settled(it: Interpreter, cls: Class, name: str) -> Value:
    """A class attribute that some branch set or replaced; what is inherited stands where it did not."""
    options: list[tuple[Condition, Value]] = []
    for owner in cls.mro:
        found = owner.namespace.get(name, ABSENT)
        if found is ABSENT:
            continue
        found = narrow(it, found) if type(found) is Choice else found
        if type(found) is not Choice:
            options.append((ALWAYS, found))
            break
        options += [(c, v) for c, v in found.options if v is not ABSENT]
        if all(v is not ABSENT for _, v in found.options):
            break
    return choose(options) if options else ABSENT


def with_child(own: Value, children: Value, name: str) -> Value:
    """An attribute that one branch left as it was, such as None, and another made a child module."""
    if type(own) is not Choice or not isinstance(children, dict) or name not in children:
        return own
    both = [*own.options, *options_of(children[name])]
    return choose([(condition, option) for condition, option in both if option is not ABSENT])
