"""The GitHub action: what its steps refer to exists, and its shell steps run as a runner runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
FAULTY = """\
from torch import nn

net = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8))
"""
CLEAN = "from torch import nn\n\nnet = nn.Sequential(nn.Linear(8, 8), nn.ReLU())\n"


def test_what_the_steps_refer_to_exists() -> None:
    """Inputs that are declared, outputs of steps before, and a shell for each script."""
    assert ACTION["runs"]["using"] == "composite"
    known = {f"inputs.{name}" for name in ACTION["inputs"]} | {"github.action_path"}
    for step in STEPS:
        for expression in EXPRESSION.findall(json.dumps(step)):
            assert expression in known
        assert ("uses" in step) != (step.get("shell") == "bash" and "run" in step)
        if "id" in step:
            outputs = re.findall(r'echo "([\w-]+)=', step.get("run", "")) or ["python-path"]
            known |= {f"steps.{step['id']}.outputs.{name}" for name in outputs}


def run_lint_step(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The last step, with the inputs that are given and the defaults of the others."""
    (folder / "net.py").write_text(CLEAN)
    (folder / "two words").mkdir()
    command = folder.parent / "orderlint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m orderlint "$@"\n')
    command.chmod(0o755)
    values = {f"inputs.{name}": item["default"] for name, item in ACTION["inputs"].items()}
    values |= {f"inputs.{name}": value for name, value in inputs.items()}
    values["steps.install.outputs.command"] = str(command)
    given = {
        name: EXPRESSION.sub(lambda match: values[match[1]], text) for name, text in STEPS[-1]["env"].items()
    }
    base = {"PYTHONPATH": str(ROOT / "src"), "ORDERLINT_CACHE_DIR": str(folder.parent / "cache")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[-1]["run"]],
        cwd=folder,
        env={**os.environ, **base, **given},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checkout").mkdir()
    return tmp_path / "checkout"


def test_without_inputs_the_whole_folder_is_linted(folder: Path) -> None:
    done = run_lint_step(folder)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_findings_become_annotations_and_a_report(folder: Path) -> None:
    (folder / "bad.py").write_text(FAULTY)
    done = run_lint_step(folder, paths="net.py\nbad.py\n", arguments="--select OL101", sarif="o.sarif")
    assert done.returncode == 1
    assert done.stdout.startswith("::warning file=bad.py,line=3")
    (run,) = json.loads((folder / "o.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["OL101"]


def test_arguments_may_stand_on_lines(folder: Path) -> None:
    (folder / "bad.py").write_text(FAULTY)
    done = run_lint_step(folder, arguments="--select OL101\n--fail-on never\n")
    assert done.returncode == 0
    assert "OL101" in done.stdout
