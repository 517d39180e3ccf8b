"""Dotted module paths of operators, from metadata or from the scopes in names of the TorchScript exporter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderlint.onnx.provenance import origin_of

if TYPE_CHECKING:
    from orderlint.onnx.program import Operator, Program

CALL_NUMBER = re.compile(r"_\d+$")
"""What the TorchScript exporter adds to the scope of a module's second and later calls."""


FOLDED = "FuseBatchNorm"
"""The rule that folds a batch norm into a weight layer, which then has the metadata of the norm."""


class ModulePaths:
    """The module paths of one program."""

    def __init__(self, program: Program) -> None:
        self._scopes = _all_scopes(program)
        self._parameters = _parameter_modules(program)
        self._known: dict[tuple[str, ...], str] = {}

    def path(self, operator: Operator) -> str | None:
        """The path of an operator's module, "" for the model itself, None where the file does not say."""
        origin = origin_of(operator.metadata)
        if FOLDED in origin.rewrites and (weight := _weight_module(operator)):
            return weight
        if origin.module is not None:
            return origin.module
        scope = _scope(operator.name)
        if scope is None:
            return _foreign_scope(operator.name)
        if scope not in self._known:
            self._known[scope] = self._resolve(scope)
        return self._known[scope]

    def _resolve(self, scope: tuple[str, ...]) -> str:
        parts: list[str] = []
        for index, segment in enumerate(scope):
            name = self._without_call_number(scope[:index], segment, parts)
            if parts and name.startswith(parts[-1] + "."):
                parts[-1] = name  # children of a Sequential carry its name: /layer1/layer1.0
            else:
                parts.append(name)
        return ".".join(parts)

    def _without_call_number(self, parents: tuple[str, ...], segment: str, parts: list[str]) -> str:
        """A segment without the number of a second call, unless it is the name of a module itself."""
        base = CALL_NUMBER.sub("", segment)
        if base == segment or (*parents, base) not in self._scopes:
            return segment
        return segment if ".".join((*parts, segment)) in self._parameters else base


def _scope(name: str) -> tuple[str, ...] | None:
    """The scopes of a name such as `/layer1/layer1.0/bn2/BatchNormalization`."""
    return tuple(name.split("/")[1:-1]) if name.startswith("/") else None


def _foreign_scope(name: str) -> str | None:
    """The scope in a name of another exporter, `model/block1/conv/Conv2D`, as it stands."""
    return name.rpartition("/")[0] or None


def _weight_module(operator: Operator) -> str | None:
    """The module whose parameter is the weight of an operator."""
    weight = operator.input(1)
    return (
        weight.name.removesuffix(".weight")
        if weight is not None and weight.name.endswith(".weight")
        else None
    )


def _all_scopes(program: Program) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for operator in program.operators:
        scope = _scope(operator.name)
        while scope and scope not in found:
            found.add(scope)
            scope = scope[:-1]
    return frozenset(found)


def _parameter_modules(program: Program) -> frozenset[str]:
    """The modules that have parameters, and those around them, by the names of the parameters."""
    names = {
        value.name
        for operator in program.operators
        for value in operator.inputs
        if value is not None and value.producer is None and "." in value.name
    }
    found: set[str] = set()
    for name in names:
        path = name.rpartition(".")[0]
        while path and path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return frozenset(found)
