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
    from orderlint.source.frontend import SourceOptions

PROJECT_MARKS = ("orderlint.toml", "pyproject.toml", "setup.py", "setup.cfg", ".git")


@dataclass(frozen=True, slots=True)
class Job:
    """How inputs of a run are followed; `stdin` is the text that `-` stands for."""

    search_path: tuple[str, ...] = ()
    assume: Mapping[str, object] = field(default_factory=dict)
    all_configs: bool = False
    layers: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes | None = None
    cache: bool = True

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
    path = os.path.abspath(item.path) if item.path and not item.path.startswith("<") else item.path
    match item.kind:
        case "onnx":
            from orderlint.onnx.frontend import model_of_onnx

            return [model_of_onnx(path)]
        case "entry":
            return [_follow_entry(item.entry or "", path or None, job)]
        case "notebook":
            return [_notebook(path)]
        case "stdin":
            source = job.stdin or b""
        case _:
            source = read_file(path)
    if item.found and not concerns_torch(source):
        return []
    from orderlint.source.frontend import models_of_file

    return models_of_file(path, source, source_options(path, job))


def _notebook(path: str) -> Model:
    from orderlint.graph.model import LayerGraph, Model, Unresolved

    reason = Unresolved("notebooks are not read yet")
    return Model(os.path.basename(path), path, 1, LayerGraph(), "failed", [reason])


def _follow_entry(entry: str, path: str | None, job: Job) -> Model:
    from orderlint.source.frontend import model_of_entry

    return model_of_entry(entry, source_options(path or os.path.join(os.getcwd(), "<entry>"), job), path)


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
    from orderlint.source.frontend import SourceOptions

    folder = os.path.dirname(path) if os.path.isabs(path) else os.getcwd()
    root = project_root(folder)
    near = [package_root(folder), os.path.join(root, "src")]
    search_path = (*job.search_path, *(place for place in near if place != root and os.path.isdir(place)))
    return SourceOptions(
        tuple(dict.fromkeys(search_path)), root, job.assume, job.all_configs, job.layers, job.cache
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
