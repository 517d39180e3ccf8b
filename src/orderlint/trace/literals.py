"""What a call says literally in the source: whether a rate, or a dropout's mode, is written out."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderlint.graph.model import Node, Place

RATE_NAMES = ("p", "dropout", "dropout_p")


@lru_cache(maxsize=512)
def _calls(path: str) -> dict[tuple[int, int], ast.Call]:
    """The calls of a file by line and column (in bytes of UTF-8) of their end."""
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except (SyntaxError, ValueError):
        return {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {(node.end_lineno or 0, node.end_col_offset or 0): node for node in calls}


def call_at(place: Place | None) -> ast.Call | None:
    """The call that stands at a place; None where its end is not known."""
    if place is None or place.end_line is None or place.end_column is None:
        return None
    line = linecache.getline(place.path, place.end_line)
    return _calls(place.path).get((place.end_line, len(line[: place.end_column - 1].encode("utf-8"))))


def literal_attrs(node: Node) -> dict[str, object]:
    """`literal_p`: the rate is a literal; `training_literal`: what a functional call says of its mode."""
    functional = bool(node.attrs.get("functional"))
    call = call_at(node.used if functional else node.built)
    if call is None:
        return {}
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    position = 1 if functional else 0
    rate = next((keywords[name] for name in RATE_NAMES if name in keywords), None)
    if rate is None and node.kind != "attention" and len(call.args) > position:
        rate = call.args[position]
    training = keywords.get("training", call.args[2] if functional and len(call.args) > 2 else None)
    attrs: dict[str, object] = {"literal_p": isinstance(rate, ast.Constant)}
    if functional and isinstance(training, ast.Constant):
        attrs["training_literal"] = training.value
    return attrs
