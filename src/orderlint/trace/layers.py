"""What is known of a layer application: its torch class, and the attributes of its module or of its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from orderlint.graph.catalogue import canonical, layers
from orderlint.graph.kinds import POOL
from orderlint.graph.pooling import pools_globally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SPELLINGS = {
    "p": ("p", "dropout"),
    "in_channels": ("in_channels", "in_features"),
    "out_channels": ("out_channels", "out_features"),
    "num_features": ("num_features", "num_channels"),
    "groups": ("groups",),
    "kernel_size": ("kernel_size",),
    "inplace": ("inplace",),
    "track_running_stats": ("track_running_stats",),
    "num_layers": ("num_layers",),
    "dim": ("dim",),
    "num_groups": ("num_groups",),
    "num_heads": ("num_heads",),
    "embed_dim": ("embed_dim",),
    "output_size": ("output_size",),
}
"""Attributes of a node by the names that torch's modules give them; the first that a module has counts."""

_RATE_PARAMETERS = ("p", "dropout_p", "dropout")


def class_name(module: nn.Module) -> str:
    return f"{type(module).__module__}.{type(module).__qualname__}"


def layer_name(module: nn.Module) -> str | None:
    """The catalogue's name of the layer a module is or derives from; None for a module of another sort."""
    for base in type(module).__mro__:
        name = canonical(f"{base.__module__}.{base.__qualname__}")
        if name in layers():
            return name
    return None


def runs_own_forward(module: nn.Module) -> bool:
    """Whether a module's `forward` is torch's own."""
    forward = getattr(type(module), "forward", None)
    return str(getattr(forward, "__module__", "")).startswith("torch.")


def module_attrs(module: nn.Module, kind: str) -> dict[str, object]:
    """The evaluated attributes of a layer module; `module` is its identity."""
    attrs: dict[str, object] = {"module": id(module)}
    for name, spellings in _SPELLINGS.items():
        value = next((getattr(module, spelled) for spelled in spellings if hasattr(module, spelled)), None)
        if value is not None and not isinstance(value, Tensor | nn.Module):
            attrs[name] = tuple(value) if isinstance(value, list) else value
    if isinstance(attrs.get("kernel_size"), int) and kind == "conv":
        attrs["kernel_size"] = (attrs["kernel_size"],)
    if hasattr(module, "bias"):
        bias: object = module.bias
        attrs["bias"] = bias is not None and bias is not False
    return attrs


def call_attrs(kind: str, values: Mapping[str, Any]) -> dict[str, object]:
    """The attributes that a functional call states, from its arguments by parameter name."""
    attrs: dict[str, object] = {}
    if kind in ("dropout", "attention", "rnn"):
        attrs["p"] = next((_rate(values[name]) for name in _RATE_PARAMETERS if name in values), None)
    if kind in ("conv", "linear"):
        attrs["bias"] = isinstance(values.get("bias"), Tensor)
        attrs |= _channels(kind, values)
    for name in ("inplace", "dim", "groups", "num_groups", "num_layers"):
        if isinstance(values.get(name), int):
            attrs[name] = values[name]
    if kind in POOL:
        attrs["output_size"] = _output_size(values)
    if kind == "batch_norm":
        attrs["track_running_stats"] = values.get("running_mean") is not None
        attrs["num_features"] = _size(values.get("input"), 1)
    return {name: value for name, value in attrs.items() if value is not None or name == "p"}


def _rate(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _size(value: Any, dim: int) -> int | None:
    return int(value.shape[dim]) if isinstance(value, Tensor) and value.dim() > dim else None


def _output_size(values: Mapping[str, Any]) -> object:
    """What a pooling call leaves of each map: as it states, 1 for a mean over all of it, else None."""
    size = values.get("output_size")
    data = next((value for value in values.values() if isinstance(value, Tensor)), None)
    if data is not None and pools_globally(values.get("dim"), data.dim()):
        return 1
    return tuple(size) if isinstance(size, list | tuple) else size


def _channels(kind: str, values: Mapping[str, Any]) -> dict[str, object]:
    """Channels in and out: of the input where it is known, else of the weight."""
    weight, data = values.get("weight"), values.get("input")
    if not isinstance(weight, Tensor) or weight.dim() < 2:
        return {}
    incoming = _size(data, -1 if kind == "linear" else 1) if isinstance(data, Tensor) else None
    attrs: dict[str, object] = {"in_channels": incoming, "out_channels": int(weight.shape[0])}
    if kind == "conv":
        attrs["kernel_size"] = tuple(int(size) for size in weight.shape[2:])
    return attrs


def is_on(kind: str, values: Mapping[str, Any], attrs: Mapping[str, object]) -> bool:
    """Whether this call drops, or normalises by batch statistics, as its arguments stand."""
    training = _training(kind, values)
    if kind == "batch_norm":
        return training
    rate = attrs.get("p")
    return training and (not isinstance(rate, int | float) or rate > 0)


def _training(kind: str, values: Mapping[str, Any]) -> bool:
    read: Callable[[str], Any] = values.get
    return bool(next((read(name) for name in ("training", "train") if name in values), kind != "batch_norm"))
