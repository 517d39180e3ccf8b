"""The source the golden reports speak of."""

import torch.nn.functional as F  # noqa: N812
from blocks import dense
from torch import nn


class Net(nn.Module):
    def __init__(self, drop_rate=0.0):  # noqa: ARG002
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.conv = nn.Conv2d(3, 64, 3)
        self.fc = nn.Linear(64, 10)
        self.bn = nn.BatchNorm2d(64)
        self.norm = nn.BatchNorm2d(64)

    def forward(self, x):
        x = F.relu(self.drop(self.conv(x)))
        x = self.bn(x)
        x = self.norm(dense(x, self.drop_rate))
        return F.dropout(x, 0.1)
