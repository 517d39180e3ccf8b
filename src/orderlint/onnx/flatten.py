"""From the graphs of a file to one flat program: functions inlined, bodies set where they run."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.onnx.attributes import attributes, graphs, tensor, text
from orderlint.onnx.control_flow import bind_body
from orderlint.onnx.program import (
    ABSENT,
    PLAIN,
    RESULT,
    Constant,
    Operator,
    Program,
    Role,
    Value,
    stated_dims,
)
from orderlint.onnx.provenance import metadata_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto

MOST_INLINED = 200_000
"""Operators that inlining may add to those of the file: functions that call functions grow without bound."""

DEEPEST_CALL = 32
"""Functions within functions that are inlined; a call deeper than this stays one opaque operator."""


DEEPEST_BODY = 64
"""Bodies and functions within one another; deeper nesting is refused, since real models stay below 10."""


class StructureError(Exception):
    """The file is a well-formed message but no graph that could run."""


@dataclass(slots=True)
class Scope:
    """The names of one graph or function body, and those of the graphs around it."""

    prefix: str
    opsets: Mapping[str, int]
    arguments: Mapping[str, object] = field(default_factory=dict)
    outer: Scope | None = None
    calls: tuple[str, ...] = ()
    depth: int = 0
    values: dict[str, Value] = field(default_factory=dict)

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        return None

    def inner(self, prefix: str) -> Scope:
        """The scope of a graph that stands in this one and may read its values."""
        if self.depth >= DEEPEST_BODY:
            raise StructureError(f"node {shown(prefix)} stands more than {DEEPEST_BODY} bodies deep")
        return Scope(prefix, self.opsets, self.arguments, self, self.calls, self.depth + 1)


def flatten(model: ModelProto) -> Program:
    """The program of a model.

    Raises:
        StructureError: a tensor is made twice or never, nodes form a cycle, a function calls itself.
    """
    flattener = Flattener(_functions(model))
    opsets = _opsets(model.opset_import) or {"": 1}
    flattener.main(model.graph, Scope("", opsets))
    return flattener.program


def _opsets(imports: Sequence[OperatorSetIdProto]) -> dict[str, int]:
    return {_plain(text(each.domain)): each.version for each in imports}


def _plain(domain: str) -> str:
    return "" if domain in PLAIN else domain


def _functions(model: ModelProto) -> dict[tuple[str, str, str], FunctionProto]:
    return {(_plain(text(each.domain)), text(each.name), _overload(each)): each for each in model.functions}


def _overload(proto: FunctionProto | NodeProto) -> str:
    """The overload of a function; onnx before 1.16 has no such field."""
    return text(getattr(proto, "overload", ""))


@dataclass(slots=True)
class Flattener:
    """The walk over one model."""

    functions: Mapping[tuple[str, str, str], FunctionProto]
    program: Program = field(default_factory=Program)
    inlined: int = 0

    def main(self, graph: GraphProto, scope: Scope) -> None:
        self.initializers(graph, scope)
        self.program.shapes = {text(info.name): info for info in graph.value_info}
        for info in graph.input:
            name = text(info.name)
            if name not in scope.values:
                value = self.define(scope, name, "the graph's inputs")
                value.constant = Constant(stated_dims(info))
                value.metadata = metadata_of(info.metadata_props)
                self.program.inputs.append(value)
        self.nodes(graph.node, scope)
        results = [self.result(scope, text(info.name), "the graph") for info in graph.output]
        self.add(RESULT, "", 0, "", list(results), {}, {})

    def initializers(self, graph: GraphProto, scope: Scope) -> None:
        for proto in graph.initializer:
            value = self.define(scope, text(proto.name), "the initializers")
            value.role, value.constant = Role.CONSTANT, tensor(proto)
        for sparse in graph.sparse_initializer:
            value = self.define(scope, text(sparse.values.name), "the initializers")
            value.role, value.constant = Role.CONSTANT, Constant(tuple(sparse.dims))

    def nodes(self, protos: Sequence[NodeProto], scope: Scope) -> None:
        for proto in _in_order(protos, scope):
            self.node(proto, scope)

    def node(self, proto: NodeProto, scope: Scope) -> None:
        name = scope.prefix + text(proto.name)
        domain, op_type = _plain(text(proto.domain)), text(proto.op_type)
        if not op_type:
            raise StructureError(
                f"node {shown(name or ', '.join(map(text, proto.output)))} has no operator type"
            )
        found = [self.read(scope, text(each), name or op_type) if each else None for each in proto.input]
        inputs = [None if value is ABSENT else value for value in found]
        values = attributes(proto.attribute, scope.arguments)
        function = self.functions.get((domain, op_type, _overload(proto)))
        if function is not None and self.may_inline(function, scope, name or op_type):
            outputs = self.call(function, inputs, values, scope, name)
        elif bodies := graphs(values):
            outputs = bind_body(self, op_type, bodies, inputs, values, scope, name)
        else:
            version = scope.opsets.get(domain, 1)
            metadata = metadata_of(proto.metadata_props, proto.doc_string)
            outputs = self.add(op_type, domain, version, name, inputs, values, metadata, len(proto.output))
        self.bind(scope, [text(each) for each in proto.output], outputs, name or op_type)

    def may_inline(self, function: FunctionProto, scope: Scope, where: str) -> bool:
        key = f"{text(function.domain)}.{text(function.name)}"
        if key in scope.calls:
            raise StructureError(f"node {shown(where)} calls the function {shown(key)}, which calls itself")
        size = len(function.node)
        room = len(scope.calls) < DEEPEST_CALL and scope.depth < DEEPEST_BODY
        if room and self.inlined + size <= MOST_INLINED:
            self.inlined += size + 1
            return True
        self.program.opaque_calls.append(where)
        return False

    def call(
        self,
        function: FunctionProto,
        inputs: list[Value | None],
        values: dict[str, object],
        scope: Scope,
        name: str,
    ) -> list[Value | None]:
        """Inline a call: the nodes of the function under the name of the calling node."""
        defaults = attributes(function.attribute_proto, {})
        opsets = _opsets(function.opset_import) or scope.opsets
        key = f"{text(function.domain)}.{text(function.name)}"
        prefix, arguments = f"{name}/" if name else "", {**defaults, **values}
        body = Scope(prefix, opsets, arguments, None, (*scope.calls, key), scope.depth + 1)
        for index, parameter in enumerate(function.input):
            body.values[text(parameter)] = (inputs[index] if index < len(inputs) else None) or ABSENT
        self.nodes(function.node, body)
        return [self.result(body, text(each), f"the function {shown(key)}") for each in function.output]

    def body(self, graph: GraphProto, inputs: Sequence[Value], scope: Scope, name: str) -> list[Value]:
        """Set the body of an If, Loop or Scan here; inputs beyond those given carry unknown data."""
        inner = scope.inner(f"{name}/" if name else scope.prefix)
        self.initializers(graph, inner)
        for index, info in enumerate(graph.input):
            inner.values[text(info.name)] = inputs[index] if index < len(inputs) else unknown()
        self.nodes(graph.node, inner)
        return [self.result(inner, text(info.name), f"a body of node {shown(name)}") for info in graph.output]

    def add(
        self,
        op_type: str,
        domain: str,
        version: int,
        name: str,
        inputs: list[Value | None],
        values: dict[str, object],
        metadata: Mapping[str, str],
        results: int = 0,
    ) -> list[Value | None]:
        """Append an operator with so many results, not yet named."""
        operators = self.program.operators
        outputs = [Value("", role=Role.CONSTANT) for _ in range(results)]  # roles rise from here
        operator = Operator(len(operators), op_type, domain, version, name, inputs, outputs, values, metadata)
        operators.append(operator)
        for value in outputs:
            value.producer = operator
        for used in inputs:
            if used is not None:
                used.uses.append(operator)
        return list(outputs)

    def define(self, scope: Scope, name: str, where: str) -> Value:
        if name in scope.values:
            raise StructureError(f"{shown(name)} among {where} has a name that another tensor has already")
        scope.values[name] = value = Value(name)
        return value

    def bind(self, scope: Scope, names: Sequence[str], values: Sequence[Value | None], where: str) -> None:
        """Name the results of a node."""
        for index, name in enumerate(names):
            if not name:
                continue
            if name in scope.values:
                raise StructureError(f"node {shown(where)} makes {shown(name)}, which is made already")
            value = (values[index] if index < len(values) else None) or unknown()
            value.name = value.name or name
            scope.values[name] = value

    def read(self, scope: Scope, name: str, where: str) -> Value:
        value = scope.find(name)
        if value is None:
            raise StructureError(f"node {shown(where)} reads {shown(name)}, which nothing before it makes")
        return value

    def result(self, scope: Scope, name: str, where: str) -> Value:
        value = scope.find(name)
        if value is None:
            raise StructureError(f"{where} promises {shown(name)}, which nothing makes")
        return value


def unknown() -> Value:
    """A value that nothing is known of."""
    return Value("", role=Role.CUT)


def shown(name: str) -> str:
    """A name of the file in a message: one line, without control characters, not long."""
    return repr(name if len(name) <= 120 else name[:117] + "...")


def _in_order(protos: Sequence[NodeProto], scope: Scope) -> Sequence[NodeProto]:
    """The nodes so that each follows those it reads; in the order of the file where that is so."""
    made: set[str] = set()
    for proto in protos:
        if any(name and name not in made and scope.find(text(name)) is None for name in proto.input):
            return _sorted(protos)
        made.update(proto.output)
    return protos


def _sorted(protos: Sequence[NodeProto]) -> list[NodeProto]:
    makers = {name: index for index, proto in enumerate(protos) for name in proto.output if name}
    needs = [{makers[name] for name in proto.input if name in makers} for proto in protos]
    readers: list[list[int]] = [[] for _ in protos]
    for index, need in enumerate(needs):
        for maker in need:
            readers[maker].append(index)
    waiting = [len(need) for need in needs]
    ready = deque(index for index, count in enumerate(waiting) if not count)
    order = []
    while ready:
        index = ready.popleft()
        order.append(index)
        for reader in readers[index]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    if len(order) < len(protos):
        stuck = next(index for index, count in enumerate(waiting) if count)
        where = text(protos[stuck].name) or text(protos[stuck].op_type)
        raise StructureError(f"node {shown(where)} is part of a cycle, or reads one")
    return [protos[index] for index in order]
