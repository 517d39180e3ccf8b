"""The arrays to measure and train on, read from an `.npz` file."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import torch

from orderlint.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

LEAST_ROWS = 2
"""Batch norms cannot take the variance of one sample."""


def read_data(path: str) -> tuple[Tensor, Tensor | None]:
    """The arrays `x` (as 32-bit floats, if they are floats) and `y` of an `.npz` file, one row a sample.

    Raises:
        InputError: it is no such file, has no array `x` of at least two rows, or `y` has another number.
    """
    found = _arrays(path)
    if "x" not in found:
        raise InputError(path, f"no array x; there are {', '.join(sorted(found)) or 'none'}")
    inputs = _tensor(path, "x", found["x"])
    if inputs.dim() < 1 or len(inputs) < LEAST_ROWS:
        raise InputError(path, f"x is of shape {tuple(inputs.shape)}; it needs {LEAST_ROWS} rows or more")
    targets = _tensor(path, "y", found["y"]) if "y" in found else None
    if targets is not None and targets.shape[:1] != inputs.shape[:1]:
        raise InputError(path, f"x has {len(inputs)} rows, but y is of shape {tuple(targets.shape)}")
    return inputs.float() if inputs.is_floating_point() else inputs, targets


def _arrays(path: str) -> dict[str, Any]:
    import numpy as np

    try:
        if not zipfile.is_zipfile(path):
            raise InputError(path, "no .npz file")
        with np.load(path) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        reason = "holds Python objects" if "allow_pickle" in str(error) else f"cannot be read: {error}"
        raise InputError(path, reason) from error


def _tensor(path: str, name: str, array: Any) -> Tensor:
    try:
        return torch.as_tensor(array)
    except TypeError as error:
        raise InputError(path, f"{name} is of type {array.dtype}, which is no tensor's") from error
