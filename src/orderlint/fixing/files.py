"""The files of a run as fixes see them: as they were read, whether they may be changed, and changed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orderlint.discovery import DEFAULT_EXCLUDES
from orderlint.errors import InputError
from orderlint.fixes.changes import spliced
from orderlint.follow import read_file, read_python
from orderlint.notebook.program import changed_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orderlint.discovery import Input
    from orderlint.fixes.changes import Change
    from orderlint.fixes.text import SourceText
    from orderlint.follow import Job

FIXABLE = ("source", "notebook", "stdin")


@dataclass(frozen=True, slots=True)
class Files:
    """The contents of the inputs by path, taken before they are linted, so that what is linted, edited and
    compared before writing is one and the same. `entries`: whether the run follows entries, whose code lies
    in files that nobody named."""

    contents: Mapping[str, bytes]
    entries: bool = False

    @staticmethod
    def of(inputs: Iterable[Input], stdin: bytes | None, paths: Iterable[str] = ()) -> Files:
        """Read the inputs, and further `paths` that lie below the current folder; what cannot be read is left
        out, and linting says so."""
        contents: dict[str, bytes] = {}
        inputs = list(inputs)
        named = [item.full_path for item in inputs if item.kind in FIXABLE and item.kind != "stdin"]
        for path in (*named, *(path for path in paths if _ours(path))):
            try:
                contents.setdefault(path, read_file(path))
            except InputError:
                continue
        piped = {item.full_path: stdin or b"" for item in inputs if item.kind == "stdin"}
        return Files(contents | piped, any(item.kind == "entry" for item in inputs))

    def job(self, job: Job, inputs: Sequence[Input]) -> Job:
        """How the inputs are followed with these contents."""
        piped = [self.contents[item.full_path] for item in inputs if item.kind == "stdin"]
        return replace(job, overlay=self.contents, stdin=piped[0] if piped else job.stdin)

    def python(self, path: str, job: Job) -> bytes | None:
        """The Python text of a file that may be changed; None for any other."""
        return read_python(None, replace(job, overlay=self.contents), path) if path in self.contents else None

    def changed(self, changes: Mapping[str, Sequence[Change]], texts: Mapping[str, SourceText]) -> Files:
        """The files with changes made in the Python texts of some."""
        new = dict(self.contents)
        for path, made in changes.items():
            if path.endswith(".ipynb"):
                edits = ((change.start, change.end, change.text) for change in made)
                new[path] = changed_notebook(path, new[path], edits) or new[path]
            else:
                new[path] = texts[path].encoded(spliced(texts[path].text, made))
        return replace(self, contents=new)


def _ours(path: str) -> bool:
    """Whether a file lies below the current folder, in no folder of environments, caches or builds."""
    folder = os.getcwd().rstrip(os.sep) + os.sep
    inside = path.startswith(folder) and not DEFAULT_EXCLUDES & set(path[len(folder) :].split(os.sep))
    return inside and path.endswith(".py")
