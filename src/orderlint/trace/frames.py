"""Where in the user's source a call stands: stack frames outside torch, Python's library and ourselves."""

from __future__ import annotations

import linecache
import os
import sysconfig
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from orderlint.graph.model import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

MAX_FRAMES = 4
"""Call places kept a layer: enough to name the block and the stage it stands in."""

_TORCH = str(Path(torch.__file__).parent) + os.sep
_OURSELVES = str(Path(__file__).parent.parent) + os.sep
_STANDARD_LIBRARY = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_FUNCTION_FILES = {
    _TORCH + name
    for name in ("functional.py", "nn/functional.py", "overrides.py", "_tensor.py", "_jit_internal.py")
}
"""Files of torch whose functions user code and torch's modules call alike."""
_INSTALLED = ("site-packages", "dist-packages")

Result = TypeVar("Result")


def call_user_code(function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Call what the user wrote; frames further out than this one are ours, and no part of the model."""
    return function(*args, **kwargs)


_BOUNDARY = call_user_code.__code__


@lru_cache(maxsize=4096)
def is_library(filename: str) -> bool:
    """Whether a file belongs to torch, to Python's standard library or to orderlint, or is no file at all."""
    if filename.startswith(("<", _TORCH, _OURSELVES)):
        return True
    return filename.startswith(_STANDARD_LIBRARY) and not any(part in filename for part in _INSTALLED)


@lru_cache(maxsize=4096)
def shown_path(filename: str) -> str:
    """The path as diagnostics show it: relative where it lies below the working folder."""
    path, here = Path(filename), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename


@lru_cache(maxsize=65536)
def _place(code: CodeType, instruction: int, line: int) -> Place:
    """The stretch of source that an instruction stands for; Python 3.10 knows its line alone."""
    positions = getattr(code, "co_positions", None)
    found = next(islice(positions(), instruction // 2, None), None) if positions else None
    path = shown_path(code.co_filename)
    if found is None or None in found:
        return Place(path, line)
    first, last, start, end = found
    return Place(path, first, _column(code, first, start), last, _column(code, last, end))


def _column(code: CodeType, line: int, offset: int) -> int:
    """Python counts the bytes of UTF-8 before a column, we count code points, from 1."""
    text = linecache.getline(code.co_filename, line)
    if text.isascii():
        return offset + 1
    return len(text.encode("utf-8")[:offset].decode("utf-8", "ignore")) + 1


def _walk(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None and frame.f_code is not _BOUNDARY:
        yield frame
        frame = frame.f_back


def user_places(frame: FrameType | None, own: object = None) -> tuple[Place, ...]:
    """Places of the user's frames, innermost first, up to `MAX_FRAMES`; methods of `own` are left out."""
    found: list[Place] = []
    for outer in _walk(frame):
        if is_library(outer.f_code.co_filename) or (own is not None and _receiver(outer) is own):
            continue
        found.append(_place(outer.f_code, outer.f_lasti, outer.f_lineno))
        if len(found) == MAX_FRAMES:
            break
    return tuple(found)


def _receiver(frame: FrameType) -> object:
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None


def called_by_torch(frame: FrameType | None) -> bool:
    """Whether a module of torch made the call, rather than user code by way of a function of torch."""
    for outer in _walk(frame):
        filename = outer.f_code.co_filename
        if not filename.startswith(_OURSELVES) and filename not in _FUNCTION_FILES:
            return filename.startswith(_TORCH)
    return False
