"""Faults of a live model that are no layer applications: unused layers, modules in plain containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from torch import nn

from orderlint.graph.model import ModuleFact
from orderlint.trace.constructors import built_place
from orderlint.trace.layers import class_name, layer_name

if TYPE_CHECKING:
    from orderlint.trace.calls import ModuleCalls


def facts_of(model: nn.Module, calls: ModuleCalls) -> list[ModuleFact]:
    """The facts of a model that was run and whose constructor calls were recorded."""
    return [*_unused(model, calls), *_unregistered(model)]


def _unused(model: nn.Module, calls: ModuleCalls) -> Iterator[ModuleFact]:
    """Layers with parameters, of modules that ran, that the run did not apply."""
    for parent_name, parent in model.named_modules():
        for name, module in parent.named_children():
            layer, place = layer_name(module), built_place(module)
            if calls.counts[id(module)] or layer is None or place is None or not calls.counts[id(parent)]:
                continue
            if layer_name(parent) is None and any(True for _ in module.parameters()):
                path = f"{parent_name}.{name}" if parent_name else name
                yield ModuleFact("unused_layer", path, layer, place, {"class": type(parent).__name__})


def _unregistered(model: nn.Module) -> Iterator[ModuleFact]:
    """Modules kept in a list, tuple or dict attribute, which torch does not look into."""
    registered = {id(module) for module in model.modules()}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if name.startswith("_"):
                continue
            kept = [item for item in _items(value) if id(item) not in registered]
            place = next((built_place(item) for item in kept if built_place(item)), None)
            if kept and place:
                attrs: dict[str, object] = {"container": type(value).__name__, "count": len(kept)}
                full = f"{path}.{name}" if path else name
                op = layer_name(kept[0]) or class_name(kept[0])
                yield ModuleFact("modules_in_plain_container", full, op, place, attrs)


def _items(value: Any) -> list[nn.Module]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return []
    return [item for item in value if isinstance(item, nn.Module)]
