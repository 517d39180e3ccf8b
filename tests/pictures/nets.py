"""Networks to draw: dense blocks (each layer is fed by all before it), and a U-Net."""

import torch
import torch.nn.functional as F
from torch import nn


class DenseLayer(nn.Module):
    def __init__(self, inside, growth, drop_rate):
        super().__init__()
        self.norm = nn.BatchNorm2d(inside)
        self.conv = nn.Conv2d(inside, growth, 3, padding=1, bias=False)
        self.drop_rate = drop_rate

    def forward(self, features):
        x = self.conv(F.relu(self.norm(torch.cat(features, 1))))
        return F.dropout(x, self.drop_rate, self.training)


class Dense(nn.Module):
    def __init__(self, drop_rate=0.0):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, bias=False)
        self.blocks = nn.ModuleList(DenseLayer(16 + 8 * i, 8, drop_rate) for i in range(4))
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 10))

    def forward(self, x):
        features = [self.stem(x)]
        for block in self.blocks:
            features.append(block(features))
        return self.head(torch.cat(features, 1))


class Double(nn.Sequential):
    def __init__(self, inside, outside):
        super().__init__(
            nn.Conv2d(inside, outside, 3, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )


class Up(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.block = Double(2 * width, width)

    def forward(self, x, skip):
        return self.block(torch.cat([skip, self.up(x)], 1))


class UNet(nn.Module):
    def __init__(self, widths=(16, 32, 64)):
        super().__init__()
        self.down = nn.ModuleList(Double(a, b) for a, b in zip((3, *widths), widths))
        self.pool = nn.MaxPool2d(2)
        self.bottom = Double(widths[-1], 2 * widths[-1])
        self.up = nn.ModuleList(Up(width) for width in reversed(widths))
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottom(x)
        for block, skip in zip(self.up, reversed(skips)):
            x = block(x, skip)
        return self.head(x)
