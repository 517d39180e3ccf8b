"""The whole program on real files, in processes of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import orderlint
from orderlint.errors import InputError, UsageError

ROOT = Path(__file__).resolve().parents[1]
NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout({rate})
        self.norm = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.norm(self.drop(x))
"""
BAD, GOOD = NET.format(rate=0.5), NET.format(rate=0.0)


def orderlint_run(
    folder: Path, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"}
    environment["ORDERLINT_CACHE_DIR"] = str(folder / ".cache")
    command = [sys.executable, "-m", "orderlint", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_fault_is_found_and_shown(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(BAD)
    done = orderlint_run(tmp_path, "net.py")
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.startswith("net.py:7:21: warning[OL101] ")
    assert "7 |         self.drop = nn.Dropout(0.5)\n  |                     ^^^^^^^^^^^^^^^" in done.stdout
    assert "path: dropout (line 7) → batch_norm (8)" in done.stdout
    assert done.stdout.endswith("1 warning in 1 input; 1 model followed, 0 partly, 0 not.\n")


ODD_FILES = {
    "broken.py": (b"import torch\nclass Net(:\n", "broken.py:2:"),
    "python2.py": (b"import torch\nprint 'torch'\n", "python2.py:2:"),
    "not_utf8.py": (b"import torch\nx = '\xe9'\n", "not_utf8.py"),
    "unknown_coding.py": (b"# coding: nonsense\nimport torch\n", "unknown_coding.py"),
    "nul.py": (b"import torch\n\x00\n", "nul.py"),
    "deep.py": (b"import torch\nx = " + b"(" * 10_000 + b"1" + b")" * 10_000 + b"\n", "deep.py"),
    "deep_calls.py": (b"import torch\nx = " + b"f(" * 10_000 + b")" * 10_000 + b"\n", "deep_calls.py"),
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_a_file_that_cannot_be_read_is_one_line_and_the_others_are_linted(tmp_path: Path, name: str) -> None:
    content, said = ODD_FILES[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "net.py").write_text(BAD)
    done = orderlint_run(tmp_path, ".", "--format", "concise")
    assert "net.py:7:21: warning[OL101] " in done.stdout
    lines = done.stderr.splitlines()
    if name.startswith("deep") and not lines:  # following it is as good as refusing it
        assert done.returncode == 1
        return
    assert done.returncode == 3
    assert len(lines) == 1
    assert lines[0].startswith(said)
    assert "internal error" not in lines[0]


def test_odd_files_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_bytes(b"")
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n" + BAD.encode())
    (tmp_path / "windows.py").write_bytes(b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode())
    done = orderlint_run(tmp_path, "empty.py", "latin.py", "windows.py", "--format", "concise")
    assert done.stderr == ""
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["latin.py", "windows.py"]
    assert "latin.py:9:21" in done.stdout
    assert "windows.py:7:21" in done.stdout


def test_a_folder_without_python_and_a_missing_path(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "net.py").write_text(GOOD)
    done = orderlint_run(tmp_path, "empty", "gone.py", "net.py")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 2
    assert "1 model followed" in done.stdout


def test_an_entry_across_files(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "net.py").write_text(BAD)
    done = orderlint_run(tmp_path, "--search-path", "lib", "--entry", "pkg.net.Net()", "--format", "json")
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["models"][0]["status"] == "complete"
    (finding,) = [item for item in document["diagnostics"] if item["code"] == "OL101"]
    assert (finding["path"], finding["line"], finding["condition"]) == ("lib/pkg/net.py", 7, None)
    graph = json.loads(
        orderlint_run(
            tmp_path, "graph", "--search-path", "lib", "--entry", "pkg.net.Net()", "--format", "json"
        ).stdout
    )
    kinds = {node["id"]: node["kind"] for node in graph["nodes"]}
    assert ("dropout", "batch_norm") in {(kinds[a], kinds[b]) for a, b in graph["edges"]}


def test_the_graph_of_a_class_that_needs_arguments(tmp_path: Path) -> None:
    source = NET.format(rate="rate").replace("__init__(self)", "__init__(self, rate)")
    (tmp_path / "net.py").write_text(source)
    done = orderlint_run(tmp_path, "graph", "net.py::Net", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [node["kind"] for node in json.loads(done.stdout)["nodes"]] == ["input", "dropout", "batch_norm"]


def test_standard_input(tmp_path: Path) -> None:
    done = orderlint_run(tmp_path, "-", "--stdin-filename", "net.py", stdin=BAD)
    assert done.stdout.startswith("net.py:7:21: warning[OL101] ")
    assert "self.drop = nn.Dropout(0.5)" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_on_a_terminal_of_eighty_columns(tmp_path: Path) -> None:
    """Colours, and no line longer than the screen is wide."""
    import fcntl
    import pty
    import struct
    import termios

    (tmp_path / "net.py").write_text(BAD)
    main_end, other_end = pty.openpty()
    fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "LINES")
    }
    environment |= {
        "PYTHONPATH": str(ROOT / "src"),
        "TERM": "xterm",
        "ORDERLINT_CACHE_DIR": str(tmp_path / ".cache"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "orderlint", "net.py"],
        cwd=tmp_path,
        env=environment,
        stdout=other_end,
        stdin=other_end,
    ) as process:
        os.close(other_end)
        screen = _read_all(main_end)
    assert process.returncode == 1
    assert "\x1b[" in screen
    lines = re.sub(r"\x1b\[[0-9;]*m", "", screen).replace("\r\n", "\n").splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("net.py:7:21: warning[OL101] ")


def _read_all(descriptor: int) -> str:
    chunks = []
    while True:
        try:
            chunk = os.read(descriptor, 4096)
        except OSError:  # what Linux says when the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(descriptor)
    return b"".join(chunks).decode()


def test_the_functions_of_the_package(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(BAD)
    assert [finding.code for finding in orderlint.lint_path(path, select=["OL101"])] == ["OL101"]
    assert [finding.code for finding in orderlint.lint_source(BAD, select=["OL101"])] == ["OL101"]
    assert orderlint.lint_source(GOOD, select=["OL101"]) == []
    assert isinstance(orderlint.lint_source(BAD)[0], orderlint.Diagnostic)
    kinds = {node.kind for node in orderlint.graph_of(path).nodes}
    assert {"dropout", "batch_norm"} <= kinds
    with pytest.raises(InputError):
        orderlint.lint_source("class (:")
    with pytest.raises(UsageError):
        orderlint.lint_source(BAD, selct=["OL101"])
    with pytest.raises(AttributeError):
        _ = orderlint.nonsense
