"""The on-disk cache of programs that libcst had to read: a file each, named by a hash of source, tool,
format, Python; and of results, which go by names that `orderlint.result_cache` gives them.

Entries hold data only (see `cache_format`), so that loading one can run no code. Entries that are damaged,
foreign or of another version are misses; a cache that cannot be written is silently not written. Writers put
a complete file in place under its final name, so that concurrent runs never see half an entry.
"""

from __future__ import annotations

import gc
import os
import time
from hashlib import blake2b
from pathlib import Path
from sys import version_info
from typing import TYPE_CHECKING

from orderlint import __version__
from orderlint.source.cache_format import FORMAT, BadEntryError, dump, load

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

__all__ = ["Cache", "cache_directory"]

# About 6,000 programs of 100 KB of source, or many more results. Pruning deletes the least recently used
# entries until this share is left.
MAX_BYTES = 512 * 2**20
KEPT_SHARE = 0.8
# Entries are marked as used, and the folder is measured, at most once in this time.
DAY = 86_400.0

_SUFFIX = ".program"
_RESULT = ".result"
_TEMPORARY = ".tmp"
_TAG = "CACHEDIR.TAG"
_TAG_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# Written by orderlint; may be deleted at any time.\n"
)


def cache_directory() -> Path:
    """The folder of the cache: `ORDERLINT_CACHE_DIR`, or `orderlint` in the user's cache folder."""
    chosen = os.environ.get("ORDERLINT_CACHE_DIR")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("orderlint", appauthor=False))


class Cache:
    """Lowered programs by their source; a disabled cache misses always and stores nothing."""

    def __init__(self, enabled: bool = True, directory: Path | None = None) -> None:
        self._enabled = enabled
        self._directory = directory
        self._measured = False

    @property
    def directory(self) -> Path:
        """The folder of the cache, found on first use."""
        if self._directory is None:
            self._directory = cache_directory()
        return self._directory

    def load(self, source: bytes) -> ast.Module | None:
        """The program of this source, or None if there is no usable entry."""
        if not self._enabled:
            return None
        entry = self._entry(source)
        collecting = gc.isenabled()
        gc.disable()
        try:
            module = load(entry.read_bytes())
            _mark_used(entry)
        except (OSError, BadEntryError):
            return None
        finally:
            if collecting:
                gc.enable()
        return module

    def store(self, source: bytes, module: ast.Module) -> None:
        """Keep the program of this source; a program or folder that does not allow it is passed over."""
        if not self._enabled:
            return
        try:
            self._put(self._entry(source), dump(module))
        except (OSError, BadEntryError):
            return

    def load_result(self, name: str) -> bytes | None:
        """The content kept under a hexadecimal name; None where there is none. Nothing is known of it: it
        may be damaged or foreign."""
        if not self._enabled:
            return None
        entry = self._named(name, _RESULT)
        try:
            content = entry.read_bytes()
            _mark_used(entry)
        except OSError:
            return None
        return content

    def store_result(self, name: str, content: bytes) -> bool:
        """Keep a content under a hexadecimal name; returns whether it is kept."""
        if not self._enabled:
            return False
        try:
            self._put(self._named(name, _RESULT), content)
        except OSError:
            return False
        return True

    def _put(self, entry: Path, content: bytes) -> None:
        entry.parent.mkdir(parents=True, exist_ok=True)
        _write(entry, content)
        if not self._measured:
            self._measured = True
            self._prune_daily()

    def clean(self) -> int:
        """Delete all entries, whether the cache is enabled or not; returns the bytes freed."""
        return sum(_delete(entry) for entry in self._files())

    def _entry(self, source: bytes) -> Path:
        state = blake2b(f"{__version__} {FORMAT} {version_info[:2]} ".encode(), digest_size=20)
        state.update(source)
        return self._named(state.hexdigest(), _SUFFIX)

    def _named(self, name: str, suffix: str) -> Path:
        return self.directory / name[:2] / (name[2:] + suffix)

    def _files(self) -> Iterator[Path]:
        """All entries and abandoned temporary files, in a fixed order; nothing else."""
        for folder in sorted(self.directory.glob("[0-9a-f][0-9a-f]")):
            for file in sorted(folder.iterdir()):
                if file.suffix in (_SUFFIX, _RESULT, _TEMPORARY):
                    yield file

    def _prune_daily(self) -> None:
        tag = self.directory / _TAG
        try:
            if time.time() - tag.stat().st_mtime < DAY:
                return
        except OSError:
            tag.write_text(_TAG_TEXT, encoding="utf-8")
            return
        os.utime(tag)
        self._prune(MAX_BYTES)

    def _prune(self, limit: int) -> None:
        """Delete the least recently used entries if all together exceed the limit in bytes."""
        found = sorted((status.st_mtime, status.st_size, file) for file, status in _statuses(self._files()))
        size = sum(entry[1] for entry in found)
        if size <= limit:
            return
        for _, _, file in found:
            if size <= limit * KEPT_SHARE:
                return
            size -= _delete(file)


def _statuses(files: Iterator[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    for file in files:
        try:
            yield file, file.stat()
        except OSError:  # deleted by another run meanwhile
            continue


def _mark_used(entry: Path) -> None:
    if time.time() - entry.stat().st_mtime > DAY:
        os.utime(entry)


def _write(entry: Path, content: bytes) -> None:
    import tempfile  # costs more than a cache hit, which needs none

    handle, temporary = tempfile.mkstemp(suffix=_TEMPORARY, dir=entry.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, entry)
    except OSError:
        _delete(Path(temporary))
        raise


def _delete(file: Path) -> int:
    """Delete a file; returns the bytes freed, 0 if another run was faster."""
    try:
        size = file.stat().st_size
        file.unlink()
    except OSError:
        return 0
    return size
