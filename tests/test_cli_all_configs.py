"""`--all-configs` and `--assume`: conditions on flags and choices, and what fixes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from orderlint.cli import group
from orderlint.graph.implication import unsatisfiable, without_implied
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


CHOICES = """
import torch.nn as nn

def make_norm(norm, dim):
    if norm == "batch":
        return nn.BatchNorm1d(dim)
    elif norm == "layer":
        return nn.LayerNorm(dim)
    elif norm in ("none", None):
        return nn.Identity()
    raise ValueError(norm)

class Net(nn.Module):
    def __init__(self, dim=8, norm="none", act="ReLU", version=1, drop=None, rate=0.0):
        super().__init__()
        self.norm = make_norm(norm.lower(), dim)
        self.act = getattr(nn, act)()
        self.drop = None if drop is None else nn.Dropout(drop)
        self.other = nn.Dropout(rate)
        self.version = version

    def forward(self, x):
        if self.version >= 2:
            if self.drop is not None:
                x = self.drop(x)
            return self.norm(self.act(x))
        return self.norm(self.other(x))

def net(version=2, **kwargs):
    return Net(version=version, **kwargs)
"""


def choices(tmp_path: Path, *options: str) -> list[dict[str, object]]:
    path = tmp_path / "net.py"
    path.write_text(CHOICES, encoding="utf-8")
    arguments = [str(path), "--isolated", "--no-cache", "--select", "OL101", "--format", "json", *options]
    found: list[dict[str, object]] = json.loads(CliRunner().invoke(group, arguments).stdout)["diagnostics"]
    return found


BATCH = "norm.lower() == 'batch'"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--entry", "Net()"), []),
        (("--entry", "Net()", "--all-configs"), [
            f"act == 'ReLU' and drop > 0 and {BATCH} and version >= 2",
            f"{BATCH} and rate > 0 and version < 2",
        ]),
        (("--entry", "Net(norm='batch', act='ReLU')", "--all-configs"), [
            "drop > 0 and version >= 2",
            "rate > 0 and version < 2",
        ]),
        (("--entry", "Net(norm='layer')", "--all-configs"), []),
        (("--entry", "net(drop=0.2)", "--all-configs"), [
            f"act == 'ReLU' and {BATCH} and version >= 2",
            f"{BATCH} and rate > 0 and version < 2",
        ]),
        (("--entry", "net(version=3, rate=0.1)", "--all-configs"), [
            f"act == 'ReLU' and drop > 0 and {BATCH}",
        ]),
        (("--entry", "Net()", "--all-configs", "--assume", "Net.version=2", "--assume", "norm=batch"), [
            "act == 'ReLU' and drop > 0",
        ]),
    ],
)  # fmt: skip
def test_choices_numbers_and_none(tmp_path: Path, options: tuple[str, ...], expected: list[str]) -> None:
    found = choices(tmp_path, *options)
    assert [item["condition"] for item in found] == expected
    assert {item["severity"] for item in found} <= {"info"}  # each is off by default


def test_the_parameters_of_a_condition_are_told(tmp_path: Path) -> None:
    (first, _) = choices(tmp_path, "--entry", "Net(norm='batch', act='ReLU')", "--all-configs")
    assert first["parameters"] == [
        {"name": "version", "default": "1", "path": str(tmp_path / "net.py"), "line": 14, "column": 56},
        {"name": "drop", "default": "None", "path": str(tmp_path / "net.py"), "line": 14, "column": 67},
    ]


@pytest.mark.parametrize(
    ("atoms", "kept"),
    [
        ([("norm == 'a'", False), ("norm == 'b'", True)], [("norm == 'a'", False)]),
        ([("p > 0", False), ("p is None", True)], [("p > 0", False)]),
        ([("p > 0", False), ("p", False)], [("p > 0", False)]),
        ([("n >= 3", False), ("n > 1", False)], [("n >= 3", False)]),
        ([("n in (1, 2)", False), ("n == 2", True)], [("n in (1, 2)", False), ("n == 2", True)]),
        ([("x.mean() > 0 (line 3)", False), ("x.mean() > 0", False)],
         [("x.mean() > 0 (line 3)", False), ("x.mean() > 0", False)]),
    ],
)  # fmt: skip
def test_what_follows_is_left_out(atoms: list[tuple[str, bool]], kept: list[tuple[str, bool]]) -> None:
    assert without_implied(atoms) == frozenset(kept)


@pytest.mark.parametrize(
    ("atoms", "possible"),
    [
        ([("norm == 'a'", False), ("norm == 'b'", False)], False),
        ([("norm == 'a'", False), ("norm in ('b', 'c')", False)], False),
        ([("n >= 3", False), ("n < 3", False)], False),
        ([("n > 1", False), ("n < 2", False)], True),
        ([("n in (1, 2)", False), ("n == 1", True), ("n == 2", True)], False),
        ([("p > 0", False), ("p is None", False)], False),
        ([("flag", False), ("flag", True)], False),
        ([("flag", True), ("flag == 'on'", False)], False),
        ([("f(x) and g(x)", False), ("f(x)", True)], True),
    ],
)
def test_conditions_that_cannot_hold(atoms: list[tuple[str, bool]], possible: bool) -> None:
    assert unsatisfiable(atoms) is not possible


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("self.flag", "not self.flag"),
        ("norm is None", "norm is not None"),
        ("norm == 'batch'", "norm != 'batch'"),
        ("a == 1 or b == 2", "not (a == 1 or b == 2)"),
        ("drop > 0", "drop <= 0"),
        ("depth in (18, 34)", "depth not in (18, 34)"),
    ],
)
def test_the_opposite_of_a_test(text: str, opposite: str) -> None:
    assert str(Literal(text, True)) == opposite


def test_two_values_of_one_choice_contradict() -> None:
    both = Condition(frozenset({Literal("norm == 'batch'"), Literal("norm == 'layer'")}))
    assert both.contradictory
