"""Networks that source and trace must agree on. Each function builds one; its docstring is the input."""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812


class Block(nn.Module):
    def __init__(self, channels, p, norm_layer=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.drop = nn.Dropout(p) if p > 0 else nn.Identity()
        self.norm1 = norm_layer(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = norm_layer(channels)

    def forward(self, x):
        y = self.norm1(self.drop(torch.relu(self.conv1(x))))
        return F.relu(x + self.norm2(self.conv2(y)), inplace=True)


class Stack(nn.Module):
    def __init__(self, depth=3, p=0.2):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.blocks = nn.ModuleList(Block(8, p * i / depth) for i in range(depth))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(torch.flatten(self.pool(x), 1))


def residual_stack():
    """2,3,16,16"""
    return Stack()


class Dense(nn.Module):
    def __init__(self, drop_rate=0.3):
        super().__init__()
        self.drop_rate = drop_rate
        self.norms = nn.ModuleList(nn.BatchNorm2d(4 * (i + 1)) for i in range(3))
        self.convs = nn.ModuleList(nn.Conv2d(4 * (i + 1), 4, 3, padding=1) for i in range(3))

    def forward(self, x):
        for norm, conv in zip(self.norms, self.convs, strict=True):
            new = conv(F.relu(norm(x)))
            if self.drop_rate > 0:
                new = F.dropout(new, p=self.drop_rate, training=self.training)
            x = torch.cat([x, new], 1)
        return x


def dense():
    """2,4,8,8"""
    return Dense()


class Careless(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.norm, self.fc2 = nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 3)

    def forward(self, x):
        x = F.dropout(torch.sigmoid(self.fc1(x)), 0.5)
        x = self.norm(nn.Dropout(0.2)(x))
        return F.softmax(self.fc2(x), dim=1)


def careless():
    """4,8"""
    return Careless()


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.4))
        self.right = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8))
        self.norm = nn.BatchNorm1d(8)
        self.act = nn.ReLU()
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        joined = self.act(self.left(x)) + self.act(self.right(x))
        return self.out(self.norm(joined))


def branches():
    """4,8"""
    return Branches()


class Vgg(nn.Sequential):
    plan = (8, "M", 16, "M")

    def __init__(self):
        layers, channels = [], 3
        for step in self.plan:
            if step == "M":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [
                    nn.Conv2d(channels, step, 3, padding=1),
                    nn.BatchNorm2d(step),
                    nn.ReLU(),
                    nn.Dropout2d(0.25),
                ]
                channels = step
        super().__init__(*layers, nn.Flatten(), nn.Linear(channels * 4, 10), nn.BatchNorm1d(10))


def vgg():
    """2,3,8,8"""
    return Vgg()


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.norm = nn.BatchNorm1d(8)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.norm(self.layer(x).mean(1)))


def encoder():
    """2,5,8"""
    return Encoder()


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.reduced = nn.Conv2d(4, 4, 1)
        self.norms = nn.ModuleList(
            [nn.BatchNorm2d(4), nn.BatchNorm2d(4), nn.BatchNorm1d(4), nn.BatchNorm1d(4)]
        )

    def forward(self, x):
        x = self.conv(x)
        squeezed = self.norms[0](self.reduced(x.mean((-1, -2), keepdim=True)))
        pooled = self.norms[1](nn.functional.adaptive_max_pool2d(x, 1))
        return squeezed + pooled, self.norms[2](torch.mean(x, dim=[2, 3])), self.norms[3](x.mean(3))


def pooled():
    """2,3,8,8"""
    return Pooled()
