"""`--watch`: lint again whenever a file changes that the findings may hang on."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TypeAlias

import click

from orderlint.discovery import DEFAULT_EXCLUDES, SUFFIXES
from orderlint.errors import OrderlintError
from orderlint.follow import package_root
from orderlint.report.result import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from orderlint.config import Config
    from orderlint.discovery import Input

INTERVAL = 0.3
"""Seconds between two looks at the files."""

SHARE = 0.1
"""At most this part of the time goes to looking: a tree of many thousand files is looked at less often."""

WATCHED = (*SUFFIXES, ".toml")

Stamps: TypeAlias = dict[str, tuple[int, int]]
"""By path of each file that is there: when it was last changed, in nanoseconds, and its size in bytes."""


def watch(run: Callable[[], int], files: Callable[[], Iterable[str]], quiet: bool) -> int:
    """Lint, then again at each change, until the user interrupts it; the exit status of the last whole run.

    `run` lints, prints and gives its exit status; `files` are those the findings may hang on now. On a
    terminal the screen is cleared before each run. Once a run has ended well, an error meant for the user
    (a configuration half typed) is said and waited out.

    Raises:
        OrderlintError: the first run ended in it.
    """
    status, before = -1, Stamps()
    try:
        while True:
            click.clear()  # nothing unless standard output is a terminal
            before = _stamps(files, before)
            status = _outcome(run, first=status < 0)
            if not quiet:
                click.echo(f"Watching {counted(len(before), 'file')}; Ctrl-C ends.", err=True)
            while _looked(files, before) == before:
                pass
    except KeyboardInterrupt:
        return max(status, 0)


def _outcome(run: Callable[[], int], first: bool) -> int:
    try:
        return run()
    except OrderlintError as error:
        if first:
            raise
        click.echo(f"orderlint: error: {error}", err=True)
        return error.exit_code


def _looked(files: Callable[[], Iterable[str]], before: Stamps) -> Stamps:
    """Wait, then look."""
    time.sleep(INTERVAL)
    began = time.perf_counter()
    now = _stamps(files, before)
    time.sleep((time.perf_counter() - began) * (1 / SHARE - 1))
    return now


def _stamps(files: Callable[[], Iterable[str]], known: Stamps) -> Stamps:
    """The files as they are; of those `known` and the configurations, where these cannot be read, for they
    say what is linted."""
    try:
        paths = list(files())
    except OrderlintError:
        paths = [*known, *_configurations(None)]
    found = Stamps()
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue  # gone since it was listed, which is a change too
        found[path] = (status.st_mtime_ns, status.st_size)
    return found


def files_to_watch(inputs: Iterable[Input], config: Config, config_file: str | None) -> Iterator[str]:
    """The inputs, what stands beside them and in their packages (where their imports lead), rule files and
    configurations."""
    paths = [item.full_path for item in inputs if item.full_path]
    yield from paths
    folders = {os.path.dirname(path) for path in paths} or {os.getcwd()}
    for folder in sorted(folders):
        yield from _beside(folder)
    for package in sorted({package for folder in folders if (package := _package(folder))}):
        yield from _below(package)
    for place in config.rules:
        yield from _below(place) if os.path.isdir(place) else [place]
    yield from _configurations(config_file)


def _package(folder: str) -> str | None:
    """The outermost package that a folder lies in."""
    root = package_root(folder)
    return None if root == folder else os.path.join(root, os.path.relpath(folder, root).split(os.sep)[0])


def _beside(folder: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    yield from (os.path.join(folder, name) for name in names if name.endswith(WATCHED))


def _below(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in DEFAULT_EXCLUDES)
        yield from (os.path.join(place, name) for name in sorted(names) if name.endswith(WATCHED))


def _configurations(config_file: str | None) -> Iterator[str]:
    """Where a configuration is, or could come to be, looked for."""
    if config_file:
        yield os.path.abspath(config_file)
    folder, parent = os.getcwd(), ""
    while folder != parent:
        yield from (os.path.join(folder, name) for name in ("orderlint.toml", "pyproject.toml"))
        folder, parent = os.path.dirname(folder), folder
