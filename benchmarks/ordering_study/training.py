"""Train all seeds of one configuration at once; test loss, accuracy and variance shift of each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from orderlint.trace.measure import SMALLEST_VARIANCE
from orderlint.trace.moments import moments_of_pass

from .layers import stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .data import Digits

BATCH = 64
LEARNING_RATE = 1e-3
"""Adam with its usual settings, as in the question."""

LAYOUT = torch.channels_last
"""Channels of all seeds lie together: torch's CPU pools and norms are then vectorised over seeds."""

SHIFT_IMAGES = 512
"""Training images on which the shift is measured, in one batch, after training."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One seed of one configuration. `shift`: geometric mean over channels of all batch norms, if any.

    `worst_shift`: that of the batch norm whose own geometric mean is furthest from 1. `cpu_seconds`: the
    seed's part of the processor time that its group took, evaluation included.
    """

    seed: int
    test_loss: float
    accuracy: float
    train_loss: float
    shift: float | None
    worst_shift: float | None
    cpu_seconds: float


def train(
    build: Callable[[int], nn.Module], data: Digits, seeds: Sequence[int], epochs: int, device: str = "cpu"
) -> list[Outcome]:
    """Train `build`'s network for each seed: seeds differ in weights, order of data and dropout masks."""
    started = time.process_time()
    model = stacked(build, seeds).to(device, memory_format=LAYOUT)
    torch.manual_seed(hash_of(seeds))
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    images, labels = data.train_images.to(device), data.train_labels.to(device)
    last = torch.zeros(len(seeds))
    model.train()
    for epoch in range(epochs):
        losses = []
        for rows in _batches(len(labels), seeds, epoch):
            inputs = images[rows].squeeze(2).contiguous(memory_format=LAYOUT)
            loss = _losses(model(inputs), labels[rows], len(seeds)).mean(1)
            optimizer.zero_grad(set_to_none=True)
            loss.sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach().cpu())
        last = torch.stack(losses).mean(0)
    loss, accuracy = evaluate(model, data.test_images.to(device), data.test_labels.to(device), len(seeds))
    shift, worst = shifts(model, images[:SHIFT_IMAGES], len(seeds))
    spent = (time.process_time() - started) / len(seeds)
    return [
        Outcome(seed, float(loss[i]), float(accuracy[i]), float(last[i]), shift[i], worst[i], spent)
        for i, seed in enumerate(seeds)
    ]


def hash_of(seeds: Sequence[int]) -> int:
    """Seed of the dropout masks of a group of seeds."""
    return int(np.random.SeedSequence(list(seeds)).generate_state(1)[0])


def _batches(size: int, seeds: Sequence[int], epoch: int) -> Iterator[Tensor]:
    """Rows (batch, seed) of each step: every seed goes through the data in an order of its own."""
    orders = [np.random.default_rng([seed, epoch]).permutation(size) for seed in seeds]
    rows = torch.from_numpy(np.stack(orders, 1))
    for start in range(0, size - size % BATCH, BATCH):
        yield rows[start : start + BATCH]


def _losses(output: Tensor, labels: Tensor, seeds: int) -> Tensor:
    """Cross entropy of shape (seed, batch)."""
    logits = output.view(len(output), seeds, 10)
    return cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(-1, seeds).T


def _for_all(images: Tensor, seeds: int) -> Tensor:
    """The same images for every seed."""
    return images.expand(-1, seeds, -1, -1).contiguous(memory_format=LAYOUT)


@torch.no_grad()
def evaluate(model: nn.Module, images: Tensor, labels: Tensor, seeds: int) -> tuple[Tensor, Tensor]:
    """Test loss and accuracy a seed, in evaluation mode."""
    model.eval()
    losses, hits = [], []
    for some, wanted in zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True):
        output = model(_for_all(some, seeds))
        repeated = wanted[:, None].expand(-1, seeds)
        losses.append(_losses(output, repeated, seeds))
        hits.append((output.view(len(some), seeds, 10).argmax(2) == repeated).float().T)
    return torch.cat(losses, 1).mean(1).cpu(), torch.cat(hits, 1).mean(1).cpu()


def shifts(model: nn.Module, images: Tensor, seeds: int) -> tuple[list[float | None], list[float | None]]:
    """Measured shift (variance in evaluation / training) a seed: over all channels, and in the worst layer.

    Evaluation mode uses the running statistics that training left behind; the run in train mode comes second,
    since it changes them.
    """
    batch: list[Any] = [((_for_all(images, seeds),), {})]
    test, train = (moments_of_pass(model, batch, training) for training in (False, True))
    layers = []
    for spot in (spot for spot in train if spot.kind == "batch_norm"):
        pair = (test[spot].variance.view(seeds, -1), train[spot].variance.view(seeds, -1))
        alive = (pair[0] > SMALLEST_VARIANCE) & (pair[1] > SMALLEST_VARIANCE)
        layers.append(torch.where(alive, pair[0].log() - pair[1].log(), torch.nan))
    if not layers:
        return [None] * seeds, [None] * seeds
    means = torch.stack([layer.nanmean(1) for layer in layers], 1)
    worst = means.gather(1, means.abs().argmax(1, keepdim=True)).squeeze(1)
    return torch.cat(layers, 1).nanmean(1).exp().tolist(), worst.exp().tolist()
