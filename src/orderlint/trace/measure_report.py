"""A measurement as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.trace.measure import LayerShift, Measurement

SCHEMA = 1
MOMENTS = ("train_mean", "train_variance", "test_mean", "test_variance")


def conditions(measurement: Measurement) -> str:
    """What the figures rest on, in one line."""
    trained = f", after {measurement.steps} training steps" if measurement.steps else ""
    batches = f"{measurement.batches} batch" + ("es" if measurement.batches != 1 else "")
    return f"{measurement.weights} weights{trained}, {measurement.data} input, {batches}"


def measurement_to_text(measurement: Measurement) -> str:
    """One line a batch norm: shift (evaluation / training variance), spread, closed form, rule."""
    return "\n".join(_lines(measurement))


def _lines(measurement: Measurement) -> Iterator[str]:
    yield f"{measurement.entry}: variance in evaluation over variance in training at each batch norm's input"
    yield f"({conditions(measurement)})"
    if not measurement.layers:
        yield "no batch norm ran"
        return
    width = max(len(label(layer)) for layer in measurement.layers)
    yield f"{'batch norm':{width}}  {'channels':>8}  {'shift':>6}  {'spread':>6}  {'closed form':>11}  "
    for layer in measurement.layers:
        figures = "  ".join(
            [
                f"{layer.channels:8}",
                _figure(layer.shift, 6),
                _figure(layer.spread, 6),
                _figure(layer.estimate, 11),
            ]
        )
        yield f"{label(layer):{width}}  {figures}  {_cause(layer)}".rstrip()
    if any(layer.source and not layer.source.direct for layer in measurement.layers):
        yield "* closed form at the dropout's output; what stands between changes it"


def label(layer: LayerShift) -> str:
    name = layer.name or "(no name)"
    return f"{name} (call {layer.call + 1})" if layer.call else name


def _figure(value: float | None, width: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:{width}.3f}"


def _cause(layer: LayerShift) -> str:
    if layer.source is None:
        return ""
    star = "" if layer.source.direct else " *"
    return f"{layer.source.code} {layer.source.dropout or 'dropout'} (p={layer.source.p:g}){star}"


def measurement_to_json(measurement: Measurement) -> dict[str, object]:
    """The measurement as plain data; moments are lists with one value a channel."""
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
        **{name: list(getattr(layer, name)) for name in MOMENTS},
    }
