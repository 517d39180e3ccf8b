"""Run a live module once and describe what ran as a layer graph."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import jit, nn

from orderlint.errors import UsageError
from orderlint.graph.kinds import JOIN
from orderlint.graph.model import LayerGraph, Model, Node
from orderlint.trace.calls import observed_calls
from orderlint.trace.constructors import built_place, recording_constructors
from orderlint.trace.frames import call_user_code
from orderlint.trace.literals import literal_attrs
from orderlint.trace.module_facts import facts_of
from orderlint.trace.provenance import tensors_in
from orderlint.trace.recorder import SWITCHED, Recorder
from orderlint.trace.restore import left_as_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INCIDENTAL = JOIN | {"shape", "scale", "other", "reduce", "resize", "identity", "input"}
"""Kinds of nodes that are left out where nothing comes of them: sizes, masks, positions."""


def trace_module(
    model: nn.Module,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    entry: str = "",
    layers: Mapping[str, str] | None = None,
) -> Model:
    """The layer graph of one run of a live module in train mode; the module is left as it was found.

    Args:
        model: any module whose `forward` is Python; build it inside `recording_constructors()` to know where
            each layer was built.
        args, kwargs: what `forward` takes, on the model's device.
        entry: what the model is called in diagnostics; its class by default.
        layers: kinds of the user's own layer classes by dotted name; each becomes one node.

    Raises:
        UsageError: the model is compiled to TorchScript, or its forward fails on this input.
    """
    model = getattr(model, "_orig_mod", model)
    if isinstance(model, jit.ScriptModule):
        raise UsageError(f"{type(model).__name__} is compiled; trace the module it was made from")
    kwargs = dict(kwargs or {})
    with left_as_found(model), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        recorder, result = _run(model, tuple(args), kwargs, True, layers)
        _mark_always_on(recorder, model, tuple(args), kwargs, layers)
    graph = _graph(recorder, result)
    place = built_place(model)
    return Model(
        entry=entry or type(model).__name__,
        path=place.path if place else "",
        line=place.line if place else 1,
        graph=graph,
        facts=facts_of(model, recorder.calls),
        frontend="trace",
    )


def _run(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    training: bool,
    layers: Mapping[str, str] | None,
) -> tuple[Recorder, Any]:
    model.train(training)
    recorder = Recorder(model, layers)
    for position, value in enumerate(args):
        recorder.feed(str(position), value)
    for name, value in kwargs.items():
        recorder.feed(name, value)
    try:
        with recording_constructors(recorder.note_built), observed_calls(recorder), recorder:
            result = call_user_code(model, *args, **kwargs)
    except Exception as error:
        raise UsageError(f"{type(model).__name__} does not run on this: {first_line(error)}") from error
    return recorder, result


def first_line(error: Exception) -> str:
    """What an error says, in one line: its type, and the first line of its message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _mark_always_on(
    recorder: Recorder,
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    layers: Mapping[str, str] | None,
) -> None:
    """Layers that stay on in a second run, in evaluation mode, are on always; run only where that may be."""
    suspects = [node for node in recorder.nodes if _may_ignore_mode(node)]
    if not suspects:
        return
    try:
        evaluated, _ = _run(model, args, kwargs, False, layers)
    except UsageError:
        return
    still = {(node.op, node.used) for node in evaluated.nodes if node.attrs.get("training") == "train"}
    for node in suspects:
        if (node.op, node.used) in still:
            node.attrs["training"] = "always"


def _may_ignore_mode(node: Node) -> bool:
    if node.kind not in SWITCHED | {"drop_path"} or node.attrs.get("training") != "train":
        return False
    unregistered = node.attrs.get("functional") or node.attrs.get("created_in_forward") or not node.name
    return bool(unregistered or node.attrs.get("track_running_stats") is False)


def _graph(recorder: Recorder, result: Any) -> LayerGraph:
    """The recorded nodes, less those that lead nowhere, numbered anew."""
    outputs = recorder.producers(tensors_in(result))
    fed = {node.id for node in recorder.nodes if node.op == "input"}
    kept = {node.id for node in recorder.nodes if node.kind not in INCIDENTAL} | set(outputs) | fed
    for node in reversed(recorder.nodes):
        if node.id in kept:
            kept.update(recorder.inputs[node.id])
    graph, number = LayerGraph(), dict[int, int]()
    for node in recorder.nodes:
        if node.id in kept:
            number[node.id] = len(number)
    for old, new in number.items():
        recorder.nodes[old].id = new
        graph.add(recorder.nodes[old])
        for source in recorder.inputs[old]:
            graph.connect(number[source], new)
    graph.outputs = [number[node] for node in outputs]
    _describe_dropouts(graph)
    return graph


def _describe_dropouts(graph: LayerGraph) -> None:
    outputs = set(graph.outputs)
    for node in graph.nodes:
        if node.kind == "dropout":
            node.attrs["result_used"] = bool(graph.successors[node.id]) or node.id in outputs
        if node.kind in ("dropout", "attention") or node.attrs.get("p") == 0:
            node.attrs.update(literal_attrs(node))
