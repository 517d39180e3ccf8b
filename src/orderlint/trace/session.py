"""A measurement as the command line asks for it: random or given data, and some training before."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from orderlint.errors import InputError, UsageError
from orderlint.trace.measure import Measurement, measure
from orderlint.trace.target import build_target, parse_inputs
from orderlint.trace.training import train_briefly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Session:
    """What to measure on; `inputs`: specifications of random inputs, `data`: an `.npz` file with `x`, `y`."""

    inputs: tuple[str, ...] = ()
    data: str | None = None
    batches: int = 8
    batch_size: int = 32
    steps: int = 0
    search_path: tuple[str, ...] = ()
    seed: int = 0

    def measure(self, target: str) -> Measurement:
        """Build what a target names, train it if asked to, and measure it.

        Raises:
            UsageError: the target, an input or the combination of options is wrong.
            InputError: the data cannot be read.
        """
        if bool(self.inputs) == bool(self.data):
            raise UsageError("measure needs --input or --data, one of them")
        if self.steps and not self.data:
            raise UsageError("--steps needs --data to train on")
        torch.manual_seed(self.seed)
        with noticing_loads() as loads:
            model = build_target(target, self.search_path)
        weights = "loaded" if loads else "random"
        torch.manual_seed(self.seed)
        if self.data:
            return self._on_data(target, model, self.data, weights)
        runs = [parse_inputs(self.inputs) for _ in range(self.batches)]
        return measure(model, [_joined(*run) for run in runs], entry=target, weights=weights, data="random")

    def _on_data(self, target: str, model: nn.Module, path: str, weights: str) -> Measurement:
        inputs, targets = read_data(path)
        if self.steps:
            if targets is None:
                raise UsageError(f"--steps: {path} has no array y to train on")
            train_briefly(model, inputs, targets, self.steps, self.batch_size)
        batches = whole_batches(inputs[: self.batches * self.batch_size], self.batch_size)
        weights = "trained" if self.steps else weights
        return measure(model, batches, entry=target, weights=weights, data="given", steps=self.steps)


def _joined(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs and args:
        raise UsageError("measure takes inputs all named or all unnamed")
    return kwargs or args


def whole_batches(inputs: Tensor, size: int) -> list[Tensor]:
    """Batches of that many rows; the rest counts only where there is no whole batch."""
    parts = torch.split(inputs, size)
    return [part for part in parts if len(part) == size] or list(parts)


@contextmanager
def noticing_loads() -> Iterator[list[nn.Module]]:
    """The modules that load a state dict inside the `with` block: their weights are not random."""
    original, loads = nn.Module.load_state_dict, []

    def load(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        loads.append(self)
        return original(self, *args, **kwargs)

    nn.Module.load_state_dict = load  # type: ignore[method-assign]
    try:
        yield loads
    finally:
        nn.Module.load_state_dict = original  # type: ignore[method-assign]


def read_data(path: str) -> tuple[Tensor, Tensor | None]:
    """The arrays `x` (as 32-bit floats, if they are floats) and `y` of an `.npz` file.

    Raises:
        InputError: it is no such file, or has no array `x`.
    """
    import numpy as np

    try:
        with np.load(path) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as error:
        raise InputError(path, f"no .npz file: {error}") from error
    if "x" not in found:
        raise InputError(path, f"no array x; there are {', '.join(sorted(found)) or 'none'}")
    inputs = torch.as_tensor(found["x"])
    inputs = inputs.float() if inputs.is_floating_point() else inputs
    targets = found.get("y")
    return inputs, None if targets is None else torch.as_tensor(targets)
