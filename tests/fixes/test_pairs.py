"""Each kind of unsafe fix on small programs: the text it writes, the findings it leaves, torch on both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from click.testing import CliRunner
from tests.fixes.pairs import PAIRS, Pair
from torch import nn

from orderlint.cli import group

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(tmp_path / ".cache"))


def codes(code: str) -> list[str]:
    """The rules that report something in net.py; those off by default too, if it is the one in question."""
    result = CliRunner().invoke(group, ["net.py", "--extend-select", code, "--format", "json"])
    return sorted(item["code"] for item in json.loads(result.stdout)["diagnostics"])


def built(program: str) -> nn.Module:
    names: dict[str, object] = {"__name__": "net"}
    exec(compile(program, "net.py", "exec"), names)
    torch.manual_seed(0)
    network = names["Net"]()  # type: ignore[operator]
    assert isinstance(network, nn.Module)
    return network.train()


def output(program: str, pair: Pair) -> object:
    network = built(program)
    torch.manual_seed(1)
    return network(*(torch.rand(shape) for shape in pair.shapes))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.code} {pair.name}")
def test_the_fix_writes_what_it_should(pair: Pair, tmp_path: Path) -> None:
    net = tmp_path / "net.py"
    net.write_text(pair.program)
    before = codes(pair.code)
    assert before.count(pair.code) == 1
    safe = CliRunner().invoke(group, ["net.py", "--select", pair.code, "--fix"])
    assert net.read_text() == pair.program, safe.output
    fixed = CliRunner().invoke(group, ["net.py", "--select", pair.code, "--fix", "--unsafe-fixes"])
    assert net.read_text() == pair.after, fixed.output
    assert fixed.exit_code == 0
    before.remove(pair.code)
    assert codes(pair.code) == before


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.code} {pair.name}")
def test_torch_runs_what_the_fix_writes(pair: Pair) -> None:
    after = output(pair.after, pair)
    assert isinstance(after, torch.Tensor)
    assert after.isfinite().all()
    match pair.before:
        case "raises":
            with pytest.raises((RuntimeError, TypeError, ValueError)):
                output(pair.program, pair)
        case "no tensor":
            assert not isinstance(output(pair.program, pair), torch.Tensor)
        case "warns":
            with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
                before = output(pair.program, pair)
            assert torch.equal(before, after)  # that dropout did nothing
        case _:
            before = output(pair.program, pair)
            assert isinstance(before, torch.Tensor)
            assert before.shape == after.shape
