"""A progress bar on standard error, while many inputs are linted and somebody watches."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORTH_A_BAR = 20
"""Fewer inputs than this are linted before anybody could read a bar."""


@contextmanager
def progress(inputs: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """Give what is to be called as each input is finished; it draws nothing unless standard error is a
    terminal. The bar is gone when the report is printed."""
    if quiet or inputs < WORTH_A_BAR or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Linting", total=inputs)
        yield lambda: bar.advance(task)
