"""Dot plots with intervals in SVG: one panel a rate, one row an arrangement."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .statistics import Interval

ROW, LEFT, PANEL, GAP, TOP, BOTTOM = 20, 110, 230, 24, 54, 46
"""Sizes in pixels: row height, width of names, width of a panel, space between, heading, axis."""

INK, DOT, CONTROL, GROUND, GRID = "#222", "#1f6fb2", "#7a7a7a", "#f4f4f4", "#d9d9d9"
NARROWEST = 520
"""Width of a plot that the label below fits into, in pixels."""

TICKS = 5


def dot_plot(
    title: str, label: str, panels: Mapping[str, Mapping[str, Interval]], names: list[str], controls: set[str]
) -> str:
    """Panels side by side, each on a scale of its own; rows in the order of `names`, controls in grey.

    `panels`: by heading, an interval for each name it has.
    """
    width = max(NARROWEST, LEFT + len(panels) * (PANEL + GAP))
    height = TOP + ROW * len(names) + BOTTOM
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-size="14" fill="{INK}">{escape(title)}</text>',
        *(_name(name, row, name in controls) for row, name in enumerate(names)),
    ]
    for column, (heading, panel) in enumerate(panels.items()):
        left, scale = LEFT + column * (PANEL + GAP), _scale(panel)
        parts += [*_frame(heading, left, height, scale), *_dots(panel, names, controls, left, scale)]
    parts.append(
        f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle" fill="{INK}">{escape(label)}</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Scale:
    """From values to pixels inside a panel."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __call__(self, value: float) -> float:
        return round(PANEL * (value - self.low) / (self.high - self.low), 1)

    def ticks(self) -> list[float]:
        """Round values inside: multiples of 1, 2 or 5 times a power of ten."""
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough)
        return [step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def _scale(panel: Mapping[str, Interval]) -> _Scale:
    low, high = min(span.low for span in panel.values()), max(span.high for span in panel.values())
    margin = 0.05 * (high - low)
    return _Scale(low - margin, high + margin)


def _name(name: str, row: int, control: bool) -> str:
    colour = CONTROL if control else INK
    y = TOP + ROW * row + 14
    return f'<text x="{LEFT - 8}" y="{y}" text-anchor="end" fill="{colour}">{escape(name)}</text>'


def _frame(heading: str, left: int, height: int, scale: _Scale) -> Iterator[str]:
    size = f'width="{PANEL}" height="{height - BOTTOM - TOP + 4}"'
    yield f'<rect x="{left}" y="{TOP - 4}" {size} fill="{GROUND}"/>'
    yield f'<text x="{left + PANEL / 2}" y="42" text-anchor="middle" fill="{INK}">{escape(heading)}</text>'
    for tick in scale.ticks():
        x = left + scale(tick)
        yield f'<line x1="{x}" x2="{x}" y1="{TOP - 4}" y2="{height - BOTTOM}" stroke="{GRID}"/>'
        yield f'<text x="{x}" y="{height - BOTTOM + 16}" text-anchor="middle" fill="{INK}">{tick:.3g}</text>'


def _dots(
    panel: Mapping[str, Interval], names: list[str], controls: set[str], left: int, scale: _Scale
) -> Iterator[str]:
    for row, name in enumerate(names):
        if name not in panel:
            continue
        mean, low, high = (left + scale(value) for value in panel[name])
        y, colour = TOP + ROW * row + 10, CONTROL if name in controls else DOT
        yield f'<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
        yield f'<circle cx="{mean}" cy="{y}" r="4" fill="{colour}"/>'
