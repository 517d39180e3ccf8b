"""Leave a model as it was found: modes, buffers and random number generators after a run."""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def left_as_found(model: nn.Module) -> Iterator[None]:
    """Put back training modes, buffers (running statistics too) and the random number generators."""
    modes = [(module, module.training) for module in model.modules()]
    buffers = list(_buffers(model))
    numbers = _generators()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        for module, name, buffer, value in buffers:
            with torch.no_grad():
                buffer.copy_(value)
            module._buffers[name] = buffer
        _set_generators(numbers)


def _buffers(model: nn.Module) -> Iterator[tuple[nn.Module, str, Any, Any]]:
    for module in model.modules():
        for name, buffer in module._buffers.items():
            if buffer is not None and not is_lazy(buffer):
                yield module, name, buffer, buffer.detach().clone()


def _generators() -> dict[str, Any]:
    state: dict[str, Any] = {"torch": torch.random.get_rng_state(), "python": random.getstate()}
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        state["cuda"] = torch.cuda.get_rng_state_all()
    if "numpy" in sys.modules:
        state["numpy"] = sys.modules["numpy"].random.get_state()
    return state


def _set_generators(state: dict[str, Any]) -> None:
    torch.random.set_rng_state(state["torch"])
    random.setstate(state["python"])
    if "cuda" in state:
        torch.cuda.set_rng_state_all(state["cuda"])
    if "numpy" in state:
        sys.modules["numpy"].random.set_state(state["numpy"])
