"""How a cell of a notebook is named in a report: `net.ipynb:cell 3`."""

from __future__ import annotations

import re

CELL_PATH = re.compile(r"(?P<path>.*\.ipynb):cell (?P<number>\d+)\Z", re.DOTALL | re.IGNORECASE)


def cell_path(path: str, number: int) -> str:
    return f"{path}:cell {number}"


def split_path(path: str) -> tuple[str, int | None]:
    """The file and the cell of a path in a report; no cell for what lies in no notebook."""
    match = CELL_PATH.match(path)
    return (match["path"], int(match["number"])) if match else (path, None)
