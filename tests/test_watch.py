"""`--watch` as a user runs it: a process that is left running while files change, and is interrupted."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from orderlint.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60.0
"""Seconds to wait for a line; others may load the machine."""

NET = """\
from block import Block
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.norm = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.norm(self.block(x))
"""
BLOCK = """\
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout({0})

    def forward(self, x):
        return self.drop(x)
"""


class Watcher:
    """A running `orderlint --watch`, whose output is read line by line."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "orderlint", *arguments, "--watch", "--select", "OL101"]
        environment = {**os.environ, "ORDERLINT_CACHE_DIR": str(folder / ".cache")}
        self.process = subprocess.Popen(
            [*command, "--format", "concise"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def round(self) -> str:
        """What is written up to the line that says that it watches."""
        text = ""
        while "Ctrl-C ends." not in text:
            text += self.lines.get(timeout=PATIENCE)
        return text

    def interrupted(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "block.py").write_text(BLOCK.format(0.5))
    return tmp_path


@pytest.fixture
def watcher(project: Path) -> Iterator[Watcher]:
    started = Watcher(project, "net.py")
    yield started
    started.close()


def replaced(path: Path, text: str) -> None:
    """Write as editors do: beside the file, then in its place."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text)
    beside.replace(path)


def test_a_change_in_an_imported_file_is_linted(project: Path, watcher: Watcher) -> None:
    first = watcher.round()
    assert "block.py:7:21: warning[OL101]" in first
    assert "\x1b" not in first  # no terminal, so no screen to clear
    replaced(project / "block.py", BLOCK.format(0.0))
    assert "OL101" not in watcher.round()
    replaced(project / "block.py", "\n" + BLOCK.format(0.5))
    assert "block.py:8:21: warning[OL101]" in watcher.round()
    assert watcher.interrupted() == 1


def test_the_last_status_is_that_of_the_process(project: Path, watcher: Watcher) -> None:
    watcher.round()
    replaced(project / "net.py", "class Net(:\n")
    assert "net.py:1:11: error: syntax error" in watcher.round()
    replaced(project / "net.py", NET.replace("BatchNorm1d(8)", "Identity()"))
    assert "OL101" not in watcher.round()
    assert watcher.interrupted() == 0


def test_a_half_typed_configuration_is_waited_out(project: Path, watcher: Watcher) -> None:
    watcher.round()
    replaced(project / "orderlint.toml", "fail-on = \n")
    assert "orderlint: error:" in watcher.round()
    replaced(project / "orderlint.toml", 'fail-on = "never"\n')
    assert "OL101" in watcher.round()
    assert watcher.interrupted() == 0


def test_a_new_file_in_a_watched_folder_is_linted(project: Path) -> None:
    watcher = Watcher(project, ".")
    try:
        watcher.round()
        replaced(project / "other.py", NET.replace("Net", "Other"))
        assert "OL101" in watcher.round()
        (project / "block.py").unlink()
        assert "OL101" not in watcher.round()
        assert watcher.interrupted() == 0
    finally:
        watcher.close()


@pytest.mark.parametrize("more", [["net.py", "--fix"], ["-"], ["--update-baseline", "--baseline", "b.json"]])
def test_what_writes_or_has_no_file_is_not_watched(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["lint", "--watch", *more])
    assert stopped.value.code == 2
    assert "--watch only reports" in capsys.readouterr().err
