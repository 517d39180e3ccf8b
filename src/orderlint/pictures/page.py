"""A picture as one HTML file that needs nothing else: to pan, zoom, and open and close blocks."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from orderlint.pictures.svg import web_file

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = {"STYLE": "viewer.css", "LAYOUT": "dagre.min.js", "DRAW": "draw.js", "VIEWER": "viewer.js"}


def html_text(drawing: Mapping[str, Any]) -> str:
    """The HTML file of a drawing (see `orderlint.pictures.drawing`)."""
    data = json.dumps(drawing, ensure_ascii=False).replace("</", "<\\/")  # must not end the script
    text = web_file("viewer.html").replace("{{TITLE}}", html.escape(str(drawing["title"])))
    licence = web_file("dagre.min.js.LEGAL.txt")
    for mark, name in PARTS.items():
        text = text.replace(f"{{{{{mark}}}}}", (licence if mark == "LAYOUT" else "") + web_file(name))
    return text.replace("{{DATA}}", data)
