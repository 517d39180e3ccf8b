"""Layers of many networks at once: network s owns the s-th group of channels, and groups never mix.

Convolutions are grouped; batch norms, dropouts, activations and pools work a channel or an element at a time
and are torch's own. So one ordinary network of S times the channels trains S seeds, on a CPU or a GPU.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class SeedLinear(nn.Module):
    """A linear layer a seed: (batch, S * features in) to (batch, S * features out)."""

    def __init__(self, seeds: int, features_in: int, features_out: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(features_in)
        self.weight = nn.Parameter(torch.empty(seeds, features_in, features_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(seeds, features_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        seeds, features, _ = self.weight.shape
        grouped = x.view(len(x), seeds, features).transpose(0, 1)
        return (torch.bmm(grouped, self.weight) + self.bias[:, None]).transpose(0, 1).flatten(1)


def conv(seeds: int, channels_in: int, channels_out: int, padding: int = 0, stride: int = 1) -> nn.Conv2d:
    """A 3 x 3 convolution a seed."""
    channels = (seeds * channels_in, seeds * channels_out)
    return nn.Conv2d(*channels, 3, padding=padding, stride=stride, groups=seeds)


def pointwise(seeds: int, channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(seeds * channels_in, seeds * channels_out, 1, stride=stride, groups=seeds, bias=False)


def concat(seeds: int, left: Tensor, right: Tensor) -> Tensor:
    """Concatenate channels a seed, so that each seed's stay together."""
    parts = [x.view(len(x), seeds, -1, *x.shape[2:]) for x in (left, right)]
    return torch.cat(parts, 2).flatten(1, 2)


def stacked(build: Callable[[int], nn.Module], seeds: Sequence[int]) -> nn.Module:
    """One network of all seeds, each with the weights that `build(1)` draws after that seed alone was set.

    Networks with the same weight layers start from the same weights, so that runs pair by seed.
    """
    singles = []
    for seed in seeds:
        torch.manual_seed(seed)
        singles.append(build(1).state_dict())
    model = build(len(seeds))
    joined = {
        name: torch.cat([single[name] for single in singles]) for name in singles[0] if singles[0][name].dim()
    }
    model.load_state_dict(joined, strict=False)
    return model
