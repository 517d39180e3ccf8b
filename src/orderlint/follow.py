"""From an input to its models: the front end that reads it, and where its imports are looked up."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from orderlint.discovery import concerns_torch
from orderlint.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderlint.config import Config
    from orderlint.discovery import Input
    from orderlint.graph.model import Model
    from orderlint.notebook.program import Program
    from orderlint.source.options import SourceOptions
    from orderlint.source.reads import Reads

PROJECT_MARKS = ("orderlint.toml", "pyproject.toml", "setup.py", "setup.cfg", ".git")


@dataclass(frozen=True, slots=True)
class Job:
    """How inputs of a run are followed; `stdin` is the text that `-` stands for, `overlay` that of files, by
    absolute path, in place of what is on disk."""

    search_path: tuple[str, ...] = ()
    assume: Mapping[str, object] = field(default_factory=dict)
    all_configs: bool = False
    layers: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes | None = None
    cache: bool = True
    overlay: Mapping[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises:
            InputError: it cannot be read.
        """
        content = self.overlay.get(path)
        return read_file(path) if content is None else content

    @staticmethod
    def of_config(config: Config, stdin: bytes | None = None, cache: bool = True) -> Job:
        search_path = tuple(os.path.abspath(folder) for folder in config.search_path)
        return Job(search_path, config.assume, config.all_configs, config.layers, stdin, cache)


def begin_run() -> None:
    """Forget the modules that an earlier run of this process has read: files may have changed since."""
    frontend = sys.modules.get("orderlint.source.frontend")
    if frontend is not None:
        frontend.forget_modules()


def follow(item: Input, job: Job) -> list[Model]:
    """The models of an input; none for a file that cannot concern us.

    Raises:
        InputError: it cannot be read or parsed.
        UsageError: an entry expression is wrong.
    """
    path = item.full_path
    match item.kind:
        case "onnx":
            from orderlint.onnx.frontend import model_of_onnx

            model = model_of_onnx(path, job.stdin if item.piped else None, job.layers)
            model.entry = item.path
            return [model]
        case "entry":
            return [_follow_entry(item.entry or "", path or None, job)]
        case "notebook":
            content = job.read(path)
            if item.found and not concerns_torch(content):
                return []
            source = program_of(path, job).text.encode("utf-8", "surrogatepass")
        case "stdin":
            source = job.stdin or b""
        case _:
            source = job.read(path)
    if item.found and not concerns_torch(source):
        return []
    from orderlint.source.frontend import models_of_file

    return models_of_file(path, source, source_options(path, job))


def program_of(path: str, job: Job) -> Program:
    """The code cells of a notebook as one Python text.

    Raises:
        InputError: it cannot be read.
    """
    from orderlint.notebook.program import Program

    return Program.of(path, job.read(path))


def _follow_entry(entry: str, path: str | None, job: Job) -> Model:
    from orderlint.source.frontend import model_of_entry

    return model_of_entry(entry, source_options(path or os.path.join(os.getcwd(), "<entry>"), job), path)


def read_python(item: Input | None, job: Job, path: str) -> bytes | None:
    """The Python text of a file that an input's findings lie in; None where there is none."""
    if item is not None and item.kind == "stdin" and path == item.full_path:
        return job.stdin
    try:
        if path.endswith(".ipynb"):
            return program_of(path, job).text.encode("utf-8", "surrogatepass")
        return job.read(path)
    except InputError:
        return None


def is_module_class(item: Input, job: Job, path: str, name: str) -> bool:
    """Whether a class of a file derives from `torch.nn.Module`, its bases followed through imports."""
    from orderlint.source.frontend import class_is_module

    source = read_python(item, job, path)
    return source is not None and class_is_module(path, source, name, source_options(path, job))


def reads_of(item: Input, job: Job) -> Reads | None:
    """What the modules of a followed input were read from; None where nothing was followed."""
    frontend = sys.modules.get("orderlint.source.frontend")
    if frontend is None:
        return None
    path = item.full_path
    options = source_options(path or os.path.join(os.getcwd(), "<entry>"), job)
    importer = frontend.importer_for(options, frontend.package_root(path) if path else None)
    return importer.reads  # type: ignore[no-any-return]


def read_file(path: str) -> bytes:
    """The content of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise InputError(path, (error.strerror or str(error)).lower()) from error


def source_options(path: str, job: Job) -> SourceOptions:
    """How a file is followed. Its imports are looked up, after the user's folders, from the folder that
    holds its outermost package, then from the project's root and the `src` folder there."""
    from orderlint.source.options import SourceOptions

    folder = os.path.dirname(path) if os.path.isabs(path) else os.getcwd()
    root = project_root(folder)
    near = [package_root(folder), os.path.join(root, "src")]
    search_path = (*job.search_path, *(place for place in near if place != root and os.path.isdir(place)))
    return SourceOptions(
        tuple(dict.fromkeys(search_path)),
        root,
        job.assume,
        job.all_configs,
        job.layers,
        job.cache,
        job.overlay,
    )


@lru_cache(maxsize=1024)
def package_root(folder: str) -> str:
    """The folder that would be on `sys.path`: the nearest one that is no package itself."""
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    return folder


@lru_cache(maxsize=1024)
def project_root(folder: str) -> str:
    """The nearest folder upwards that looks like a project's root; where there is none, the package's."""
    here = folder
    while True:
        if any(os.path.exists(os.path.join(here, mark)) for mark in PROJECT_MARKS):
            return here
        parent = os.path.dirname(here)
        if parent == here:
            return package_root(folder)
        here = parent
