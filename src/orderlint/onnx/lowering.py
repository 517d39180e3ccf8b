"""From a flat program to the layer graph: one node a layer, edges along the data between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.graph.model import LayerGraph, Node
from orderlint.graph.pooling import pools_globally
from orderlint.onnx.layer_attrs import attributes_of
from orderlint.onnx.layer_kinds import kind_of, operator_name
from orderlint.onnx.modes import leaves_mode_open
from orderlint.onnx.module_paths import ModulePaths
from orderlint.onnx.pattern_search import find_layers
from orderlint.onnx.program import PHI, RESULT
from orderlint.onnx.provenance import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orderlint.onnx.catalogue import Catalogue, Part
    from orderlint.onnx.patterns import Found, Layer
    from orderlint.onnx.program import Operator, Program, Value

FIRST_INPUT_ONLY = frozenset(
    {"batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm", "dropout"}
)
"""Kinds whose other inputs are parameters, even where they are computed."""

MOST_ROUNDS = 8
"""Rounds in which edges are carried around loops; each takes them around every loop once."""


MOST_SOURCES = 256
"""Layers that one tensor may come from, over branches and loops; further ones are left out and reported."""


@dataclass(slots=True)
class Lowering:
    """The graph of one program, with the operator behind each node."""

    program: Program
    catalogue: Catalogue
    found: Found
    paths: ModulePaths
    mode_is_open: bool
    graph: LayerGraph = field(default_factory=LayerGraph)
    operators: dict[int, Operator] = field(default_factory=dict)
    reads: list[tuple[Value | int, ...]] = field(default_factory=list)
    makers: dict[int, int] = field(default_factory=dict)
    aliases: list[tuple[Value, tuple[Value, ...]]] = field(default_factory=list)
    modules: dict[object, int] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)


def lower(program: Program, catalogue: Catalogue) -> Lowering:
    """The layer graph of a program whose roles are assigned."""
    state = Lowering(
        program, catalogue, find_layers(program), ModulePaths(program), leaves_mode_open(program)
    )
    for value in program.inputs:
        _add_input(state, value)
    for operator in program.operators:
        layer = state.found.layers.get(operator.index)
        if layer is not None:
            _add_layer(state, layer)
        elif operator.index not in state.found.taken:
            _add_operator(state, operator)
    _connect(state)
    return state


def _add_input(state: Lowering, value: Value) -> None:
    node = Node(len(state.graph.nodes), "input", "input", value.name)
    state.graph.add(node)
    state.reads.append(())
    state.makers[id(value)] = node.id


def _add_operator(state: Lowering, operator: Operator) -> None:
    if operator.op_type == RESULT or not any(value.is_data for value in operator.outputs):
        return
    if operator.op_type == PHI or operator.plain_type == "Identity":
        state.aliases.append((operator.outputs[0], tuple(operator.data)))
        return
    parts = state.catalogue.parts(operator)
    if parts:
        _add_parts(state, operator, parts)
        return
    kind = kind_of(state.catalogue.kind(operator), operator)
    name = operator_name(operator.domain, operator.op_type, operator.version)
    if operator.plain_type == "ReduceMean" and _is_pooling(operator):
        name = "GlobalAveragePool"
    attrs = attributes_of(kind, operator, mode_is_open=state.mode_is_open)
    if operator.index in state.found.inner_dropouts:
        attrs |= state.found.inner_dropouts[operator.index]
        del attrs["num_layers"]  # one of several
    reads = operator.data
    if kind in FIRST_INPUT_ONLY:
        reads = [value for value in operator.inputs[:1] if value is not None and value.is_data]
    _add_node(state, operator, kind, name, reads, operator.outputs, attrs)


def _is_pooling(operator: Operator) -> bool:
    """Whether a mean over axes is how the exporter writes a pooling layer, or is one by its axes."""
    origin = origin_of(operator.metadata)
    axes = operator.attribute("axes", operator.constant(1).integers)
    return ".pooling." in origin.module_class or "avg_pool" in origin.call or pools_globally(axes, None)


def _add_layer(state: Lowering, layer: Layer) -> None:
    """A layer put together from several operators; one of no kind is seen through."""
    if not layer.kind:
        state.aliases.append((layer.gives, layer.reads))
        return
    main = layer.main
    name = layer.op or operator_name(main.domain, main.op_type, main.version)
    attrs = attributes_of(layer.kind, main, mode_is_open=state.mode_is_open) if not layer.op else {}
    if layer.op:
        attrs["decomposed"] = tuple(operator.op_type for operator in layer.operators)
    _add_node(state, main, layer.kind, name, layer.reads, (layer.gives,), {**attrs, **layer.attrs})


def _add_parts(state: Lowering, operator: Operator, parts: Sequence[Part]) -> None:
    """The chain of layers that a fused operator stands for."""
    previous: tuple[Value | int, ...] = ()
    name = operator_name(operator.domain, operator.op_type, operator.version)
    given = {position for part in parts for position in part.results}
    for part in parts:
        added = [operator.input(position) for position in part.inputs]
        data = [value for value in added if value is not None and value.is_data]
        if previous and part.inputs and not data:
            continue  # an optional operand that is left out
        activation = operator.attribute("activation") if part.kind == "activation" else None
        op = activation if isinstance(activation, str) else name
        attrs = attributes_of(part.kind, operator, mode_is_open=state.mode_is_open)
        results = [value for index, value in enumerate(operator.outputs) if index in part.results]
        if part is parts[-1]:
            results += [value for index, value in enumerate(operator.outputs) if index not in given]
        node = _add_node(state, operator, part.kind, op, (*previous, *data), results, attrs)
        previous = (node.id,)
    for value in operator.outputs:
        state.makers.setdefault(id(value), len(state.graph.nodes) - 1)


def _add_node(
    state: Lowering,
    operator: Operator,
    kind: str,
    op: str,
    reads: Iterable[Value | int],
    makes: Iterable[Value],
    attrs: dict[str, object],
) -> Node:
    origin = origin_of(operator.metadata)
    path = state.paths.path(operator)
    if path is not None:
        attrs["module_path"] = path
    if origin.module_class:
        attrs |= {"module_class": origin.module_class, "is_module": origin.is_module, "site": origin.site}
    module = _module(state, operator, path, kind)
    if module is not None:
        attrs["module"] = module
    used = origin.frames[0] if origin.frames else None
    node = Node(len(state.graph.nodes), kind, op, _name(operator), attrs, None, used, frames=origin.frames)
    state.graph.add(node)
    state.operators[node.id] = operator
    state.reads.append(tuple(reads))
    for value in makes:
        if value.is_data:
            state.makers[id(value)] = node.id
    return node


def _name(operator: Operator) -> str:
    """The name of a node; a node without one is known by the tensor it makes."""
    return operator.name or next((value.name for value in operator.outputs if value.name), "")


def _module(state: Lowering, operator: Operator, path: str | None, kind: str) -> int | None:
    """The identity of the module applied: two applications agree in path and in parameters."""
    parameters = tuple(
        value.name
        for value in operator.inputs
        if value is not None and not value.is_data and value.producer is None and value.name
    )
    if not path or not parameters:
        return None
    return state.modules.setdefault((path, kind, parameters), len(state.modules))


def _connect(state: Lowering) -> None:
    """Join each node to those that make what it reads, looking through copies, branches and loops."""
    sources = _sources(state)
    graph = state.graph
    for node in graph.nodes:
        makers: dict[int, None] = {}
        for read in state.reads[node.id]:
            found = (read,) if isinstance(read, int) else sources.get(id(read), ())
            makers.update(dict.fromkeys(found))
        for (
            maker
        ) in makers:  # as LayerGraph.connect, which looks through all successors: here each pair is new
            graph.successors[maker].append(node.id)
            graph.predecessors[node.id].append(maker)
    ends = dict.fromkeys(maker for value in state.program.outputs for maker in sources.get(id(value), ()))
    graph.outputs = list(ends)


def _sources(state: Lowering) -> dict[int, tuple[int, ...]]:
    """The nodes that a value may come from, for every value with data."""
    sources: dict[int, tuple[int, ...]] = {key: (node,) for key, node in state.makers.items()}
    for _ in range(MOST_ROUNDS):
        changed = False
        for value, origins in state.aliases:
            joined = tuple(dict.fromkeys(node for origin in origins for node in sources.get(id(origin), ())))
            if len(joined) > MOST_SOURCES:
                joined = joined[:MOST_SOURCES]
                state.gaps = [f"a tensor may come from more than {MOST_SOURCES} layers"]
            if joined != sources.get(id(value), ()):
                sources[id(value)] = joined
                changed = True
        if not changed:
            break
    return sources
