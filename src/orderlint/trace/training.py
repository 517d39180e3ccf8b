"""A few training steps, so that a shift can be measured on weights that are not random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from orderlint.errors import UsageError
from orderlint.trace.provenance import tensors_in

if TYPE_CHECKING:
    from torch import Tensor

LEARNING_RATE, MOMENTUM = 0.05, 0.9


def train_briefly(model: nn.Module, inputs: Tensor, targets: Tensor, steps: int, batch_size: int) -> float:
    """Train in place by SGD, on cross entropy for integer targets, else on squared error; the last loss.

    Raises:
        UsageError: the model's output does not fit the targets.
    """
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    loss = torch.tensor(math.nan)
    for step in range(steps):
        start = step * batch_size % max(1, len(inputs) - batch_size + 1)
        output = model(inputs[start : start + batch_size])
        loss = _loss(next(tensors_in(output)), targets[start : start + batch_size])
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    return float(loss.detach())


def _loss(output: Tensor, wanted: Tensor) -> Tensor:
    try:
        if wanted.is_floating_point():
            return nn.functional.mse_loss(output, wanted)
        return nn.functional.cross_entropy(output, wanted.long())
    except (RuntimeError, IndexError, ValueError) as error:
        raise UsageError(f"the output {tuple(output.shape)} does not fit the targets: {error}") from error
