"""Results kept between runs: the same report without following anything, for as long as nothing changed."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from subprocess import run
from sys import executable
from typing import TYPE_CHECKING, Any

import pytest

from orderlint import linter
from orderlint.config import Config
from orderlint.discovery import discover
from orderlint.linter import lint, make_context
from orderlint.result_cache import ResultCache
from orderlint.source.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orderlint.report.result import Report

NET = """from torch import nn
from {package} import first

class Net(nn.Module):
    def __init__(self, rate=0.5):
        super().__init__()
        self.layers = nn.Sequential(first(), nn.BatchNorm1d(8))

    def forward(self, x):
        return self.layers(x)
"""
OWN = """from torch import nn

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8), nn.ReLU())

    def forward(self, x):
        return self.layers(x)
"""
DROPOUT = "from torch import nn\n\ndef first():\n    return nn.Dropout(0.5)\n"
IDENTITY = "from torch import nn\n\ndef first():\n    return nn.Identity()\n"


class Project:
    """A file that imports another; `lint` says what was found, `followed` which inputs were followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.followed: list[str] = []
        self.config = Config(root=str(folder))
        (folder / "orderlint.toml").write_text("")
        (folder / "net.py").write_text(NET.format(package="parts"))
        (folder / "parts.py").write_text(DROPOUT)

    def lint(self, cache: bool = True, fixes: bool = False) -> Report:
        self.followed.clear()
        inputs, _ = discover([str(self.folder)])
        return lint(inputs, make_context(self.config, cache=cache, fixes=fixes), jobs=1)

    def codes(self, cache: bool = True) -> list[str]:
        return [item.code for item in self.lint(cache).diagnostics]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kept"
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(folder)
    assert not kept.exists()
    follow: Callable[..., Any] = linter.follow

    def counted(item: Any, job: Any) -> Any:
        made.followed.append(os.path.basename(item.path))
        return follow(item, job)

    monkeypatch.setattr(linter, "follow", counted)
    return made


def test_a_second_run_follows_nothing_and_says_the_same(project: Project) -> None:
    first = project.lint()
    assert project.followed
    assert first.diagnostics
    second = project.lint()
    assert project.followed == []
    assert second == first
    assert project.lint(cache=False) == first
    assert "net.py" in project.followed


def test_an_edited_file_is_followed_again(project: Project) -> None:
    assert project.codes()
    file = project.folder / "net.py"
    file.write_text(file.read_text().replace("nn.BatchNorm1d(8)", "nn.ReLU()"))
    assert project.codes() == project.codes(cache=False) == []


def test_an_edited_import_counts_even_with_the_old_size_and_time(project: Project) -> None:
    assert project.codes()
    file = project.folder / "parts.py"
    before = file.stat()
    file.write_text(DROPOUT.replace("Dropout(0.5)", "Identity(  )"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert project.codes() == []
    assert "net.py" in project.followed


def test_a_new_file_that_shadows_an_import_counts(project: Project) -> None:
    assert project.codes()
    (project.folder / "parts").mkdir()
    (project.folder / "parts" / "__init__.py").write_text(IDENTITY)
    assert project.codes() == project.codes(cache=False) == []


def test_an_import_that_was_missing_counts_once_it_is_there(project: Project) -> None:
    (project.folder / "net.py").write_text(NET.format(package="missing"))
    assert project.codes() == []
    (project.folder / "missing.py").write_text(DROPOUT)
    found = project.codes()
    assert found
    assert found == project.codes(cache=False)


def test_a_deleted_import_counts(project: Project) -> None:
    assert project.codes()
    (project.folder / "parts.py").unlink()
    assert project.codes() == project.codes(cache=False) == []


def test_each_file_of_a_run_depends_on_modules_that_an_earlier_one_loaded(project: Project) -> None:
    (project.folder / "other.py").write_text(NET.format(package="parts"))
    assert len(project.codes()) > 1
    (project.folder / "parts.py").write_text(IDENTITY)
    assert project.codes() == []


@pytest.mark.parametrize(
    "change",
    [
        {"all_configs": True},
        {"assume": {"rate": 0.0}},
        {"layers": {"a.B": "norm"}},
        {"select": ("OL601",), "order": ("norm", "activation")},
        {"search_path": ("elsewhere",)},
    ],
)
def test_another_option_follows_anew(project: Project, change: dict[str, Any]) -> None:
    project.lint()
    project.config = project.config.with_options(change)
    cached = project.lint()
    assert "net.py" in project.followed
    assert cached == project.lint(cache=False)


def test_an_edited_rule_pack_follows_anew(project: Project) -> None:
    from orderlint.engine.loader import shipped_folder

    code = project.codes()[0]
    shipped = next(path for path in shipped_folder().rglob("*.toml") if f'"{code}"' in path.read_text())
    text = shipped.read_text().replace(code, "XX001").replace('name = "', 'name = "our-', 1)
    pack = project.folder / "pack"
    pack.mkdir()
    (pack / "rule.toml").write_text(text)
    project.config = project.config.with_options({"rules": (str(pack),), "extend_select": ("XX001",)})
    assert "XX001" in project.codes()
    project.lint()
    assert project.followed == []
    (pack / "rule.toml").write_text(text.replace('message = "', 'message = "changed ', 1))
    changed = project.lint()
    assert "net.py" in project.followed
    assert any(item.message.startswith("changed ") for item in changed.diagnostics)


def test_kept_results_are_given_without_loading_the_interpreter(project: Project) -> None:
    def loaded() -> str:
        command = [sys.executable, "-X", "importtime", "-m", "orderlint", str(project.folder / "net.py")]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert "orderlint.source.interpreter" in loaded()
    again = loaded()
    assert "orderlint.linter" in again
    assert not any(name in again for name in ("orderlint.source.interpreter", "multiprocessing", "libcst"))


def test_a_run_without_cache_keeps_nothing(project: Project, kept: Path) -> None:
    project.lint(cache=False)
    assert not kept.exists()


def test_fixes_are_kept_with_their_edits_apart_from_runs_without(project: Project) -> None:
    (project.folder / "own.py").write_text(OWN)
    plain = project.lint()
    fixed = project.lint(fixes=True)
    assert "own.py" in project.followed
    assert any(item.fix and item.fix.edits for item in fixed.diagnostics)
    assert project.lint(fixes=True) == fixed
    assert project.followed == []
    assert project.lint() == plain
    assert project.followed == []


def test_a_kept_fix_is_worked_out_anew_when_its_file_changes(project: Project) -> None:
    def edited_line() -> int:
        found = project.lint(fixes=True).diagnostics
        return next(item.fix.edits[0].place.line for item in found if item.fix and item.fix.edits)

    own = project.folder / "own.py"
    own.write_text(OWN)
    before = edited_line()
    own.write_text("# moves it down\n" + OWN)
    assert edited_line() == before + 1


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo exploded > exploded",)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1, [2]]", b"\xff" * 99, b"[" * 100_000, pickle.dumps(Bomb())]
)
def test_damaged_and_planted_entries_are_misses(
    project: Project, kept: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    first = project.lint()
    for entry in kept.rglob("*.result"):
        entry.write_bytes(content)
    assert project.lint() == first
    assert "net.py" in project.followed
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    "content", [None, 1, [], ["", None], ["", [[1], []]], ["x" * 32, [[], []]], [[], 1, 2]]
)
def test_entries_of_the_wrong_shape_are_misses(
    project: Project, content: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = project.lint()
    monkeypatch.setattr(ResultCache, "_content", lambda *_: content)
    assert project.lint() == first
    assert "net.py" in project.followed


def test_truncated_entries_are_misses(project: Project, kept: Path) -> None:
    first = project.lint()
    for entry in kept.rglob("*.result"):
        entry.write_bytes(entry.read_bytes()[:-1])
    assert project.lint() == first
    assert "net.py" in project.followed


def test_cleaning_deletes_results(project: Project, kept: Path) -> None:
    project.lint()
    assert list(kept.rglob("*.result"))
    assert Cache().clean() > 0
    assert not list(kept.rglob("*.result"))


def test_concurrent_runs_agree(project: Project) -> None:
    command = [executable, "-m", "orderlint", "--jobs", "2", str(project.folder)]

    def once(_: int) -> tuple[int, str]:
        result = run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout

    with ThreadPoolExecutor(3) as pool:
        outcomes = set(pool.map(once, range(6)))
    assert len(outcomes) == 1
    assert next(iter(outcomes))[0] == 1
