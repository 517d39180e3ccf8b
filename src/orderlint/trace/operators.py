"""What a torch function that was called is, by the catalogue, and which of its arguments is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch.overrides import resolve_name

from orderlint.graph.catalogue import REQUIRED, canonical, functions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderlint.graph.catalogue import FunctionSpec

NO_FLOW = frozenset({"shape", "bool", "number", "none", "object"})
"""Results through which no tensor comes back."""

_NAMESPACES = ("torch.nn.functional", "torch", "torch.Tensor", "torch.special", "torch.linalg", "torch.fft")


@dataclass(frozen=True, slots=True)
class Operator:
    """A torch function: canonical name, bare name without underscores, kind, catalogue entry."""

    name: str
    key: str
    kind: str
    spec: FunctionSpec | None

    @property
    def result(self) -> str:
        return self.spec.result if self.spec else "tensor"


_KNOWN: dict[Any, Operator] = {}


def operator_of(function: Callable[..., Any]) -> Operator:
    """The operator a function is; one that the catalogue lacks is of kind `other`."""
    getter = getattr(function, "__name__", "") == "__get__"
    key: Any = getattr(function, "__self__", None) if getter else function
    try:
        known = _KNOWN.get(key)
    except TypeError:
        return _described(function)
    if known is None:
        known = _KNOWN[key] = _described(function)
    return known


def _described(function: Callable[..., Any]) -> Operator:
    name = _dotted(function)
    spec = _spec(name)
    bare = name.rpartition(".")[2].strip("_")
    return Operator(spec.name if spec else name, bare, spec.kind if spec else "other", spec)


def _dotted(function: Callable[..., Any]) -> str:
    """`torch.nn.functional.relu`, `torch.Tensor.add_`, `torch.Tensor.T` for a property."""
    own = getattr(function, "__name__", str(function))
    if name := resolve_name(function):
        return str(name).removesuffix(".__get__")
    module = getattr(function, "__module__", None)
    return f"{module}.{own}" if module else str(function)


def _spec(name: str) -> FunctionSpec | None:
    """The catalogue's entry: by name, or for a name torch itself cannot place, by its last part."""
    known = functions()
    found = canonical(name)
    if found in known:
        return known[found]
    bare = name.rpartition(".")[2]
    if not name.startswith("torch"):
        return None
    return next((known[f"{space}.{bare}"] for space in _NAMESPACES if f"{space}.{bare}" in known), None)


def bound(operator: Operator, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by parameter name, literal defaults filled in, up to a `*name`."""
    values: dict[str, Any] = {}
    remaining = list(args)
    for name, default in operator.spec.params if operator.spec else ():
        if name.startswith("*"):
            remaining = []
        elif remaining:
            values[name] = remaining.pop(0)
        elif name in kwargs:
            values[name] = kwargs[name]
        elif default is not REQUIRED and default is not ...:
            values[name] = default
    return values


def data_of(operator: Operator, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """The part of the arguments whose values flow into the result."""
    if operator.spec is None or not operator.spec.data:
        return (args, kwargs)
    values = bound(operator, args, kwargs)
    return [values.get(name) for name in operator.spec.data]
