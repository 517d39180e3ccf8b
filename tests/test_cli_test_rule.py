"""`orderlint test-rule`: examples that are as they should be, and those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from orderlint.cli import group, main
from orderlint.engine.loader import load_rules, shipped_folder

if TYPE_CHECKING:
    from pathlib import Path

RULE = '''
schema = 1
code = "XX001"
name = "no-relu-before-linear"
what = "w"
why = "y"
severity = "info"
message = "{relu} feeds {linear}"
help = "h"
[[match.layer]]
role = "relu"
kind = "activation:relu"
[[match.layer]]
role = "linear"
kind = "linear"
[[example]]
side = "bad"
title = "A ReLU"
code = """
from torch import nn

net = nn.Sequential(
    nn.ReLU(),  # XX001
    nn.Linear(2, 2),
)
"""
[[example]]
side = "good"
title = "A GELU"
code = """
from torch import nn

net = nn.Sequential(nn.GELU(), nn.Linear(2, 2))
"""
'''


def run(tmp_path: Path, text: str) -> tuple[int, str]:
    path = tmp_path / "own" / "no-relu-before-linear.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(group, ["test-rule", str(path)])
    return result.exit_code, result.output


def test_examples_that_hold(tmp_path: Path) -> None:
    code, output = run(tmp_path, RULE)
    assert code == 0
    assert output.splitlines()[-1] == "XX001 no-relu-before-linear: 2 examples, 0 failed"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("nn.ReLU(),  #", "nn.GELU(),  #", "fail: reports nothing on line 4"),
        (
            "nn.Sequential(nn.GELU()",
            "nn.Sequential(nn.ReLU()",
            "fail: reports on line 3, though it is a good",
        ),
        ("  # XX001", "", "fail: marks no line with `# XX001`, though it is a bad example"),
        ("net = nn.Sequential(nn.GELU()", "net = (", "fail: line "),
    ],
)
def test_an_example_that_does_not_hold(tmp_path: Path, old: str, new: str, problem: str) -> None:
    code, output = run(tmp_path, RULE.replace(old, new, 1))
    assert code == 1
    assert problem in output


def test_a_file_that_is_no_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rule.toml"
    path.write_text(RULE.replace("schema = 1", "schema = 9"), encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["test-rule", str(path)])
    assert caught.value.code == 2
    assert "this version reads schema 1, not 9" in capsys.readouterr().err


def test_shipped_rules_pass() -> None:
    files = [str(rule.path) for rule in load_rules() if str(shipped_folder()) in rule.path][:12]
    result = CliRunner().invoke(group, ["test-rule", *files])
    assert (result.exit_code, "fail" in result.output.replace("0 failed", "")) == (0, False)
