"""Which files a search finds."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from orderlint.discovery import concerns_torch, discover

if TYPE_CHECKING:
    from pathlib import Path

SUSPECT = "import torch\n"


def tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SUSPECT)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*paths: str, excludes: tuple[str, ...] = ()) -> list[str]:
    return [item.path for item in discover(paths or (".",), excludes)[0]]


def test_python_and_onnx_files_sorted_none_twice(root: Path) -> None:
    tree(root, "b.py", "a/z.py", "a/net.onnx", "readme.md", "a.py")
    assert found() == ["a.py", "b.py", "a/net.onnx", "a/z.py"]
    assert found("a.py", ".", "a") == ["a.py", "b.py", "a/net.onnx", "a/z.py"]


def test_folders_that_are_never_searched(root: Path) -> None:
    tree(root, "a.py", ".venv/lib/x.py", "node_modules/x.py", "build/x.py", "dist/x.py", ".git/x.py")
    assert found() == ["a.py"]
    assert found("build/x.py") == ["build/x.py"]
    assert found("build") == ["build/x.py"]


def test_excludes_are_patterns(root: Path) -> None:
    tree(root, "a.py", "old/x.py", "new/a_test.py", "new/b.py")
    assert found(excludes=("old/", "*_test.py")) == ["a.py", "new/b.py"]
    assert found("new/a_test.py", excludes=("*_test.py",)) == ["new/a_test.py"]


def test_gitignore_is_what_git_makes_of_it(root: Path) -> None:
    tree(root, "a.py", "gen.py", "keep/gen.py", "sub/x.py", "sub/y.py", "sub/deep/z.py")
    tree(root, "out/a.py", "out/b/c.py", "loc.py")
    (root / ".gitignore").write_text("gen.py\n!keep/gen.py\nout/*\n!out/b/\n")
    (root / "sub" / ".gitignore").write_text("/x.py\ndeep/\n")
    subprocess.run(["git", "init", "-q", "."], check=True)
    (root / ".git" / "info" / "exclude").write_text("loc.py\n")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], check=True, capture_output=True, text=True
    )
    assert sorted(found()) == sorted(listed.stdout.split())
    assert sorted(found("sub")) == ["sub/y.py"]
    assert found("sub/deep") == ["sub/deep/z.py"]


def test_globs(root: Path) -> None:
    tree(root, "a.py", "m/b.py", "m/n/c.py")
    assert found("**/*.py") == ["a.py", "m/b.py", "m/n/c.py"]
    assert found("m/*.py") == ["m/b.py"]


def test_links_in_a_circle_end(root: Path) -> None:
    tree(root, "a/x.py")
    (root / "a" / "again").symlink_to(root / "a", target_is_directory=True)
    (root / "b").symlink_to(root / "a", target_is_directory=True)
    (root / "dangling.py").symlink_to(root / "nowhere.py")
    assert found() == ["a/x.py"]


def test_files_that_cannot_concern_us() -> None:
    assert not concerns_torch(b"import os\nprint(1)\n")
    assert concerns_torch(b"from torch import nn")
    assert concerns_torch(b"class A(Base):\n    def forward(self, x): ...")
    assert concerns_torch(b"from .layers import Module")
