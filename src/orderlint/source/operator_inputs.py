"""Arguments of an operator bound to its signature, and the tensors among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source.tensors import Tensor
from orderlint.source.values import Choice, Iteration, Sequence, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.graph.catalogue import FunctionSpec
    from orderlint.source.interpreter import Interpreter


def tensors(values: Value, depth: int = 0) -> Iterator[Tensor]:
    """Every tensor among values and inside containers, in order."""
    if depth > 6:
        return
    for value in values:
        if type(value) is Tensor:
            yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors(value, depth + 1)
        elif isinstance(value, dict):
            yield from tensors(value.values(), depth + 1)
        elif type(value) is Choice:
            yield from tensors([v for _, v in value.options], depth + 1)
        elif type(value) is Sequence:
            yield from tensors([*value.prefix, value.element], depth + 1)
        elif type(value) is Iteration:
            items = list(value.items)
            value.items = iter(items)
            yield from tensors(items, depth + 1)


def flows(inputs: list[Tensor]) -> bool:
    """Whether anything computed from the model's inputs is among some tensors."""
    for tensor in inputs:  # noqa: SIM110 - asked at every operator, and a generator takes twice as long
        if tensor.live or tensor.sources():
            return True
    return False


def bind(spec: FunctionSpec, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    """Arguments by parameter name; defaults are not filled in."""
    out: dict[str, Value] = {}
    names, star = spec.names, spec.star
    for index, value in enumerate(args):
        if index < star:
            out[names[index]] = value
        else:
            out.setdefault(names[star] if star < len(names) else "*args", []).append(value)
    out.update(kwargs)
    return out


def data_inputs(
    spec: FunctionSpec, args: list[Value], kwargs: dict[str, Value], bound: dict[str, Value]
) -> list[Tensor]:
    if spec.data:
        chosen = [bound[n] for n in spec.data if n in bound]
        if chosen or not args:
            return list(tensors(chosen))
    return list(tensors(list(args) + list(kwargs.values())))


def unknown_inputs(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> list[Tensor]:
    """What a layer is applied to where it is not known: a tensor out of nowhere, and the reason is kept."""
    unknown = next((v for v in [*args, *kwargs.values()] if isinstance(v, Unknown)), None)
    if unknown is None:
        return []
    it.unresolve(unknown.reason)
    return [Tensor(live=True)]
