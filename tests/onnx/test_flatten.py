"""Functions inlined, bodies of control flow set where they run, and graphs that could not run refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onnx import TensorProto, helper
from orderlint.errors import InputError
from orderlint.onnx import flatten

from .build import edges, graph, kinds, lowered, one, proto

if TYPE_CHECKING:
    from orderlint.graph.model import Model

LOCAL = ', "local": 1'


def ops(model: Model) -> list[str]:
    return [node.op.partition("-")[0] for node in model.graph.nodes]


def test_functions_are_inlined_with_the_names_of_their_calls() -> None:
    body = """
    net (float[2,2] x) => (y) <float[2,2] w = {1,2,3,4}>
    {
      [one] h = local.Block<rate=0.3>(x, w)
      [two] y = local.Block(h, w)
    }
    <domain: "local", opset_import: ["": 11]>
    Block <rate: float = 0.1> (x, w) => (y)
    {
      [fc] h = MatMul(x, w)
      [drop] y = Dropout<ratio: float = @rate>(h)
    }
    """
    model = graph(body, imports=LOCAL)
    assert [(node.name, node.op) for node in model.graph.nodes[1:]] == [
        ("one/fc", "MatMul-9"), ("one/drop", "Dropout-10"), ("two/fc", "MatMul-9"), ("two/drop", "Dropout-10")
    ]  # fmt: skip
    assert [node.attrs["p"] for node in model.graph.nodes if node.kind == "dropout"] == [0.3, 0.1]


def test_functions_within_functions_and_arguments_left_out() -> None:
    body = """
    net (float[2] x) => (y) { y = local.Outer(x) }
    <domain: "local", opset_import: ["": 17, "local": 1]>
    Outer (x, unused) => (y) { h = local.Inner(x, unused) y = Relu(h) }
    <domain: "local", opset_import: ["": 17]>
    Inner (x, low) => (y) { y = Clip(x, low) }
    """
    assert ops(graph(body, imports=LOCAL)) == ["input", "Clip", "Relu"]


def test_a_function_that_calls_itself_is_refused() -> None:
    body = """
    net (float[2] x) => (y) { y = local.A(x) }
    <domain: "local", opset_import: ["local": 1]>
    A (x) => (y) { [again] y = local.A(x) }
    """
    with pytest.raises(InputError, match=r"node 'again' calls the function 'local\.A', which calls itself"):
        graph(body, imports=LOCAL)


def test_inlining_without_bound_is_cut_short_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatten, "MOST_INLINED", 50)
    functions = "".join(
        f'<domain: "local", opset_import: ["": 17, "local": 1]> F{i} (x) => (y) '
        f"{{ a = local.F{i + 1}(x) y = local.F{i + 1}(a) }}"
        for i in range(12)
    )
    last = '<domain: "local", opset_import: ["": 17]> F12 (x) => (y) { y = Relu(x) }'
    model = graph(f"net (float[2] x) => (y) {{ y = local.F0(x) }} {functions} {last}", imports=LOCAL)
    assert model.status == "partial"
    assert "not inlined" in model.unresolved[0].reason
    assert len(model.graph.nodes) < 80


def test_calls_too_deep_stay_opaque(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatten, "DEEPEST_CALL", 2)
    functions = "".join(
        f'<domain: "local", opset_import: ["": 17, "local": 1]> F{i} (x) => (y) '
        f"{{ [n{i}] y = local.F{i + 1}(x) }}"
        for i in range(4)
    )
    last = '<domain: "local", opset_import: ["": 17]> F4 (x) => (y) { y = Relu(x) }'
    model = graph(f"net (float[2] x) => (y) {{ [n] y = local.F0(x) }} {functions} {last}", imports=LOCAL)
    assert ops(model) == ["input", "local.F2"]
    assert model.unresolved[0].reason == "the call 'n/n0/n1' is not inlined: too many calls"


def test_if_joins_its_branches() -> None:
    body = """
    net (float[2] x, bool c) => (y)
    {
      r = Relu(x)
      i = If<then_branch = t () => (a) { a = Tanh(r) }, else_branch = e () => (b) { b = Sigmoid(r) }>(c)
      y = Softplus(i)
    }
    """
    model = graph(body)
    assert ops(model) == ["input", "input", "Relu", "Tanh", "Sigmoid", "Softplus"]
    assert model.graph.predecessors[5] == [3, 4]


def test_rate_that_both_branches_agree_on() -> None:
    body = """
    net (float[2] x, bool c) => (y) <float k = {0.25}, bool t = {1}>
    {
      p = If<then_branch = t () => (a) { a = Identity(k) }, else_branch = e () => (b) { b = Identity(k) }>(c)
      y = Dropout(x, p, t)
    }
    """
    assert one(graph(body), "dropout").attrs["p"] == 0.25


LOOP = """
net (float[2] x, int64 n) => (y, s) <bool go = {{1}}, float[2] zero = {{0, 0}}>
{{
  y, s = Loop<body = round (int64 i, bool g, float[2] h) => (g2, h2, t)
  {{ g2 = Identity(g) a = Relu(h) h2 = Tanh(a) t = Sigmoid(a) }}>(n, go, {start})
}}
"""


def test_loop_has_an_edge_around_it() -> None:
    model = graph(LOOP.format(start="x"))
    assert ops(model) == ["input", "input", "Relu", "Tanh", "Sigmoid"]
    assert model.graph.predecessors[2] == [0, 3]
    assert model.graph.outputs == [3, 4]


def test_a_loop_over_constants_alone_has_no_layers() -> None:
    assert ops(graph(LOOP.format(start="zero"))) == ["input", "input"]


def test_data_that_enters_a_loop_by_capture() -> None:
    body = """
    net (float[2] x, int64 n) => (y) <bool go = {1}, float[2] zero = {0, 0}>
    {
      y = Loop<body = round (int64 i, bool g, float[2] h) => (g2, h2)
      { g2 = Identity(g) h2 = Add(h, x) }>(n, go, zero)
    }
    """
    model = graph(body)
    assert ops(model) == ["input", "input", "Add"]
    assert model.graph.predecessors[2] == [2, 0]


def test_scan() -> None:
    body = """
    net (float[2] h, float[5,2] x) => (y, z)
    {
      y, z = Scan<num_scan_inputs = 1, body = step (float[2] s, float[2] e) => (s2, o)
      { a = Add(s, e) s2 = Tanh(a) o = Relu(s2) }>(h, x)
    }
    """
    model = graph(body)
    assert ops(model) == ["input", "input", "Add", "Tanh", "Relu"]
    assert model.graph.predecessors[2] == [0, 3, 1]


def test_scan_of_opset_8_has_sequence_lengths() -> None:
    body = """
    net (float[1,2] h, float[1,5,2] x) => (y, z)
    {
      y, z = Scan<num_scan_inputs = 1, body = step (float[2] s, float[2] e) => (s2, o)
      { s2 = Add(s, e) o = Relu(s2) }>(absent, h, x)
    }
    """
    model = proto(body, opset=8)
    model.graph.node[0].input[0] = ""  # older parsers cannot say it
    assert ops(lowered(model)) == ["input", "input", "Add", "Relu"]


def test_body_of_an_operator_that_is_not_known() -> None:
    body = """
    net (seq(float[2]) x) => (y)
    { y = SequenceMap<body = each (float[2] e) => (o) { o = Relu(e) }>(x) }
    """
    assert ops(graph(body)) == ["input", "Relu"]


def test_sequences_and_optionals() -> None:
    body = """
    net (float[2] x) => (y) <int64 zero = {0}>
    {
      a = Relu(x)
      s = SequenceConstruct(a, x)
      o = Optional(s)
      t = OptionalGetElement(o)
      e = SequenceAt(t, zero)
      y = Tanh(e)
    }
    """
    assert kinds(graph(body)) == ["activation", "concat", "shape", "shape", "shape", "activation"]


def test_many_sources_are_cut_short_and_said() -> None:
    branches = "r0 = Relu(x)"
    for i in range(300):
        branches += f"""
        r{i + 1} = If<then_branch = t{i} () => (a{i}) {{ a{i} = Identity(r{i}) }},
                      else_branch = e{i} () => (b{i}) {{ b{i} = Tanh(x) }}>(c)"""
    model = graph(f"net (float[2] x, bool c) => (y) {{ {branches} y = Sigmoid(r300) }}")
    assert model.status == "partial"
    assert model.unresolved[0].reason == "a tensor may come from more than 256 layers"
    assert len(model.graph.predecessors[-1]) == 256


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{ [a] y = Relu(nothing) }", "node 'a' reads 'nothing', which nothing before it makes"),
        ("{ [a] h = Add(x, g) [b] g = Relu(h) y = Relu(g) }", "node 'a' is part of a cycle, or reads one"),
        ("{ y = Relu(x) [b] y = Tanh(x) }", "node 'b' makes 'y', which is made already"),
        ("{ [b] x = Relu(x) y = Relu(x) }", "node 'b' makes 'x', which is made already"),
        ("{ h = Relu(x) }", "the graph promises 'y', which nothing makes"),
    ],
)
def test_graphs_that_could_not_run(body: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        graph(f"net (float[2] x) => (y) {body}")
    assert str(caught.value) == f"net.onnx: not a valid ONNX graph: {problem}"


def test_a_node_without_an_operator() -> None:
    model = proto("net (float[2] x) => (y) { y = Relu(x) }")
    model.graph.node[0].op_type = ""
    with pytest.raises(InputError, match="node 'y' has no operator type"):
        lowered(model)


def test_two_initializers_of_one_name() -> None:
    model = proto("net (float[2] x) => (y) <float[2] w = {1, 2}> { y = Add(x, w) }")
    model.graph.initializer.append(helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0]))
    with pytest.raises(InputError, match="'w' among the initializers has a name that another tensor has"):
        lowered(model)


def test_bodies_within_bodies_are_bounded() -> None:
    body = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["v0"])], "g", [], [helper.make_empty_tensor_value_info("v0")]
    )
    for i in range(1, 25):
        node = helper.make_node("If", ["c"], [f"v{i}"], then_branch=body, else_branch=body)
        if i > 3:  # beyond, one branch: two would double the size every time
            del node.attribute[1]
        body = helper.make_graph([node], "g", [], [helper.make_empty_tensor_value_info(f"v{i}")])
    inputs = [
        helper.make_tensor_value_info(n, t, [])
        for n, t in (("x", TensorProto.FLOAT), ("c", TensorProto.BOOL))
    ]
    node = helper.make_node("If", ["c"], ["y"], then_branch=body)
    outputs = [helper.make_empty_tensor_value_info("y")]
    model = helper.make_model(helper.make_graph([node], "g", inputs, outputs))
    assert set(ops(lowered(model))) == {"input", "Relu"}


def test_a_long_name_is_shown_short() -> None:
    with pytest.raises(InputError) as caught:
        lowered(proto("net (float[2] x) => (y) { y = Relu(%s) }" % ("n" * 500)))
    assert len(str(caught.value)) < 260
    assert "\n" not in str(caught.value)


def test_edges_into_both_branches() -> None:
    body = """
    net (float[2] x, bool c) => (y)
    {
      y = If<then_branch = t () => (a) { [one] a = Tanh(x) },
             else_branch = e () => (b) { [two] b = Relu(x) }>(c)
    }
    """
    assert set(edges(graph(body))) == {("x", "one"), ("x", "two")}
