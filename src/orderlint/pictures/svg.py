"""A picture as an SVG file, laid out by dagre in an embedded JavaScript engine."""

from __future__ import annotations

import json
import threading
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from orderlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_ENGINE = "SVG needs a layout engine; install it with: pip install 'orderlint[pictures]'"

CLONE = "globalThis.structuredClone ??= value => JSON.parse(JSON.stringify(value));"
"""What dagre expects of a browser and the engine lacks; the labels it clones are plain data."""

STACK_BYTES = 256 * 1024 * 1024
"""Stack of the drawing thread: dagre walks a graph by recursion, a few kB a layer."""


@cache
def web_file(name: str) -> str:
    """A file of the drawing program."""
    return (resources.files("orderlint.pictures") / "web" / name).read_text(encoding="utf-8")


def svg_text(drawing: Mapping[str, Any]) -> str:
    """The SVG file of a drawing (see `orderlint.pictures.drawing`).

    Raises:
        UsageError: the engine is not installed.
    """
    try:
        import quickjs
    except ModuleNotFoundError as error:
        raise UsageError(NO_ENGINE) from error
    result: list[str] = []

    def draw() -> None:
        context = quickjs.Context()
        context.set_max_stack_size(STACK_BYTES // 2)
        for text in (CLONE, web_file("dagre.min.js"), web_file("draw.js")):
            context.eval(text)
        context.eval("function drawText(text) { return JSON.stringify(drawFile(JSON.parse(text))); }")
        result.append(json.loads(context.get("drawText")(json.dumps(drawing))))

    _with_stack(draw)
    return result[0]


def _with_stack(function: Any) -> None:
    """Run a function in a thread with a large stack; what it raises is raised here."""
    failures: list[BaseException] = []

    def target() -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    size = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=target, name="orderlint-drawing")
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    if failures:
        raise failures[0]
