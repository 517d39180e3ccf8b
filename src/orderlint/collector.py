"""Python's garbage collector while many objects are made that stay: looking through them again and again is
what it would spend its time on.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SELDOM = (100_000, 20, 50)
"""Objects made before the youngest are looked through (Python's own number is 700 or 2000), and how many such
rounds make one of the older ones."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without collection: for what makes a bounded number of objects, few of them in cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def collector_seldom() -> Iterator[None]:
    """With collection now and then: for what makes any number of objects and leaves cycles behind."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
