"""Results kept between runs: an input whose text, options and everything read on its behalf are as they were
is not followed again.

An entry's name is a hash of the tool, the options, the rules, and the input's path and text. It holds the
models and findings as JSON and names the last link of a chain of reads: each link holds the digests of
further files and folder listings that its run had read by then. A result stands as long as every link of its
chain does; so what another input of the run had read counts too, which is more than needed and never less.
"""

from __future__ import annotations

import json
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderlint import __version__
from orderlint.discovery import concerns_torch
from orderlint.errors import OrderlintError
from orderlint.follow import source_options
from orderlint.result_format import BadResultError, Kept, dump_result, load_result, stable
from orderlint.source.cache import Cache
from orderlint.source.reads import Reads, file_digest, folder_digest, text_digest

if TYPE_CHECKING:
    from orderlint.discovery import Input
    from orderlint.follow import Job
    from orderlint.selection import Selection

__all__ = ["ResultCache", "is_kept"]

FORMAT = 2


def is_kept(item: Input, job: Job) -> bool:
    """Whether results of this input are kept: it is a file, or an entry, of what is on disk."""
    return job.cache and not job.overlay and not item.piped and item.kind in ("source", "entry")


class ResultCache:
    """The results of one run's options; what is on disk is looked at once in its lifetime."""

    def __init__(self, selection: Selection, job: Job, fixes: bool = False) -> None:
        self._cache = Cache()
        self._job = job
        rules = selection.rules, selection.besides, selection.settings
        options = job.assume, job.all_configs, job.layers, fixes
        run = tool_digest(), os.getcwd(), [path for path in sys.path if path], rules, options
        self._run = text_digest(stable(run).encode())
        self._links: dict[str, bool] = {"": True}
        self._texts: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def load(self, item: Input) -> Kept | None:
        """The models and findings of an input, if nothing that they came from has changed."""
        path = item.full_path
        digest = ""
        if path:
            try:
                source = self._job.read(path)
            except OrderlintError:
                return None
            if item.kind == "source" and item.found and not concerns_torch(source):
                return Kept()
            digest = text_digest(source)
        content = self._content(self._name(item, digest))
        try:
            link, result = content if type(content) is list and len(content) == 2 else (None, None)
            return load_result(result) if type(link) is str and self._stands(link) else None
        except (BadResultError, TypeError, RecursionError):
            return None

    def store(self, item: Input, result: Kept, reads: Reads) -> None:
        """Keep the result of an input; one that does not allow it is passed over."""
        path = item.full_path
        if not reads.sound or (path not in reads.files and path):
            return
        link = self._link(reads)
        if link is not None:
            self._keep(self._name(item, reads.files.get(path, "")), [link, dump_result(result)])

    def _name(self, item: Input, digest: str) -> str:
        options = source_options(item.full_path or os.path.join(os.getcwd(), "<entry>"), self._job)
        roots = [options.search_path, options.project_root, os.path.realpath(item.full_path or ".")]
        own = (self._run, roots, item.full_path, item.kind, item.entry, item.found, digest)
        return text_digest(stable(own).encode())

    # ---- chains of reads -----------------------------------------------------------------------------------

    def _link(self, reads: Reads) -> str | None:
        """The name of the link that ends with all that was read so far, written if it is new."""
        last, files, folders = reads.chain
        now = len(reads.files), len(reads.folders)
        if now == (files, folders):
            return last
        new = [
            last,
            {path: digest for path, digest in list(reads.files.items())[files:] if not _ours(path)},
            {path: digest for path, digest in list(reads.folders.items())[folders:] if not _ours(path)},
        ]
        name = text_digest(stable((tool_digest(), "link", new)).encode())
        if not self._keep(name, new):
            return None
        reads.chain = (name, *now)
        return name

    def _stands(self, name: str) -> bool:
        """Whether everything that a chain names is as it was."""
        above: list[tuple[str, Any]] = []
        while name not in self._links:
            content = self._content(name)
            if type(content) is not list or len(content) != 3 or type(content[0]) is not str:
                self._links[name] = False
                break
            self._links[name] = False  # until it is proven, and for what refers to itself
            above.append((name, content))
            name = content[0]
        good = self._links[name]
        for name, (_, files, folders) in reversed(above):
            good = good and self._unchanged(files, folders)
            self._links[name] = good
        return good

    def _unchanged(self, files: Any, folders: Any) -> bool:
        if type(files) is not dict or type(folders) is not dict:
            return False
        kinds = (files, self._texts, file_digest), (folders, self._folders, folder_digest)
        for expected, seen, look in kinds:
            for path, digest in expected.items():
                if path not in seen:
                    seen[path] = look(path)
                if not digest or seen[path] != digest:
                    return False
        return True

    # ---- entries -------------------------------------------------------------------------------------------

    def _content(self, name: str) -> object:
        """What an entry holds; None where it is missing or damaged."""
        if len(name) != 32 or not name.isalnum():
            return None
        kept = self._cache.load_result(name) or b""
        digest, _, text = kept.partition(b"\n")
        if digest.decode("ascii", "replace") != text_digest(name.encode() + text):
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None

    def _keep(self, name: str, content: object) -> bool:
        text = json.dumps(content, separators=(",", ":")).encode("ascii")
        return self._cache.store_result(name, text_digest(name.encode() + text).encode() + b"\n" + text)


@lru_cache(maxsize=1)
def tool_digest() -> str:
    """A digest of this tool: its version, its files by size and time, and the Python that runs it."""
    package = Path(__file__).parent
    files = sorted(path for path in package.rglob("*") if path.suffix in (".py", ".toml", ".json"))
    states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return text_digest(stable((__version__, FORMAT, sys.version, states)).encode())


def _ours(path: str) -> bool:
    """Whether a path is one of the bundled library, which counts with the tool."""
    return path.startswith(str(Path(__file__).parent / "source" / "library"))
