"""Two residual networks with batch norm, and dropout in one of five places.

kim        after the last batch norm of a branch, before its last weight layer (Kim 2023, Zagoruyko 2016)
before-bn  between a convolution of the branch and the batch norm behind it (in DenseNet, Huang 2017: behind
           the convolution, so before the batch norms of all later layers)
shortcut   on the identity branch (He 2016: fails to train)
head       once, before the global average pooling
nowhere    no dropout
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .layers import SeedLinear, concat, conv, pointwise

PLACES = ("nowhere", "kim", "before-bn", "shortcut", "head")
WRN_WIDTHS = (8, 16, 32)
"""Channels of the three groups: WRN-16-2 has 32, 64, 128."""

GROWTH, DENSE_LAYERS, DENSE_START = 4, 3, 8
"""Channels a dense layer adds, layers a block, channels before the first block."""


def _dropout(place: str, here: str, rate: float) -> nn.Module:
    return nn.Dropout(rate) if place == here else nn.Identity()


class WideBlock(nn.Module):
    """BN-ReLU-conv-BN-ReLU-conv beside a shortcut (pre-activation)."""

    def __init__(self, seeds: int, channels: int, out: int, stride: int, place: str, rate: float) -> None:
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(seeds * channels), nn.BatchNorm2d(seeds * out)
        self.conv1, self.conv2 = conv(seeds, channels, out, 1, stride), conv(seeds, out, out, 1)
        same = channels == out and stride == 1
        self.project = nn.Identity() if same else pointwise(seeds, channels, out, stride)
        self.before_bn = _dropout(place, "before-bn", rate)
        self.kim = _dropout(place, "kim", rate)
        self.shortcut = _dropout(place, "shortcut", rate)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.before_bn(self.conv1(torch.relu(self.bn1(x))))
        branch: Tensor = self.conv2(self.kim(torch.relu(self.bn2(inner))))
        shortcut: Tensor = self.shortcut(self.project(x))
        return shortcut + branch


class DenseLayer(nn.Module):
    """BN-ReLU-conv whose result is concatenated to its input."""

    def __init__(self, seeds: int, channels: int, place: str, rate: float) -> None:
        super().__init__()
        self.seeds = seeds
        self.bn, self.conv = nn.BatchNorm2d(seeds * channels), conv(seeds, channels, GROWTH, 1)
        self.before_bn = _dropout(place, "before-bn", rate)
        self.kim = _dropout(place, "kim", rate)
        self.shortcut = _dropout(place, "shortcut", rate)

    def forward(self, x: Tensor) -> Tensor:
        new: Tensor = self.before_bn(self.conv(self.kim(torch.relu(self.bn(x)))))
        return concat(self.seeds, self.shortcut(x), new)


class Transition(nn.Module):
    """BN-ReLU-pointwise-pool between dense blocks; halves channels and sides."""

    def __init__(self, seeds: int, channels: int, out: int) -> None:
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(seeds * channels), pointwise(seeds, channels, out)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(self.conv(torch.relu(self.bn(x))), 2)


def _head(seeds: int, channels: int, place: str, rate: float) -> list[nn.Module]:
    return [
        nn.BatchNorm2d(seeds * channels),
        nn.ReLU(),
        _dropout(place, "head", rate),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        SeedLinear(seeds, channels, 10),
    ]


def wide_net(seeds: int, place: str, rate: float) -> nn.Sequential:
    """Depth 16: three groups of two blocks, sides halved twice."""
    layers: list[nn.Module] = [conv(seeds, 1, WRN_WIDTHS[0] // 2, 1)]
    channels = WRN_WIDTHS[0] // 2
    for group, out in enumerate(WRN_WIDTHS):
        layers.append(WideBlock(seeds, channels, out, 2 if group else 1, place, rate))
        layers.append(WideBlock(seeds, out, out, 1, place, rate))
        channels = out
    return nn.Sequential(*layers, *_head(seeds, channels, place, rate))


def dense_net(seeds: int, place: str, rate: float) -> nn.Sequential:
    """Two dense blocks with a transition between."""
    layers: list[nn.Module] = [conv(seeds, 1, DENSE_START, 1)]
    channels = DENSE_START
    for block in range(2):
        for _ in range(DENSE_LAYERS):
            layers.append(DenseLayer(seeds, channels, place, rate))
            channels += GROWTH
        if block == 0:
            layers.append(Transition(seeds, channels, channels // 2))
            channels //= 2
    return nn.Sequential(*layers, *_head(seeds, channels, place, rate))


NETS = {"wrn": wide_net, "densenet": dense_net}
