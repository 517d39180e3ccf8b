"""Tiny networks that the exported fixtures are made of, one for each family of layer orders."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class DenseLayer(nn.Module):
    """Bottleneck of DenseNet, with functional dropout at its end."""

    def __init__(self, channels: int, growth: int, drop_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(channels, 2 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * growth)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False)
        self.drop_rate = drop_rate

    def forward(self, x: Tensor) -> Tensor:
        new = self.conv1(self.relu1(self.norm1(x)))
        new = self.conv2(self.relu2(self.norm2(new)))
        new = F.dropout(new, p=self.drop_rate, training=self.training)
        return torch.cat([x, new], 1)


class DenseNet(nn.Module):
    """Two dense blocks of two layers, with a transition between."""

    def __init__(self, drop_rate: float = 0.2) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norm0 = nn.BatchNorm2d(4)
        self.block1 = nn.Sequential(DenseLayer(4, 2, drop_rate), DenseLayer(6, 2, drop_rate))
        self.transition = nn.Sequential(
            nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1, bias=False), nn.AvgPool2d(2)
        )
        self.block2 = nn.Sequential(DenseLayer(4, 2, drop_rate), DenseLayer(6, 2, drop_rate))
        self.norm5 = nn.BatchNorm2d(8)
        self.classifier = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm0(self.conv0(x)))
        x = self.block2(self.transition(self.block1(x)))
        x = F.adaptive_avg_pool2d(F.relu(self.norm5(x)), 1)
        return self.classifier(torch.flatten(x, 1))


class WideBlock(nn.Module):
    """Pre-activation block of a wide residual network: the dropout stands between its convolutions."""

    def __init__(self, channels: int, out: int, drop_rate: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.drop = nn.Dropout(drop_rate)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        self.shortcut = nn.Conv2d(channels, out, 1, bias=False) if channels != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(self.relu(self.bn1(x)))
        y = self.conv2(self.drop(self.relu(self.bn2(y))))
        return self.shortcut(x) + y


class WideResNet(nn.Module):
    """Three wide blocks, the first of them widening."""

    def __init__(self, drop_rate: float = 0.3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.layer = nn.Sequential(*(WideBlock(4 if i == 0 else 6, 6, drop_rate) for i in range(3)))
        self.bn = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn(self.layer(self.stem(x))))
        return self.fc(x.mean((2, 3)))


class VGG(nn.Module):
    """VGG with batch norm as it is trained on CIFAR: a dropout between the convolutions of a stage."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.Dropout(0.3),
            nn.Conv2d(4, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(64, 6),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(6, 6),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(6, 3),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


class InvertedResidual(nn.Module):
    """Inverted residual of MobileNetV2."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x)


class MobileNetV2(nn.Module):
    """A stem, two inverted residuals, and the dropout before the classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(inplace=True)
            ),
            InvertedResidual(4, 6),
            InvertedResidual(4, 6),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(4, 3))

    def forward(self, x: Tensor) -> Tensor:
        x = F.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


class ResidualLinear(nn.Module):
    """Residual block of an MLP for tables: norm, linear, ReLU, dropout, linear."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.linear0 = nn.Linear(width, 2 * width)
        self.dropout = nn.Dropout(0.25)
        self.linear1 = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.linear1(self.dropout(F.relu(self.linear0(self.norm(x)))))


class ResidualMLP(nn.Module):
    """An input dropout, two residual blocks, a head behind a last norm."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(5, 4)
        self.input_dropout = nn.Dropout(0.1)
        self.blocks = nn.ModuleList([ResidualLinear(4), ResidualLinear(4)])
        self.last_norm = nn.BatchNorm1d(4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.input_dropout(self.first(x))
        for block in self.blocks:
            x = block(x)
        return self.head(F.relu(self.last_norm(x)))


class Transformer(nn.Module):
    """A transformer encoder on tokens, with PyTorch's own layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.position = nn.Parameter(torch.zeros(1, 6, 4))
        layer = nn.TransformerEncoderLayer(
            4, 2, 8, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.encoder(self.embedding(tokens) + self.position)
        return self.head(self.norm(x).mean(1))


class LSTMClassifier(nn.Module):
    """Tokens, dropout on their embeddings, one LSTM, and a batch norm on its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.embedding_dropout = nn.Dropout(0.2)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.norm = nn.BatchNorm1d(4)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(4, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding_dropout(self.embedding(tokens)))
        return self.head(self.dropout(self.norm(states[:, -1])))


class Decomposed(nn.Module):
    """Layers that exporters take apart: activations, norms, random masks, attention, stacked LSTMs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.gelu, self.tanh_gelu, self.silu = nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU()
        self.mish, self.hardswish = nn.Mish(), nn.Hardswish()
        self.group_norm, self.rms_norm = nn.GroupNorm(2, 4), nn.RMSNorm(6)
        self.batch_norm = nn.BatchNorm2d(4, track_running_stats=False)
        self.drop_channels, self.alpha_dropout = nn.Dropout2d(0.3), nn.AlphaDropout(0.1)
        self.lstm = nn.LSTM(6, 6, num_layers=2, dropout=0.4, batch_first=True)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.silu(self.tanh_gelu(self.gelu(self.conv(x))))
        x = self.batch_norm(self.group_norm(self.hardswish(self.mish(x))))
        x = self.alpha_dropout(self.drop_channels(self.rms_norm(x)))
        if self.training:  # stochastic depth, as timm writes it
            keep = x.new_empty((x.shape[0], 1, 1, 1)).bernoulli_(0.9)
            x = x * keep.div_(0.9)
        x = F.scaled_dot_product_attention(x, x, x)
        states, _ = self.lstm(x.flatten(1, 2))
        return self.head(states[:, -1])


def image_of(side: int) -> Tensor:
    return torch.zeros(2, 3, side, side)


INPUTS: dict[str, Tensor] = {
    "DenseNet": image_of(8),
    "WideResNet": image_of(8),
    "VGG": image_of(8),
    "MobileNetV2": image_of(8),
    "ResidualMLP": torch.zeros(2, 5),
    "Transformer": torch.zeros(2, 6, dtype=torch.long),
    "LSTMClassifier": torch.zeros(2, 5, dtype=torch.long),
    "Decomposed": image_of(6),
}
"""Something each network can be exported with."""
