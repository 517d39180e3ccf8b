"""Modules that are on no search path, but near the file that is linted.

A script finds what lies in its own folder, and one that is started from the folder of a repository finds what
lies there; a downloaded repository has no mark that tells which folder that is.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from orderlint.source import importer as importers
from orderlint.source.values import PythonModule

if TYPE_CHECKING:
    from pathlib import Path

    from orderlint.source.importer import Importer

LEVELS = 4
"""How far upwards: a repository's model files lie some folders deep."""


def find(importer: Importer, folder: Path, name: str) -> PythonModule | None:
    """The module of this dotted name below the folder, or below one of those above it."""
    key = (folder, name)
    if key not in importer.nearby:
        importer.nearby[key] = _find(importer, folder, name)
    return importer.nearby[key]


def _find(importer: Importer, folder: Path, name: str) -> PythonModule | None:
    top = name.partition(".")[0]
    if not top or importers.modelled(name) or top in sys.stdlib_module_names:
        return None
    for above in [folder, *folder.parents][:LEVELS]:
        found = importer.below(above, name.split("."))
        if found is not None:
            path, package = found
            return PythonModule(name, str(path) if path else None, package, importers.scope_of(name, path))
    return None
