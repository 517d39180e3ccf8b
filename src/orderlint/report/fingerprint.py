"""Fingerprints: names of findings that survive moved lines."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from typing import TYPE_CHECKING

from orderlint.notebook.paths import split_path
from orderlint.report.frames import SourceLines

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import Place
    from orderlint.report.result import Report


def fingerprints(report: Report, root: str | None = None) -> tuple[str, ...]:
    """A name for each finding, in the order of the report, that holds as long as its rule, its file and the
    source text of its anchors do.

    Line numbers, messages and rates do not count. Findings that look alike (a copied line) are told apart by
    their order. Paths are taken relative to `root` (default: the current folder), so that names agree
    between machines.
    """
    sources, seen = SourceLines(report.sources), Counter[str]()
    names = []
    for diagnostic in report.diagnostics:
        text = _identity(diagnostic, sources, root or os.getcwd())
        names.append(_digest(f"{text}\0{seen[text]}"))
        seen[text] += 1
    return tuple(names)


def _identity(diagnostic: Diagnostic, sources: SourceLines, root: str) -> str:
    anchors = (diagnostic.layers[0], diagnostic.layers[-1]) if diagnostic.layers else ()
    parts = [diagnostic.code, _place_text(diagnostic.place, sources, root)]
    for layer in anchors:
        parts += [layer.kind, layer.name, _place_text(layer.place, sources, root)]
    return "\0".join(parts)


def _place_text(place: Place | None, sources: SourceLines, root: str) -> str:
    if place is None:
        return ""
    text = sources.line(place.path, place.line) or ""
    return f"{relative(place.path, root)}\0{' '.join(text.split())}"


def relative(path: str, root: str) -> str:
    """The path from `root`, with forward slashes; a notebook's, whatever the cell."""
    return os.path.relpath(os.path.abspath(split_path(path)[0]), root).replace(os.sep, "/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
