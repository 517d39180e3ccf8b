"""`--all-configs` and `--assume`: conditions on flags and choices, and what fixes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from orderlint.cli import group
from orderlint.graph.model import Condition, Literal

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
from torch import nn

class Net(nn.Module):
    def __init__(self, norm="layer", late=True, act="relu"):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        norms = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
        self.norm = norms[norm](8)
        self.late = late
        if act == "relu":
            self.act = nn.ReLU()
        elif act == "tanh":
            self.act = nn.Tanh()
        else:
            self.act = None

    def forward(self, x):
        if self.act is not None:
            x = self.act(x)
        if self.late:
            return self.drop(self.norm(x))
        return self.norm(self.drop(x))
"""


def conditions(tmp_path: Path, *options: str) -> list[str | None]:
    path = tmp_path / "net.py"
    path.write_text(SOURCE, encoding="utf-8")
    arguments = [str(path), "--isolated", "--no-cache", "--select", "OL101", "--format", "json", *options]
    result = CliRunner().invoke(group, arguments)
    return [item["condition"] for item in json.loads(result.stdout)["diagnostics"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), []),
        (("--all-configs",), ["not late and norm == 'batch'"]),
        (("--all-configs", "--assume", "norm=batch"), ["not late"]),
        (("--all-configs", "--assume", "Net.late=False"), ["norm == 'batch'"]),
        (("--all-configs", "--assume", "norm=layer"), []),
        (("--assume", "norm=batch", "--assume", "late=False"), [None]),
    ],
)
def test_conditions(tmp_path: Path, options: tuple[str, ...], expected: list[str | None]) -> None:
    assert conditions(tmp_path, *options) == expected


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("self.flag", "not self.flag"),
        ("norm is None", "norm is not None"),
        ("norm == 'batch'", "norm != 'batch'"),
        ("a == 1 or b == 2", "not (a == 1 or b == 2)"),
        ("drop > 0", "not (drop > 0)"),
    ],
)
def test_the_opposite_of_a_test(text: str, opposite: str) -> None:
    assert str(Literal(text, True)) == opposite


def test_two_values_of_one_choice_contradict() -> None:
    both = Condition(frozenset({Literal("norm == 'batch'"), Literal("norm == 'layer'")}))
    assert both.contradictory
