"""A measurement as text and as JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.trace.measure import LayerShift, Measurement

SCHEMA = 1
MOMENTS = ("train_mean", "train_variance", "test_mean", "test_variance")
WIDTH = 80
"""Columns of text where nothing else is known."""

HEADING = f"{'channels':>8}  {'shift':>6}  {'spread':>6}  {'closed form':>11}"
LEGEND = (
    "shift: variance of its input in evaluation / in training, geometric mean over",
    "channels; spread: geometric standard deviation over channels",
)


def conditions(measurement: Measurement) -> str:
    """What the figures rest on, in one line."""
    trained = f", after {measurement.steps} training steps" if measurement.steps else ""
    batches = f"{measurement.batches} batch" + ("es" if measurement.batches != 1 else "")
    return f"{measurement.weights} weights{trained}, {measurement.data} input, {batches}"


def measurement_to_text(measurement: Measurement, width: int = WIDTH) -> str:
    """A table, one batch norm a line: shift, spread, closed form, and the dropout that a rule names.

    Where a line would be wider than `width` columns, what the rules name has lines of its own.
    """
    return "\n".join(_lines(measurement, width))


def _lines(measurement: Measurement, width: int) -> Iterator[str]:
    yield f"Variance shift of {measurement.entry}"
    yield f"({conditions(measurement)})"
    if not measurement.layers:
        yield "no batch norm ran"
        return
    yield from LEGEND
    yield ""
    names = max(len(label(layer)) for layer in measurement.layers)
    rows = [(f"{label(layer):{names}}  {_figures(layer)}", _cause(layer)) for layer in measurement.layers]
    apart = any(len(row) + 2 + len(cause) > width for row, cause in rows if cause)
    yield f"{'batch norm':{names}}  {HEADING}"
    gap = "\n    " if apart else "  "
    for row, cause in rows:
        yield row + gap + cause if cause else row
    yield from _footnotes(measurement)


def label(layer: LayerShift) -> str:
    name = layer.name or "(no name)"
    return f"{name} (call {layer.call + 1})" if layer.call else name


def _figures(layer: LayerShift) -> str:
    values = ((layer.shift, 6), (layer.spread, 6), (layer.estimate, 11))
    return "  ".join([f"{layer.channels:8}", *(_figure(value, width) for value, width in values)])


def _figure(value: float | None, width: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:{width}.3f}"


def _cause(layer: LayerShift) -> str:
    if layer.source is None:
        return "carried on" if layer.inherited else ""
    star = "" if layer.source.direct else " *"
    return f"{layer.source.code} {layer.source.dropout or 'dropout'} (p={layer.source.p:g}){star}"


def _footnotes(measurement: Measurement) -> Iterator[str]:
    if any(layer.source and not layer.source.direct for layer in measurement.layers):
        yield "* closed form at the dropout's output; what stands between changes it"
    if any(layer.inherited for layer in measurement.layers):
        yield "carried on: from a shift upstream, which a batch norm in evaluation passes on"


def measurement_to_json(measurement: Measurement) -> dict[str, object]:
    """The measurement as plain data; moments are lists with one value a channel, null where not finite."""
    return {
        "schema": SCHEMA,
        "entry": measurement.entry,
        "weights": measurement.weights,
        "input": measurement.data,
        "batches": measurement.batches,
        "steps": measurement.steps,
        "layers": [_layer_to_json(layer) for layer in measurement.layers],
    }


def _layer_to_json(layer: LayerShift) -> dict[str, object]:
    return {
        "name": layer.name,
        "call": layer.call,
        "channels": layer.channels,
        "shift": layer.shift,
        "spread": layer.spread,
        "estimate": layer.estimate,
        "source": None if layer.source is None else layer.source._asdict(),
        "inherited": layer.inherited,
        **{name: [_finite(value) for value in getattr(layer, name)] for name in MOMENTS},
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
