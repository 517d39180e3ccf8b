"""What a terminal of 80 columns shows: run in a pseudo-terminal, read off the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from pathlib import Path

NET = (
    "from torch import nn\n\n\nclass Net{0}(nn.Module):\n"
    "    def __init__(self):\n        super().__init__()\n"
    "        self.layers = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(8))\n\n"
    "    def forward(self, x):\n        return self.layers(x)\n"
)


def on_a_terminal(folder: Path, *arguments: str) -> tuple[str, list[str]]:
    """Everything written to a terminal of 80 columns, and the lines of its screen in the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "XDG_CACHE_HOME": str(folder / ".cache")}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "orderlint", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=folder, env=environment):
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the last writer is gone
                break
            if not part:
                break
            written += part
    os.close(ours)
    screen = pyte.Screen(80, 50)
    pyte.ByteStream(screen).feed(written)
    return written.decode(), [line.rstrip() for line in screen.display if line.strip()]


def test_a_report_fits_the_screen_in_colours(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.format(""))
    written, lines = on_a_terminal(tmp_path, "net.py", "--select", "OL101")
    assert "\x1b[" in written
    assert lines[0].startswith("net.py:7:37: warning[OL101] dropout")
    assert "                                    ^^^^^^^^^^^^^^^" in "\n".join(lines)
    assert lines[-1] == "1 warning in 1 input; 1 model followed, 0 partly, 0 not."


def test_no_color_means_none(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.format(""))
    assert "\x1b[" not in on_a_terminal(tmp_path, "net.py", "--no-color")[0]


def test_a_long_run_draws_a_bar_and_takes_it_away(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"net{number}.py").write_text(NET.format(number))
    arguments = (".", "--jobs", "1", "--select", "OL101", "--format", "concise")
    written, lines = on_a_terminal(tmp_path, *arguments)
    assert "Linting" in written
    assert not any("Linting" in line for line in lines)
    assert "Linting" not in on_a_terminal(tmp_path, *arguments, "--quiet")[0]


def test_a_watch_clears_the_screen(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.format(""))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "orderlint", "net.py", "--watch", "--isolated"]
    environment = {**os.environ, "ORDERLINT_CACHE_DIR": str(tmp_path / ".cache")}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=tmp_path, env=environment) as process:
        os.close(theirs)
        written = b""
        while b"Ctrl-C ends." not in written:
            written += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 1
    os.close(ours)
    assert written.startswith(b"\x1b[2J")
