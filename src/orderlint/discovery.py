"""From the paths a user names to the inputs to lint: folders searched, globs expanded, ignored files left
out."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from orderlint.report.result import InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathspec import GitIgnoreSpec

FileKind: TypeAlias = Literal["source", "notebook", "onnx"]
SUFFIXES: dict[str, FileKind] = {".py": "source", ".ipynb": "notebook", ".onnx": "onnx"}
_VERSION_CONTROL = {".git", ".hg", ".svn", ".bzr"}
_ENVIRONMENTS = {
    ".venv",
    "venv",
    ".direnv",
    ".nox",
    ".tox",
    ".pyenv",
    "node_modules",
    "site-packages",
    "__pypackages__",
}
_CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".eggs"}
_BUILDS = {"build", "dist"}
DEFAULT_EXCLUDES = frozenset(_VERSION_CONTROL | _ENVIRONMENTS | _CACHES | _BUILDS)
"""Names of folders that are never searched."""

ONNX_START = b"\x08"
"""The first byte of an ONNX model, the tag of its version; no text starts with it."""

TORCH_MARKS = (b"torch", b"Module", b"forward")
"""A file with none of these can build no model: a layer comes from torch, or from a project module through a
class that has a `forward` or a base named Module."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to lint. `entry` is an expression to evaluate, in the namespace of `path` if that is not
    empty; `found` marks a file met in a folder rather than named, `piped` what comes from standard input."""

    path: str
    kind: Literal["source", "notebook", "onnx", "entry", "stdin"] = "source"
    entry: str | None = None
    found: bool = False
    piped: bool = False

    @property
    def full_path(self) -> str:
        """The path by which the places of its layers go: absolute, but for what is no file (`<stdin>`)."""
        return self.path if not self.path or self.path.startswith("<") else os.path.abspath(self.path)


def discover(
    paths: Iterable[str], excludes: Sequence[str] = (), *, graphs: bool = False
) -> tuple[list[Input], list[InputProblem]]:
    """The inputs below the paths, in the order of the paths and sorted within each, none twice; and what is
    amiss. `graphs`: ONNX files only; one that is named is taken for one whatever its name is."""
    inputs: dict[str, Input] = {}
    problems: list[InputProblem] = []
    for path in paths:
        found, problem = _discover_one(path, excludes)
        if graphs:
            found = [replace(item, kind="onnx") for item in found if item.kind == "onnx" or not item.found]
            problem = "no ONNX file in this folder" if not found and os.path.isdir(path) else problem
        if problem:
            problems.append(InputProblem(path, problem))
        for item in found:
            inputs.setdefault(os.path.abspath(item.path), item)
    return list(inputs.values()), problems


def _discover_one(path: str, excludes: Sequence[str]) -> tuple[list[Input], str | None]:
    if os.path.isdir(path):
        found = list(_walk(path, excludes))
        return found, None if found else "no Python file, notebook or ONNX file in this folder"
    if os.path.exists(path):
        return [input_of_file(path)], None
    if glob.has_magic(path):
        matches = sorted(match for match in glob.glob(path, recursive=True) if os.path.isfile(match))
        return [
            input_of_file(match) for match in matches
        ], None if matches else "no file matches this pattern"
    return [], "no such file or folder"


def _kind(path: str) -> FileKind:
    return SUFFIXES.get(os.path.splitext(path)[1].lower(), "source")


def input_of_file(path: str) -> Input:
    """A file that was named; with an unknown suffix its first byte tells a graph from a program."""
    known = os.path.splitext(path)[1].lower() in SUFFIXES
    return Input(path, "onnx" if not known and _starts_like_onnx(path) else _kind(path))


def _starts_like_onnx(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(1) == ONNX_START
    except OSError:  # whoever reads it says why
        return False


def concerns_torch(source: bytes) -> bool:
    """Whether a file could build a model at all; cheap, and never wrong when it says no."""
    return any(mark in source for mark in TORCH_MARKS)


def _walk(root: str, excludes: Sequence[str]) -> Iterator[Input]:
    """Files below a folder, sorted; a folder reached twice through links is searched once."""
    seen = {os.path.realpath(root)}
    rules = IgnoreRules.above(root, excludes)
    stack = [(root, rules)]
    while stack:
        folder, rules = stack.pop()
        rules = rules.entered(folder)
        folders: list[tuple[str, IgnoreRules]] = []
        for entry in _entries(folder):
            path = entry.path if root != "." else os.path.relpath(entry.path)
            if _is_folder(entry):
                real = os.path.realpath(entry.path)
                if (
                    entry.name not in DEFAULT_EXCLUDES
                    and real not in seen
                    and not rules.ignores(entry.path, True)
                ):
                    seen.add(real)
                    folders.append((entry.path, rules))
            elif _wanted(entry.name) and _is_file(entry) and not rules.ignores(entry.path, False):
                yield Input(path, _kind(entry.name), found=True)
        stack.extend(reversed(folders))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # a folder we may not read holds nothing we can lint
        return []


def _wanted(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The .gitignore files that bear on a folder, the outermost first, each with the folder its patterns
    speak of."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @staticmethod
    def above(root: str, excludes: Sequence[str]) -> IgnoreRules:
        """The rules in force when a search starts at `root`: the user's, and those of the repository it lies
        in.

        A folder that is itself ignored was named on purpose; then only the files below it count.
        """
        start = os.path.abspath(root)
        own = IgnoreRules(((os.getcwd(), _spec(excludes)),) if excludes else ())
        rules = own
        for folder in _repository_folders(start):
            rules = rules.entered(folder)
        return own if rules.ignores(start, True) else rules

    def entered(self, folder: str) -> IgnoreRules:
        """These and what the folder's own .gitignore (and, for a repository's root, .git/info/exclude)
        says."""
        added = []
        for name in (os.path.join(".git", "info", "exclude"), ".gitignore"):
            spec = _spec_of_file(os.path.join(folder, name))
            if spec is not None:
                added.append((os.path.abspath(folder), spec))
        return IgnoreRules((*self.specs, *added)) if added else self

    def ignores(self, path: str, is_folder: bool) -> bool:
        """Whether the innermost pattern that speaks of the path leaves it out."""
        absolute = os.path.abspath(path) + ("/" if is_folder else "")
        for folder, spec in reversed(self.specs):
            prefix = folder.rstrip(os.sep) + os.sep
            if absolute.startswith(prefix):
                verdict = spec.check_file(absolute[len(prefix) :]).include
                if verdict is not None:
                    return verdict
        return False


def _repository_folders(start: str) -> list[str]:
    """Folders from the repository's root down to the parent of `start`; none outside a repository."""
    folders: list[str] = []
    folder = start
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return []
        folders.append(parent)
        folder = parent
    return folders[::-1]


def _spec_of_file(path: str) -> GitIgnoreSpec | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    return _spec(lines)


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)
