"""Trails: what changed since a branch began, so that one side can be undone and the other followed."""

from __future__ import annotations

from orderlint.source.tensors import Tensor
from orderlint.source.values import Instance, Scope, Value


class Trail:
    """What changed since a branch began: each changed value with its state before.

    A value that was made on the branch itself is not seen on the other side, and so needs no undoing.
    """

    def __init__(self) -> None:
        self.saved: dict[int, tuple[Value, Value]] = {}
        self.born: dict[int, Value] = {}

    def save(self, value: Value) -> None:
        if id(value) not in self.saved and id(value) not in self.born:
            self.saved[id(value)] = (value, state_of(value))


def state_of(value: Value) -> Value:
    """A shallow copy of a value's contents."""
    if type(value) is Instance:
        return dict(value.attrs)
    if type(value) is Tensor:
        return (value.producers, value.stamp, value.storage.producers, value.storage.stamp)
    if type(value) is Scope:
        return dict(value.variables)
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list):
        return list(value)
    if isinstance(value, set):
        return set(value)
    return None


def restore(value: Value, state: Value) -> None:
    """Put contents taken by `state_of` back."""
    if type(value) is Instance:
        value.attrs.clear()
        value.attrs.update(state)
    elif type(value) is Tensor:
        value.producers, value.stamp = state[0], state[1]
        value.storage.producers, value.storage.stamp = state[2], state[3]
    elif type(value) is Scope:
        value.variables.clear()
        value.variables.update(state)
    elif isinstance(value, (dict, set)):
        value.clear()
        value.update(state)
    elif isinstance(value, list):
        value[:] = state


def rewind(trail: Trail) -> dict[int, tuple[Value, Value]]:
    """Undo what a side changed; returns what it had made of each value."""
    after = {key: (value, state_of(value)) for key, (value, _) in trail.saved.items()}
    for value, state in trail.saved.values():
        restore(value, state)
    return after
