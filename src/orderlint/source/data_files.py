"""Data files that the program reads: which may be read, and what they hold. Nothing is ever written or run.

A file may be read if, its links followed, it lies below a folder where imports are looked up, no folder on
the way nor the file itself is hidden, its name ends as that of a configuration does, and it is of bounded
size. Thus source that is linted cannot make the linter read keys, credentials or devices of the machine.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.source.values import Raised, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.importer import Importer
    from orderlint.source.interpreter import Interpreter

SUFFIXES = frozenset([".yaml", ".yml", ".json", ".toml", ".txt", ".csv", ".tsv", ".cfg", ".ini"])
"""How names of files end that may be read."""

BYTES = 1_048_576
"""Size of the largest file that is read."""

FILES = 2_000
"""Different files that all models of a run may read."""

ENTRIES = 20_000
"""Names of folders that one search for files may look at."""

STEPS = 10
"""Steps that a question to the disk costs."""


def path_text(value: Value) -> str | None:
    """A path as text, where it is known."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    return value if isinstance(value, str) and value and "\0" not in value else None


def located(importer: Importer, name: str) -> Path | None:
    """The real path of a name, if it lies where files may be looked at; it need not exist.

    A relative name is looked up in the working folder, then in each folder where imports are looked up.
    """
    candidates = [Path(name)] if os.path.isabs(name) else [Path.cwd(), *importer.roots]
    found = None
    for folder in candidates:
        path = Path(os.path.realpath(folder if folder == Path(name) else folder / name))
        if below_a_root(importer, path):
            if path.exists():
                return path
            found = found or path
    return found


def below_a_root(importer: Importer, path: Path) -> bool:
    """Whether a real path is or lies below a folder where imports are looked up, and is not hidden there."""
    for root in importer.roots:
        real = Path(os.path.realpath(root))
        if path.is_relative_to(real) and not any(p.startswith(".") for p in path.relative_to(real).parts):
            return True
    return False


def content(it: Interpreter, name: Value) -> bytes | Unknown:
    """The bytes of a file.

    Raises:
        Raised: there is no such file where files may be read.
    """
    text = path_text(name)
    if text is None:
        return Unknown("a file of unknown name is read")
    importer = it.importer
    path = located(importer, text)
    if path is None or path.suffix.lower() not in SUFFIXES:
        return Unknown(f"the file {Path(text).name} is read, which lies out of bounds")
    kept = importer.data.get(str(path))
    if kept is None:
        kept = _read(importer, path)
        importer.data[str(path)] = kept
    if kept is MISSING:
        raise Raised("FileNotFoundError", None, f"No such file: {path.name}")
    return kept if isinstance(kept, bytes) else Unknown(str(kept))


class _Missing:
    """What is kept of a file that is not there."""


MISSING = _Missing()


def _read(importer: Importer, path: Path) -> object:
    """The bytes of a file, MISSING, or why it is not read."""
    name = str(path)
    if name not in importer.overlay and not path.is_file():
        importer.reads.file_absent(name)
        return MISSING
    if len(importer.data) >= FILES:
        return f"more than {FILES:,} files are read"
    try:
        if name not in importer.overlay and path.stat().st_size > BYTES:
            return f"the file {path.name} is longer than {BYTES:,} bytes"
        data = importer.content(name)
    except OSError:
        importer.reads.sound = False
        return f"the file {path.name} cannot be read"
    importer.reads.file(name, data)
    return data


def state(it: Interpreter, name: Value, kind: str) -> Value:
    """Whether a name is that of something that exists, a file, or a folder (`kind`: exists, file, folder)."""
    text = path_text(name)
    path = located(it.importer, text) if text is not None else None
    if path is None:
        return Unknown("whether a file out of bounds exists")
    it.steps += STEPS
    it.importer.reads.sound = False  # that a name is there says nothing about when it goes
    return {"exists": path.exists, "file": path.is_file, "folder": path.is_dir}[kind]()


def names(it: Interpreter, name: Value) -> list[str] | Unknown:
    """The names in a folder, sorted, hidden ones left out."""
    text = path_text(name)
    path = located(it.importer, text) if text is not None else None
    if path is None:
        return Unknown("the files of a folder out of bounds")
    it.importer.reads.sound = False
    return sorted(entry for entry in _listing(path) if not entry.startswith("."))


def _listing(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)[:ENTRIES]
    except OSError:
        return []


def matching(it: Interpreter, pattern: str, *, recursive: bool = True) -> list[str] | Unknown:
    """The paths that a pattern of `glob` matches, sorted; `**` stands for folders at any depth."""
    parts = Path(pattern).parts
    fixed = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts) - 1)
    if len(parts) > 64:
        return Unknown("a pattern of too many folders")
    base = located(it.importer, str(Path(*parts[:fixed])) if fixed else ".")
    if base is None:
        return Unknown("a search for files out of bounds")
    it.importer.reads.sound = False
    prefix = str(Path(*parts[:fixed])) if fixed else ""
    budget = [ENTRIES]
    found = dict.fromkeys(_matches(base, list(parts[fixed:]), recursive, budget))
    it.steps += (ENTRIES - budget[0]) * STEPS
    return sorted(os.path.join(prefix, *inner) for inner in found)


def _matches(folder: Path, parts: list[str], recursive: bool, budget: list[int]) -> Iterator[tuple[str, ...]]:
    if not parts:
        yield ()
        return
    head, rest = parts[0], parts[1:]
    if head == "**" and recursive:
        yield from _matches(folder, rest, recursive, budget)
    for entry in sorted(_listing(folder)):
        budget[0] -= 1
        if budget[0] < 0:
            return
        inner = folder / entry
        if entry.startswith(".") or inner.is_symlink():
            continue
        if head == "**" and recursive:
            if inner.is_dir():
                yield from ((entry, *more) for more in _matches(inner, parts, recursive, budget))
        elif fnmatchcase(entry, head) and (not rest or inner.is_dir()):
            yield from ((entry, *more) for more in _matches(inner, rest, recursive, budget))
