"""The report formats by name, and by the suffix of a file; each renderer is imported when it is used."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.report.result import Report

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")
FIX_FORMATS = frozenset({"json", "sarif"})
"""Formats that say what each fix would change."""

BY_SUFFIX = {".json": "json", ".sarif": "sarif", ".xml": "junit", ".md": "markdown", ".txt": "text"}


def renderer(style: str) -> Callable[[Report], str]:
    """The function that turns a report into text in this format."""
    found: Callable[[Report], str] = getattr(
        importlib.import_module(f"orderlint.report.{style}"), f"render_{style}"
    )
    return found


def format_of_file(path: str, default: str) -> str:
    """The format a file's name asks for (`report.sarif`)."""
    return BY_SUFFIX.get(os.path.splitext(path)[1].lower(), default)
