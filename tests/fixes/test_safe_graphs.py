"""Safe fixes leave the graph as it was: the same layers in the same order, but for when a dropout works."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch
from click.testing import CliRunner
from torch import nn

from orderlint.cli import group

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n\n"
RESIDUAL = """\
class Net(nn.Module):
    def __init__(self, rate=0.3):
        super().__init__()
        self.rate = rate
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        for layer in self.layers:
            x = x + F.dropout(F.relu(layer(x)), self.rate)  # no mode
        x = F.dropout(self.norm(x), p=0.5)
        return torch.cat([x, F.alpha_dropout(x, 0.1)], -1)
"""
CHANNELS = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 3)

    def forward(self, x):
        x = F.dropout1d(self.conv(x.view(2, 4, 8)), 0.2, True)
        return F.dropout(x, 0.2).mean(-1)
"""
ATTENTION = """\
class Net(nn.Module):
    def __init__(self, rate=0.1):
        super().__init__()
        self.rate = rate
        self.project = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)

    def forward(self, x):
        q, k, v = self.project(x[None]).chunk(3, -1)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, dropout_p=self.rate))[0]
        return F.scaled_dot_product_attention(x[None], x[None], x[None], None, 0.2)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(tmp_path / ".cache"))


def graph() -> Any:
    result = CliRunner().invoke(group, ["graph", "net.py::Net", "--format", "json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    numbers: dict[int, int] = {}  # of modules go on through a process; what counts is which are the same
    for node in found["nodes"]:
        if "module" in node["attrs"]:
            node["attrs"]["module"] = numbers.setdefault(node["attrs"]["module"], len(numbers))
    return found


def layer(node: dict[str, Any]) -> tuple[object, ...]:
    """A layer without its place in the text and the mode in which it works."""
    attributes = {key: value for key, value in node["attrs"].items() if key not in MODE}
    return node["id"], node["kind"], node["op"], node["name"], attributes, node["condition"]


MODE = {"training", "training_literal"}
"""When a dropout works, and whether the program says so."""


def network(program: str) -> nn.Module:
    names: dict[str, Any] = {"__name__": "net"}
    exec(compile(program, "net.py", "exec"), names)
    torch.manual_seed(0)
    built: nn.Module = names["Net"]()
    return built


@pytest.mark.parametrize(
    ("body", "code", "fixed"),
    [(RESIDUAL, "OL110", 2), (CHANNELS, "OL110", 1), (ATTENTION, "OL112", 2)],
    ids=["dropout in residual branches", "channelwise dropout", "attention"],
)
def test_only_the_mode_changes(body: str, code: str, fixed: int, tmp_path: Path) -> None:
    net = tmp_path / "net.py"
    net.write_text(HEAD + body)
    before = graph()
    result = CliRunner().invoke(group, ["net.py", "--select", code, "--fix"])
    assert f"Fixed {fixed} finding" in result.stderr, result.output
    assert result.exit_code == 0
    after = graph()
    assert [layer(node) for node in after["nodes"]] == [layer(node) for node in before["nodes"]]
    assert after["edges"] == before["edges"]
    modes = [
        (old["attrs"].get("training"), new["attrs"].get("training"))
        for old, new in zip(before["nodes"], after["nodes"], strict=True)
    ]
    assert modes.count(("always", "train")) >= fixed
    assert {pair for pair in modes if pair[0] != pair[1]} == {("always", "train")}


@pytest.mark.parametrize(("body", "code"), [(RESIDUAL, "OL110"), (CHANNELS, "OL110"), (ATTENTION, "OL112")])
def test_torch_trains_the_same_and_loads_the_same(body: str, code: str, tmp_path: Path) -> None:
    """The definition of a safe fix, run: the same state dict, the same result in training for the same
    random numbers."""
    net = tmp_path / "net.py"
    net.write_text(HEAD + body)
    CliRunner().invoke(group, ["net.py", "--select", code, "--fix"])
    before, after = network(HEAD + body), network(net.read_text())
    after.load_state_dict(before.state_dict())
    results = []
    for one in (before, after):
        torch.manual_seed(1)
        results.append(one.train()(torch.ones(8, 8)))
    assert torch.equal(*results)
    after.eval()
    if body is not CHANNELS:  # which keeps a dropout that is always on, by its own word
        assert torch.equal(after(torch.ones(8, 8)), after(torch.ones(8, 8)))
