"""The pre-commit hook, run for real in a temporary repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="pre-commit brings it")

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, width, rate):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3)
        self.drop = nn.Dropout(rate)

    def forward(self, x):
        return self.drop(self.conv(x))
"""
NET = """\
from blocks import Block
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(8, {rate})
        self.norm = nn.BatchNorm2d(8)

    def forward(self, x):
        return self.norm(self.block(x))
"""


def hook(name: str) -> dict[str, object]:
    """A published hook, turned into a local one that runs this checkout."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (published,) = (item for item in hooks if item["id"] == name)
    assert published["language"] == "python"
    assert published["entry"] == "orderlint"
    return {**published, "language": "system", "entry": f"{sys.executable} -m orderlint"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    configure(folder, "orderlint")
    (folder / "blocks.py").write_text(BLOCKS)
    git(folder, "init", "-q")
    return folder


def configure(folder: Path, name: str) -> None:
    config = {"repos": [{"repo": "local", "hooks": [hook(name)]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def pre_commit(folder: Path) -> subprocess.CompletedProcess[str]:
    """Stage everything and run the hook on it, with caches of its own."""
    git(folder, "add", "-A")
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(folder.parent / "cache"),
        "ORDERLINT_CACHE_DIR": str(folder.parent / "orderlint-cache"),
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "100",
    }
    command = [sys.executable, "-m", "pre_commit", "run", "--color", "never"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_bad_commit_is_stopped_and_a_good_one_passes(repository: Path) -> None:
    """The fault spans two files: the hook resolves the imports of the changed one."""
    net = repository / "net.py"
    net.write_text(NET.format(rate="0.5"))
    stopped = pre_commit(repository)
    assert stopped.returncode == 1, stopped.stdout
    assert "OL101" in stopped.stdout
    assert "blocks.py:8:21" in stopped.stdout
    net.write_text(NET.format(rate="0.0"))
    passed = pre_commit(repository)
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout


def test_other_files_do_not_run_the_hook(repository: Path) -> None:
    (repository / "blocks.py").unlink()
    (repository / "notes.md").write_text("nn.Dropout\n")
    assert "no files to check" in pre_commit(repository).stdout


def test_the_second_hook_makes_the_safe_fixes(repository: Path) -> None:
    """pre-commit fails a hook that changed a file; the next run has nothing left to say."""
    configure(repository, "orderlint-fix")
    blocks = repository / "blocks.py"
    function = BLOCKS.replace("self.drop(self.conv(x))", "nn.functional.dropout(self.conv(x), 0.3)")
    blocks.write_text(function)
    changed = pre_commit(repository)
    assert changed.returncode == 1, changed.stdout
    assert "files were modified by this hook" in changed.stdout
    assert blocks.read_text() == function.replace("0.3)", "0.3, training=self.training)")
    assert pre_commit(repository).returncode == 0


def test_the_second_hook_stops_what_it_does_not_fix(repository: Path) -> None:
    configure(repository, "orderlint-fix")
    (repository / "net.py").write_text(NET.format(rate="0.5"))
    stopped = pre_commit(repository)
    assert stopped.returncode == 1
    assert "OL101" in stopped.stdout
    assert (repository / "net.py").read_text() == NET.format(rate="0.5")
