"""Write fixed files: whole or not at all, and never over what somebody else wrote meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile


class ChangedError(Exception):
    """The file is not as it was when it was read, so it was left alone."""


def write_if_unchanged(path: str, old: bytes, new: bytes) -> None:
    """Replace a file that still holds `old` by `new`, in one step: the new text is written beside it, then
    takes its name. Links are followed; the mode is kept. Whoever is killed in the middle leaves the old file
    whole.

    Raises:
        ChangedError: the file holds something else, or is gone.
        OSError: it cannot be written.
    """
    real = os.path.realpath(path)
    _check(real, old)
    mode = stat.S_IMODE(os.stat(real).st_mode)
    if not os.access(real, os.W_OK):  # replacing needs leave to write the folder only
        raise PermissionError(13, "permission denied", path)
    handle, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(real)}.", suffix=".tmp", dir=os.path.dirname(real)
    )
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        _check(real, old)
        os.replace(temporary, real)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _check(path: str, old: bytes) -> None:
    try:
        with open(path, "rb") as file:
            same = file.read() == old
    except FileNotFoundError as error:
        raise ChangedError from error
    if not same:
        raise ChangedError
