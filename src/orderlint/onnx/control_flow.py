"""Bodies of If, Loop, Scan and the like: how their inputs and results join the values around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.program import PHI, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import GraphProto
    from orderlint.onnx.flatten import Flattener, Scope


def bind_body(
    flattener: Flattener,
    op_type: str,
    bodies: Sequence[GraphProto],
    inputs: list[Value | None],
    values: Mapping[str, object],
    scope: Scope,
    name: str,
) -> list[Value | None]:
    """Set the bodies of a node into the program; the values of its results."""
    if op_type == "If":
        return _branches(flattener, bodies, scope, name)
    if op_type == "Loop":
        return _loop(flattener, bodies[0], inputs, scope, name)
    if op_type == "Scan":
        scanned = values.get("num_scan_inputs")
        return _scan(flattener, bodies[0], inputs, scanned if isinstance(scanned, int) else 0, scope, name)
    present = [value for value in inputs if value is not None]
    return [*flattener.body(bodies[0], present, scope, name)]


def _branches(
    flattener: Flattener, bodies: Sequence[GraphProto], scope: Scope, name: str
) -> list[Value | None]:
    """An If gives what one of its branches gives."""
    results = [flattener.body(body, (), scope, name) for body in bodies]
    return [_phi(flattener, name, list(values)) for values in zip(*results, strict=False)]


def _loop(
    flattener: Flattener, body: GraphProto, inputs: list[Value | None], scope: Scope, name: str
) -> list[Value | None]:
    """A Loop of `trips, condition, carried…`.

    Its body takes `round, condition, carried…` and gives `condition, carried…, scanned…`.
    """
    carried = [_phi(flattener, name, [value] if value is not None else []) for value in inputs[2:]]
    trips, condition = (*inputs[:2], None, None)[:2]
    rounds = [_phi(flattener, name, [value] if value is not None else []) for value in (trips, condition)]
    results = flattener.body(body, [*rounds, *carried], scope, name)[1:]
    _feed_back(carried, results)
    return [*results]


def _scan(
    flattener: Flattener,
    body: GraphProto,
    inputs: list[Value | None],
    scanned: int,
    scope: Scope,
    name: str,
) -> list[Value | None]:
    """A Scan of `carried…, sequences…` over a body of `carried…, elements… → carried…, elements…`."""
    inputs = inputs[-len(body.input) :] if body.input else []  # opset 8 has the sequence lengths first
    states = max(len(inputs) - scanned, 0)
    carried = [_phi(flattener, name, [value] if value is not None else []) for value in inputs[:states]]
    elements = [_phi(flattener, name, [value] if value is not None else []) for value in inputs[states:]]
    results = flattener.body(body, [*carried, *elements], scope, name)
    _feed_back(carried, results)
    return [*results]


def _feed_back(carried: Sequence[Value], results: Sequence[Value]) -> None:
    """What a round gives is what the next one starts from."""
    for value, result in zip(carried, results, strict=False):
        assert value.producer is not None
        value.producer.inputs.append(result)
        result.uses.append(value.producer)


def _phi(flattener: Flattener, name: str, values: list[Value]) -> Value:
    made = flattener.add(PHI, "", 0, name, [*values], {}, {}, 1)[0]
    assert made is not None
    return made
