"""The text report on a colour terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.report.text import Line

SEVERITY_STYLE = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
ROLE_STYLE = {
    "message": "",
    "primary": "bold red",
    "secondary": "cyan",
    "note": "",
    "partial": "yellow",
    "summary": "bold",
    "file": "blue",
    "gap": "blue",
}


def print_colored(lines: Iterable[Line], stream: TextIO) -> None:
    """Print the lines of a text report, each in the style of its role; they are wrapped already."""
    console = Console(
        file=stream, force_terminal=True, highlight=False, soft_wrap=True, color_system="standard"
    )
    for text, role in lines:
        console.print(_styled(text, role), soft_wrap=True)


def _styled(text: str, role: str) -> Text:
    if role.startswith("headline "):
        return _headline(text, role.partition(" ")[2])
    styled = Text(text, style=ROLE_STYLE.get(role, ""))
    if role in ("source", "primary", "secondary") and "|" in text:
        styled.stylize("blue", 0, text.index("|") + 1)
    if role == "note" and "=" in text:
        styled.stylize("bold", text.index("="), text.index(":") + 1)
    return styled


def _headline(text: str, severity: str) -> Text:
    styled = Text(text)
    start = text.find(f" {severity}[") + 1
    end = text.find("]", start) + 1
    styled.stylize("bold", 0, start)
    styled.stylize(SEVERITY_STYLE.get(severity, ""), start, end)
    return styled
