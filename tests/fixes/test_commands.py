"""`--fix`, `--unsafe-fixes` and `--diff` as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from orderlint.cli import group
from orderlint.fixes.write import ChangedError, write_if_unchanged

if TYPE_CHECKING:
    from pathlib import Path

BOTH = """\
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)  # sees colours
        self.norm = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.norm(self.conv(x))
        return F.dropout(x, 0.3)  # keep me
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(tmp_path / ".cache"))


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(group, arguments, input=stdin, prog_name="orderlint")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_fix_makes_safe_fixes_only(tmp_path: Path) -> None:
    net = tmp_path / "net.py"
    net.write_text(BOTH)
    result = run("net.py", "--fix", "--format", "concise")
    assert result.exit_code == 0  # what is left is an info
    assert "OL110" not in result.stdout
    assert "OL301" in result.stdout
    assert "Fixed 1 finding in 1 file." in result.stderr
    assert net.read_text() == BOTH.replace("0.3)", "0.3, training=self.training)")


def test_unsafe_fixes_makes_the_others_too(tmp_path: Path) -> None:
    net = tmp_path / "net.py"
    net.write_text(BOTH)
    result = run("net.py", "--fix", "--unsafe-fixes", "--format", "concise")
    assert result.exit_code == 0
    assert result.stdout == ""
    fixed = BOTH.replace("0.3)", "0.3, training=self.training)").replace("8, 3)", "8, 3, bias=False)")
    assert net.read_text() == fixed


def test_diff_changes_nothing_and_patch_takes_it(tmp_path: Path) -> None:
    net = tmp_path / "net.py"
    net.write_text(BOTH)
    result = run("net.py", "--diff")
    assert result.exit_code == 1  # the file as it is has an error
    assert net.read_text() == BOTH
    assert "+        return F.dropout(x, 0.3, training=self.training)  # keep me" in result.stdout
    subprocess.run(["git", "apply", "-p0", "-"], input=result.stdout, text=True, check=True)
    assert "training=self.training" in net.read_text()


def test_standard_input_comes_out_fixed() -> None:
    result = run("-", "--fix", stdin=BOTH)
    assert result.stdout == BOTH.replace("0.3)", "0.3, training=self.training)")
    assert "OL301" in result.stderr


def test_a_silenced_finding_is_not_fixed(tmp_path: Path) -> None:
    silenced = BOTH.replace("# keep me", "# orderlint: ignore[OL110] Monte Carlo")
    (tmp_path / "net.py").write_text(silenced)
    run("net.py", "--fix")
    assert (tmp_path / "net.py").read_text() == silenced


def test_options_that_contradict_each_other_are_refused() -> None:
    for arguments in (("--unsafe-fixes",), ("--fix", "--diff")):
        command = [sys.executable, "-m", "orderlint", *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 2
        assert len(result.stderr.splitlines()) == 1


def test_json_says_what_a_fix_would_change(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(BOTH)
    found = json.loads(run("net.py", "--format", "json").stdout)["diagnostics"]
    (fix,) = [item["fix"] for item in found if item["code"] == "OL110"]
    assert fix["safe"] is True
    assert fix["kind"] == "add_training_argument"


def test_a_swap_that_would_bring_another_finding_is_taken_back(tmp_path: Path) -> None:
    source = (
        "from torch import nn\n\nnet = nn.Sequential(\n    nn.Linear(4, 4),\n    nn.Dropout(0.5),\n"
        "    nn.BatchNorm1d(4),\n    nn.ReLU(),\n    nn.Dropout(0.5),\n    nn.Linear(4, 2),\n)\n"
    )
    (tmp_path / "net.py").write_text(source)
    result = run("net.py", "--fix", "--unsafe-fixes", "--select", "OL101,OL125")
    assert "OL101 not fixed: OL125 would come instead" in result.stderr
    assert (tmp_path / "net.py").read_text() == source


def test_a_layer_that_another_model_needs_as_it_is_is_left_alone(tmp_path: Path) -> None:
    """The bias is cancelled in one model and not in the other, and one line builds both."""
    (tmp_path / "blocks.py").write_text(
        "from torch import nn\n\n\nclass Block(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.conv = nn.Conv2d(8, 8, 3)\n\n"
        "    def forward(self, x):\n        return self.conv(x)\n"
    )
    (tmp_path / "net.py").write_text(
        "from torch import nn\nfrom blocks import Block\n\nnet = nn.Sequential(Block(), nn.BatchNorm2d(8))\n"
    )
    before = (tmp_path / "blocks.py").read_text()
    result = run(".", "--fix", "--unsafe-fixes", "--format", "concise")
    assert "OL301" in result.stdout
    assert (tmp_path / "blocks.py").read_text() == before


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = tmp_path / "net.py"
    net.write_text(BOTH)
    newer = f"{BOTH}# somebody saved\n"

    def saved_just_before(path: str, old: bytes, new: bytes) -> None:
        net.write_text(newer)
        write_if_unchanged(path, old, new)

    monkeypatch.setattr("orderlint.fixes.write.write_if_unchanged", saved_just_before)
    result = run("net.py", "--fix")
    assert result.exit_code == 3
    assert "changed since it was read, so it was not fixed" in result.stderr
    assert net.read_text() == newer


def test_writing_refuses_what_is_not_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"new")
    with pytest.raises(ChangedError):
        write_if_unchanged(str(file), b"old", b"fixed")
    assert file.read_bytes() == b"new"
    with pytest.raises(ChangedError):
        write_if_unchanged(str(tmp_path / "gone.py"), b"old", b"fixed")
    assert os.listdir(tmp_path) == ["a.py"]


def test_mode_and_links_survive(tmp_path: Path) -> None:
    file, link = tmp_path / "a.py", tmp_path / "link.py"
    file.write_bytes(b"old")
    file.chmod(0o754)
    link.symlink_to("a.py")
    write_if_unchanged(str(link), b"old", b"fixed")
    assert link.is_symlink()
    assert file.read_bytes() == b"fixed"
    assert stat.S_IMODE(file.stat().st_mode) == 0o754


KILLED = """
import os, signal, sys
from orderlint.fixes import write
real = {name}
def killed(*arguments, **options):
    if {after}:
        real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
{name} = killed
write.write_if_unchanged(sys.argv[1], b"old" * 100000, b"new" * 100000)
"""


@pytest.mark.parametrize("name", ["os.fsync", "os.chmod", "os.replace"])
@pytest.mark.parametrize("after", [False, True])
def test_a_killed_process_leaves_a_whole_file(tmp_path: Path, name: str, after: bool) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old" * 100000)
    code = KILLED.format(name=name, after=after)
    killed = subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert killed.returncode == -signal.SIGKILL
    expected = b"new" if name == "os.replace" and after else b"old"
    assert file.read_bytes() == expected * 100000
