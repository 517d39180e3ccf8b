"""`layers = { … }`: the kinds of the user's own layers and functions, followed or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from orderlint.cli import group
from orderlint.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

START = """
import torch.nn as nn
import fused
from fused.layers import FusedNorm
from compiled import HalfKnown


class Scale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(dim)

    def forward(self, x):
        return x * self.weight
"""
MODEL = """
class Net(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.drop = {drop}
        self.norm = {norm}

    def forward(self, x):
        return self.norm(self.drop(x))
"""
LAYERS = """
select = ["OL101"]
search-path = ["."]
[layers]
"fused.layers.FusedNorm" = "batch_norm"
"fused.drop" = "dropout"
"fused.layers.Drop" = "dropout"
"net.Scale" = "batch_norm"
"compiled.HalfKnown" = "batch_norm"
"""


@pytest.mark.parametrize(
    ("drop", "norm", "rate"),
    [
        ("nn.Dropout(0.3)", "FusedNorm(dim)", "0.3"),  # of a package that is not found
        ("nn.Dropout(0.3)", "HalfKnown(dim)", "0.3"),  # of a class whose base is not found
        ("nn.Dropout(0.3)", "Scale(dim)", "0.3"),  # of a class that could be followed
        ("lambda x: fused.drop(x, 0.2)", "nn.BatchNorm1d(dim)", "0.2"),  # a function
        ("lambda x: fused.drop(x, drop_prob=0.2)", "nn.BatchNorm1d(dim)", "0.2"),
        ("fused.layers.Drop(0.4)", "nn.BatchNorm1d(dim)", "0.4"),
        ("fused.layers.Drop(rate=0.4)", "nn.BatchNorm1d(dim)", "0.4"),
    ],
)
def test_stated_layers(tmp_path: Path, drop: str, norm: str, rate: str) -> None:
    (tmp_path / "compiled.py").write_text("from extension import Base\nclass HalfKnown(Base):\n    pass\n")
    (tmp_path / "orderlint.toml").write_text(LAYERS)
    net = tmp_path / "net.py"
    net.write_text(START + MODEL.format(drop=drop, norm=norm))
    arguments = ["--config", str(tmp_path / "orderlint.toml"), "--no-cache", "--format", "json", str(net)]
    report = json.loads(CliRunner().invoke(group, arguments).stdout)
    assert [model["status"] for model in report["models"] if model["entry"] == "Net"] == ["complete"]
    (found,) = report["diagnostics"]
    assert f"(p={rate})" in found["message"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('layers = { "a.B" = "batchnorm" }', "layers.a.B: 'batchnorm' is none of"),
        ('layers = { "a.B" = "batchnorm" }', "did you mean 'batch_norm'?"),
        ('search-path = ["nowhere"]', "search-path: "),
        ('search-path = ["nowhere"]', "no such folder"),
        ('profile = "li2017"', "orderlint.toml: profile: profile 'li2017' is none of"),
        ('profile = "li2017"', "did you mean 'li2018'?"),
    ],
)
def test_what_cannot_be_meant_is_an_error(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "orderlint.toml"
    path.write_text(line + "\n")
    result = CliRunner().invoke(group, ["--config", str(path), str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
