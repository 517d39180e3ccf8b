"""Operators to layers: kinds, attributes, edges, and what carries no data."""

from __future__ import annotations

import pytest

from orderlint.graph.kinds import KINDS
from orderlint.onnx.catalogue import load
from orderlint.onnx.frontend import model_of_onnx
from orderlint.onnx.layer_kinds import BY_OPERANDS

from .build import edges, graph, kinds, lowered, one, proto

MICROSOFT = ', "com.microsoft": 1'
ZEROS = "{" + ", ".join(["0"] * 16) + "}"


def test_catalogue_speaks_of_kinds_that_exist() -> None:
    for domain in load().domains.values():
        assert set(domain.kinds.values()) <= KINDS | set(BY_OPERANDS)


def test_conv_attributes() -> None:
    model = graph(
        "net (float[1,4,8,8] x, float[6,2,3,5] w, float[6] b) => (y) { y = Conv<group=2>(x, w, b) }"
    )
    assert one(model, "conv").attrs == {
        "bias": True, "groups": 2, "in_channels": 4, "out_channels": 6, "kernel_size": (3, 5)
    }  # fmt: skip
    model = graph("net (float[1,4,8,8] x, float[4,3,2,2] w) => (y) { y = ConvTranspose<group=2>(x, w) }")
    assert one(model, "conv").attrs == {
        "bias": False, "groups": 2, "in_channels": 4, "out_channels": 6, "kernel_size": (2, 2)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("y = Gemm<transB=1>(x, w, b)", {"bias": True, "in_channels": 4, "out_channels": 3}),
        ("y = Gemm<transB=1>(x, w)", {"bias": False, "in_channels": 4, "out_channels": 3}),
        ("t = Transpose(w) y = MatMul(x, t)", {"bias": False, "in_channels": 4, "out_channels": 3}),
        (
            "t = Transpose(w) h = MatMul(x, t) y = Add(b, h)",
            {"bias": True, "in_channels": 4, "out_channels": 3},
        ),
        ("i = Identity(w) y = Gemm<transB=1>(x, i, b)", {"bias": True, "in_channels": 4, "out_channels": 3}),
        (
            "t = Transpose(w) y = Einsum<equation=\"bi,io->bo\">(x, t)",
            {"bias": False, "in_channels": 4, "out_channels": 3},
        ),
    ],
)  # fmt: skip
def test_linear(body: str, expected: dict[str, object]) -> None:
    constants = "float[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float[3] b = {1,2,3}"
    model = graph(f"net (float[2,4] x) => (y) <{constants}> {{ {body} }}")
    assert kinds(model) == ["linear"]
    assert one(model, "linear").attrs == expected


def test_a_position_embedding_is_no_bias() -> None:
    body = "net (float[1,2,2] x) => (y) <float[2,2] w = {1,2,3,4}, float[1,2,2] p = {1,2,3,4}> { %s }"
    assert kinds(graph(body % "h = MatMul(x, w) y = Add(h, p)")) == ["linear", "scale"]


def test_bias_of_one_number_a_channel() -> None:
    declared = "net (float[1,3,8,8] x, float[2,3,1,1] w) => (y) <float[1,2,1,1] b = {1,2}>"
    body = f"{declared} {{ h = Conv(x, w) y = Add(h, b) }}"
    assert one(graph(body), "conv").attrs["bias"] is True


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("y = Add(x, x)", ["add"]),
        ("y = Add(x, c)", ["scale"]),
        ("y = Sub(c, x)", ["scale"]),
        ("y = Sum(x, z, z)", ["add"]),
        ("y = Mul(x, z)", ["multiply"]),
        ("y = Div(x, c)", ["scale"]),
        ("y = MatMul(x, z)", ["matmul"]),
        ("y = Max(x, c)", ["activation"]),
        ("y = Max(x, z)", ["other"]),
        ("k = Less(x, z) y = Where(k, x, c)", ["scale"]),
        ("k = Less(x, z) y = Where(k, x, z)", ["other"]),
        ("y = Neg(x)", ["scale"]),
        ("y = Exp(x)", ["other"]),
        ("y = Cast<to=10>(x)", ["shape"]),
        ("y = LRN<size=3>(x)", ["other_norm"]),
        ("y = Concat<axis=1>(x, z)", ["concat"]),
        ("y = GlobalAveragePool(x)", ["avg_pool"]),
        ("y = ReduceMean<axes=[1]>(x)", ["avg_pool"]),
        ("y = ReduceMax<axes=[1]>(x)", ["reduce"]),
        ("y = Softmax<axis=1>(x)", ["activation"]),
        ("i = Identity(x) j = Identity(i) y = Relu(j)", ["activation"]),
        ("y, k = TopK(x, n)", ["shape"]),
        ("y = custom.Thing(x)", ["other"]),
        ("y = custom.Dropout(x)", ["dropout"]),
    ],
)
def test_kind(body: str, expected: list[str]) -> None:
    declared = "net (float[2,2] x, float[2,2] z) => (y) <float c = {2}, int64[1] n = {1}>"
    assert kinds(graph(f"{declared} {{ {body} }}", imports=', "custom": 1')) == expected


@pytest.mark.parametrize(
    "cut", ["ArgMax<axis=1>(r)", "Cast<to=7>(r)", "Shape(r)", "NonZero(r)", "Greater(r, z)", "Size(r)"]
)
def test_indices_and_masks_carry_no_data(cut: str) -> None:
    body = (
        f"net (float[2,2] x, float[2,2] z) => (y) {{ r = Relu(x) k = {cut} f = Cast<to=1>(k) y = Mul(z, f) }}"
    )
    model = graph(body)
    assert kinds(model) == ["activation", "scale"]
    assert [node.kind for node in model.graph.producers(3)] == ["input"]


def test_embedding() -> None:
    body = "net (int64[2] x) => (y) <float[3,2] w = {1,2,3,4,5,6}> { y = Gather(w, x) }"
    model = graph(body)
    assert one(model, "embedding").attrs == {"out_channels": 2}
    assert model.graph.predecessors == [[], [0]]


def test_embedding_of_chosen_indices_starts_anew() -> None:
    constants = "float[3,2] w = {1,2,3,4,5,6}"
    body = f"net (float[2,3] x) => (y) <{constants}> {{ k = ArgMin(x) e = Gather(w, k) y = Relu(e) }}"
    model = graph(body)
    assert kinds(model) == ["embedding", "activation"]
    assert model.graph.predecessors == [[], [], [1]]


def test_constants_are_no_layers() -> None:
    layers = "r = Relu(w) s = Sigmoid(r) t = Mul(s, r) y = Add(x, t)"
    body = f"net (float[2] x) => (y) <float[2] w = {{1,2}}> {{ {layers} }}"
    assert kinds(graph(body)) == ["scale"]


def test_weights_that_the_file_leaves_out_are_no_inputs() -> None:
    declared = "net (float[1,3,8,8] x, float[2,3,1,1] w, float[4,2] v) => (y)"
    model = proto(f"{declared} {{ h = Conv(x, w) y = MatMul(v, h) }}")
    model.graph.input[2].name = model.graph.node[1].input[0] = "fc.weight"
    assert kinds(lowered(model)) == ["conv", "linear"]
    assert [node.name for node in lowered(model).graph.nodes if node.kind == "input"] == ["x"]


def test_old_files_list_weights_among_the_inputs_too() -> None:
    body = "net (float[1,4] x, float[4,4] w) => (y) <float[4,4] w = %s> { y = MatMul(x, w) }".replace(
        "%s", ZEROS
    )
    assert kinds(graph(body, opset=7, ir_version=3)) == ["linear"]


def test_outputs_and_order() -> None:
    body = "net (float[2] x) => (a, b) { h = Relu(x) a = Tanh(h) b = Identity(h) }"
    model = graph(body)
    assert [model.graph.nodes[i].op for i in model.graph.outputs] == ["Tanh-13", "Relu-14"]
    assert all(i < j for i, targets in enumerate(model.graph.successors) for j in targets)


def test_nodes_out_of_order_are_sorted() -> None:
    model = proto("net (float[2] x) => (y) { a = Relu(x) b = Tanh(a) y = Sigmoid(b) }")
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([nodes[2], nodes[0], nodes[1]])
    found = model_of_onnx("net.onnx", model.SerializeToString())
    assert [node.op for node in found.graph.nodes] == ["input", "Relu-14", "Tanh-13", "Sigmoid-13"]


def test_names() -> None:
    model = graph("net (float[2] x) => (y) { [first] h = Relu(x) y = Tanh(h) }")
    assert list(edges(model)) == [("x", "first"), ("first", "y")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('y = com.microsoft.FusedConv<activation="Relu">(x, w, b)', ["conv", "activation"]),
        ('y = com.microsoft.FusedConv<activation="Relu">(x, w, b, x)', ["conv", "add", "activation"]),
        ("y = com.microsoft.SkipLayerNormalization(x, z, g)", ["add", "layer_norm"]),
        ("y = com.microsoft.BiasGelu(x, b)", ["scale", "activation"]),
        ("y = com.microsoft.FastGelu(x)", ["activation"]),
        ("y = com.microsoft.Attention(x, w, b)", ["attention"]),
        ("y = com.microsoft.MatMulNBits<K=4,N=4,bits=4,block_size=16>(x, w, b)", ["linear"]),
        ("y = com.microsoft.QLinearAdd(x, b, b, z, b, b, b, b)", ["add"]),
        ("y = com.microsoft.Unheard(x)", ["other"]),
        ("y = com.microsoft.BiasDropout(x, b, z, r, t)", ["dropout", "add"]),
        ("y = QLinearConv(x, b, b, w, b, b, b, b)", ["conv"]),
        ("q = QuantizeLinear(x, b) d = DequantizeLinear(q, b) y = Relu(d)", ["shape", "shape", "activation"]),
    ],
)
def test_fused_and_contributed(body: str, expected: list[str]) -> None:
    constants = "float[1,1,1,1] w = {1}, float[1] b = {2}, float[1] g = {1}, float r = {0.2}, bool t = {1}"
    declared = f"net (float[1,1,4,4] x, float[1,1,4,4] z) => (y) <{constants}>"
    assert kinds(graph(f"{declared} {{ {body} }}", imports=MICROSOFT)) == expected


def test_fused_dropout_and_activation() -> None:
    declared = "net (float[4] x) => (y) <float[4] b = {1,2,3,4}, float r = {0.2}, bool t = {1}>"
    body = f"{declared} {{ y = com.microsoft.BiasDropout(x, b, , r, t) }}"
    node = one(graph(body, imports=MICROSOFT), "dropout")
    assert (node.op, node.attrs["p"], node.attrs["training"]) == ("com.microsoft.BiasDropout-1", 0.2, "train")
    declared = "net (float[1,1,4,4] x) => (y) <float[1,1,1,1] w = {1}>"
    body = f'{declared} {{ y = com.microsoft.FusedConv<activation="Tanh">(x, w) }}'
    assert one(graph(body, imports=MICROSOFT), "activation").op == "Tanh"


def test_results_of_a_skip_layer_norm() -> None:
    body = """
    net (float[4] x, float[4] z) => (y, w) <float[4] g = {1,1,1,1}>
    { y, m, v, s = com.microsoft.SkipLayerNormalization(x, z, g) w = Relu(s) }
    """
    model = graph(body, imports=MICROSOFT)
    assert kinds(model) == ["add", "layer_norm", "activation"]
    assert model.graph.predecessors == [[], [], [0, 1], [2], [2]]


def test_own_layers() -> None:
    model = proto("net (float[4] x) => (y) { h = mine.Norm(x) y = Thing(h) }", imports=', "mine": 1')
    found = model_of_onnx(
        "n.onnx", model.SerializeToString(), {"mine.Norm": "batch_norm", "Thing": "dropout"}
    )
    assert kinds(found) == ["batch_norm", "dropout"]


def test_one_module_applied_twice() -> None:
    body = """
    net (float[1,2] x) => (y) <float[2] s = {1,1}>
    {
      [__bn__BatchNormalization] h = BatchNormalization(x, s, s, s, s)
      [__bn_1__BatchNormalization] y = BatchNormalization(h, s, s, s, s)
    }
    """
    first, second = (node.attrs for node in graph(body).graph.nodes if node.kind == "batch_norm")
    assert first["module_path"] == second["module_path"] == "bn"
    assert first["module"] == second["module"]
