"""An ONNX file of any size as a protobuf model without weights: memory-mapped, stripped, parsed by onnx."""

from __future__ import annotations

import mmap
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # stubs are a package apart

from onnx import ModelProto
from orderlint.errors import InputError
from orderlint.onnx.strip import strip
from orderlint.onnx.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = (
    (0, b"PK\x03\x04", "a zip archive, such as a PyTorch checkpoint"),
    (4, b"ORTM", "a model in ONNX Runtime's own format (.ort)"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"\x80\x02", "a pickle, such as a PyTorch checkpoint"),
    (0, b"\x89HDF", "an HDF5 file, such as Keras weights"),
    (0, b"version https://git-lfs", "a Git LFS pointer: fetch the file with `git lfs pull`"),
)
"""First bytes of files that are taken for ONNX models: offset, bytes, what the file is."""


def read_model(path: str, data: bytes | None = None) -> ModelProto:
    """The model in the file at `path`, or in `data` (`path` then only names it), without tensor payloads.

    Raises:
        InputError: it cannot be opened, or is no ONNX model; one line that says at which byte.
    """
    if data is not None:
        return _parse(path, memoryview(data))
    with _mapped(path) as view:
        return _parse(path, view)


def _parse(path: str, view: memoryview) -> ModelProto:
    if not len(view):
        raise InputError(path, "the file is empty")
    _refuse_other_formats(path, view)
    try:
        model = ModelProto()
        model.ParseFromString(bytes(strip(view)))
    except WireError as error:
        raise _invalid(path, error) from None
    except DecodeError:
        problem = "not an ONNX model: protobuf cannot parse the structure that starts at byte 0"
        raise _damage(path, view) or InputError(path, problem) from None
    if not model.HasField("graph"):
        raise InputError(path, "not an ONNX model: no graph between byte 0 and the end")
    return model


def find_damage(path: str, data: bytes | None = None) -> InputError | None:
    """The first byte that is not as the format wants it, of a file whose structure makes no sense."""
    if data is not None:
        return _damage(path, memoryview(data))
    with _mapped(path) as view:
        return _damage(path, view)


def _damage(path: str, view: memoryview) -> InputError | None:
    try:
        strip(view, strict=True)
    except WireError as error:
        return _invalid(path, error)
    return None


def _invalid(path: str, error: WireError) -> InputError:
    return InputError(path, f"not a valid ONNX model: byte {error.offset}: {error.problem}")


def _refuse_other_formats(path: str, view: memoryview) -> None:
    for offset, magic, what in MAGIC:
        if view[offset : offset + len(magic)] == magic:
            raise InputError(path, f"not an ONNX model (byte {offset}): it is {what}")
    start = bytes(view[:64])  # a model starts with field 1, a number: byte 8, which is no text
    if start.isascii() and all(byte >= 32 or byte in b"\t\r\n" for byte in start):
        raise InputError(path, "not an ONNX model (byte 0): it is a text file")


@contextmanager
def _mapped(path: str) -> Iterator[memoryview]:
    """The bytes of a regular file, mapped: only the pages that are looked at are ever read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise InputError(path, _reason(error)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            what = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise InputError(path, f"cannot be read: it is {what}")
        if not status.st_size:
            raise InputError(path, "the file is empty")
        mapping = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(path, _reason(error)) from None
    finally:
        os.close(descriptor)
    with mapping, memoryview(mapping) as view:
        if hasattr(mapping, "madvise"):
            mapping.madvise(mmap.MADV_RANDOM)
        yield view


def _reason(error: OSError | ValueError) -> str:
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"
