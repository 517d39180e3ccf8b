"""A measurement as a plot in SVG: one row a batch norm."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from orderlint.trace.measure_report import conditions, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.trace.measure import LayerShift, Measurement

ROW, LEFT, PLOT, RIGHT, TOP = 22, 260, 420, 40, 58
"""Sizes in pixels: height of a row, widths of names, plot and margin, height of the heading."""

INK, MEASURED, CLOSED, GRID = "#222", "#1f6fb2", "#c8561b", "#ddd"


def measurement_to_svg(measurement: Measurement) -> str:
    """A plot: a dot at each shift, a bar over its spread, a diamond at the closed form."""
    layers = [layer for layer in measurement.layers if layer.shift is not None]
    top = max([1.1, *(_reach(layer) for layer in layers)])
    height = TOP + ROW * max(1, len(layers)) + 40
    size = f'width="{LEFT + PLOT + RIGHT}" height="{height}"'
    body = [*_heading(measurement), *_axis(top, height)]
    for row, layer in enumerate(layers):
        body += _row(layer, TOP + ROW * row + ROW // 2, top)
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([frame, '<rect width="100%" height="100%" fill="white"/>', *body, "</svg>"]) + "\n"


def _reach(layer: LayerShift) -> float:
    return max((layer.shift or 0) * (layer.spread or 1), layer.estimate or 0)


def _x(value: float, top: float) -> float:
    return round(LEFT + PLOT * value / top, 1)


def _heading(measurement: Measurement) -> Iterator[str]:
    title = f"Variance shift of {escape(measurement.entry)}"
    yield f'<text x="12" y="20" font-size="14" fill="{INK}">{title}</text>'
    text = f"{conditions(measurement)}; dot: measured, bar: spread, diamond: closed form"
    yield f'<text x="12" y="40" fill="{INK}">{escape(text)}</text>'


def _axis(top: float, height: int) -> Iterator[str]:
    for tick in [value / 4 for value in range(int(top * 4) + 1)]:
        x, strong = _x(tick, top), tick == 1
        colour = "#888" if strong else GRID
        yield f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{height - 34}" stroke="{colour}"/>'
        yield f'<text x="{x}" y="{height - 18}" text-anchor="middle" fill="{INK}">{tick:g}</text>'
    middle = LEFT + PLOT / 2
    name = "variance in evaluation / variance in training"
    yield f'<text x="{middle}" y="{height - 4}" text-anchor="middle" fill="{INK}">{name}</text>'


def _row(layer: LayerShift, y: int, top: float) -> Iterator[str]:
    shift, spread = layer.shift or 0.0, layer.spread or 1.0
    weight = ' font-weight="bold"' if layer.source else ""
    text = escape(f"{label(layer)} {layer.source.code if layer.source else ''}".rstrip())
    yield f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end" fill="{INK}"{weight}>{text}</text>'
    low, high = _x(shift / spread, top), _x(shift * spread, top)
    line = f'x1="{low}" x2="{high}" y1="{y}" y2="{y}"'
    yield f'<line {line} stroke="{MEASURED}" stroke-width="3" opacity="0.4"/>'
    yield f'<circle cx="{_x(shift, top)}" cy="{y}" r="4" fill="{MEASURED}"/>'
    if layer.estimate is not None:
        x = _x(layer.estimate, top)
        yield f'<path d="M{x} {y - 6}l6 6l-6 6l-6 -6z" fill="none" stroke="{CLOSED}" stroke-width="2"/>'
