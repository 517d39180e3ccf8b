"""Layers put together again: those that PyTorch's exporters take apart, and the forms of other tools."""

from __future__ import annotations

import pytest

from .build import export, graph, kinds, one

TRAIN = ("Decomposed.dynamo.train.raw", "Decomposed.dynamo.train.optimized")
BOTH = (*TRAIN, "Decomposed.dynamo.eval.raw", "Decomposed.dynamo.eval.optimized")

LAYERS = {
    "gelu": ("activation", "Gelu"),
    "tanh_gelu": ("activation", "Gelu"),
    "silu": ("activation", "Swish"),
    "mish": ("activation", "Mish"),
    "hardswish": ("activation", "HardSwish"),
    "group_norm": ("group_norm", "GroupNormalization"),
    "rms_norm": ("rms_norm", "RMSNormalization"),
    "batch_norm": ("batch_norm", "BatchNormalization"),
}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("module", LAYERS)
def test_modules_of_pytorch(name: str, module: str) -> None:
    nodes = [node for node in export(name).graph.nodes if node.attrs.get("module_path") == module]
    (node,) = (node for node in nodes if node.kind != "shape")
    assert (node.kind, node.op.partition("-")[0]) == LAYERS[module]


@pytest.mark.parametrize("name", TRAIN)
def test_random_masks(name: str) -> None:
    nodes = export(name).graph.nodes
    drops = {
        node.attrs["module_path"]: (node.kind, node.attrs["p"], node.attrs.get("channelwise", False))
        for node in nodes
        if node.kind in ("dropout", "drop_path")
    }
    assert drops == {
        "drop_channels": ("dropout", 0.3, True),
        "alpha_dropout": ("dropout", 0.1, False),
        "": ("drop_path", 0.1, False),
    }


@pytest.mark.parametrize("name", TRAIN)
def test_stacked_lstm_has_its_dropout(name: str) -> None:
    first, second = (node for node in export(name).graph.nodes if node.kind == "rnn")
    assert (first.attrs["p"], first.attrs["training"]) == (0.4, "train")
    assert "p" not in second.attrs


@pytest.mark.parametrize("name", BOTH)
def test_attention_is_one_layer(name: str) -> None:
    model = export(name)
    node = one(model, "attention")
    assert node.op == "Attention"
    assert [producer.kind for producer in model.graph.producers(node.id)][:2] == ["scale", "scale"]


@pytest.mark.parametrize("name", BOTH)
def test_batch_norm_without_running_statistics(name: str) -> None:
    attrs = one(export(name), "batch_norm").attrs
    assert (attrs["training"], attrs["track_running_stats"]) == ("always", False)


CONSTANTS = (
    "float half = {0.5}, float one = {1}, float two = {2}, float three = {3}, float six = {6},"
    "float zero = {0},"
    "float root = {1.4142135}, float a = {0.797884}, float k = {0.044715}, float eps = {1e-5},"
    "float c = {1.702}, float keep = {0.8}, float p = {0.2}, float tiny = {0.1}, float[4] w = {1,2,3,4},"
    "float[4] b = {1,2,3,4}, int64[2] shape = {0,-1}, float[2] ones = {1,1}, float[2] zeros = {0,0}"
)


def found(body: str, declared: str = "float[2,4] x, float[2,4] z") -> list[tuple[str, str]]:
    model = graph(f"net ({declared}) => (y) <{CONSTANTS}> {{ {body} }}")
    return [(node.kind, node.op.partition("-")[0]) for node in model.graph.nodes if node.kind != "input"]


TANH_GATE = "r = Mul(q, k) s = Add(x, r) t = Mul(s, a) u = Tanh(t) v = Add(u, one)"
GELU, SWISH, MISH, HARDSWISH = (("activation", name) for name in ("Gelu", "Swish", "Mish", "HardSwish"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("d = Div(x, root) e = Erf(d) f = Add(e, one) g = Mul(x, f) y = Mul(g, half)", [GELU]),
        ("d = Div(x, root) e = Erf(d) f = Add(e, one) g = Mul(f, half) y = Mul(x, g)", [GELU]),
        ("d = Div(x, root) e = Erf(d) f = Add(one, e) g = Mul(x, half) y = Mul(g, f)", [GELU]),
        (f"q = Pow(x, three) {TANH_GATE} h = Mul(half, v) y = Mul(x, h)", [GELU]),
        (f"j = Mul(x, x) q = Mul(j, x) {TANH_GATE} h = Mul(x, v) y = Mul(h, half)", [GELU]),
        ("s = Sigmoid(x) y = Mul(x, s)", [SWISH]),
        ("m = Mul(x, c) s = Sigmoid(m) y = Mul(s, x)", [SWISH]),
        ("s = Softplus(x) t = Tanh(s) y = Mul(x, t)", [MISH]),
        ("e = Exp(x) f = Add(e, one) l = Log(f) t = Tanh(l) y = Mul(x, t)", [MISH]),
        ("s = HardSigmoid(x) y = Mul(x, s)", [HARDSWISH]),
        ("s = Add(x, three) t = Clip(s, zero, six) u = Mul(x, t) y = Div(u, six)", [HARDSWISH]),
        ("s = Add(x, three) t = Clip(s, zero, six) u = Div(t, six) y = Mul(x, u)", [HARDSWISH]),
        ("s = Sigmoid(x) m = Mul(x, s) y = Mul(m, tiny)", [SWISH, ("scale", "Mul")]),
        ("s = Sigmoid(z) y = Mul(x, s)", [("activation", "Sigmoid"), ("multiply", "Mul")]),
        (
            "s = Tanh(x) t = Add(s, z) y = Mul(x, t)",
            [("activation", "Tanh"), ("add", "Add"), ("multiply", "Mul")],
        ),
    ],
)
def test_gates(body: str, expected: list[tuple[str, str]]) -> None:
    assert found(body) == expected


LAYER_NORM = (
    "m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) q = {square} v = ReduceMean<axes=[-1]>(q) e = Add(v, eps)"
)
AFFINE = "h = Mul(n, w) y = Add(h, b)"


@pytest.mark.parametrize("square", ["Mul(d, d)", "Pow(d, two)"])
@pytest.mark.parametrize(
    "root",
    [
        "r = Sqrt(e) n = Div(d, r)",
        "r = Sqrt(e) i = Reciprocal(r) n = Mul(d, i)",
        "r = Pow(e, half) n = Div(d, r)",
    ],
)
def test_layer_norm(square: str, root: str) -> None:
    body = f"{LAYER_NORM.format(square=square)} {root} {AFFINE}"
    assert found(body) == [("layer_norm", "LayerNormalization")]


def test_rms_norm() -> None:
    mean = "q = Mul(x, x) v = ReduceMean<axes=[-1]>(q) e = Add(v, eps)"
    assert found(f"{mean} r = Sqrt(e) i = Reciprocal(r) n = Mul(i, x) y = Mul(w, n)") == [
        ("rms_norm", "RMSNormalization")
    ]


def test_l2_norm() -> None:
    assert found("l = ReduceL2<axes=[1]>(x) y = Div(x, l)") == [("other_norm", "LpNormalization")]


def test_a_division_by_another_mean_is_no_norm() -> None:
    body = "q = Mul(z, z) v = ReduceMean<axes=[-1]>(q) r = Sqrt(v) y = Div(x, r)"
    assert ("multiply", "Div") in found(body)


@pytest.mark.parametrize(
    ("axes", "kind"),
    [("0,2,3", "batch_norm"), ("2,3", "instance_norm"), ("-1", "layer_norm"), ("1", "layer_norm")],
)
def test_axes_tell_the_norm(axes: str, kind: str) -> None:
    body = LAYER_NORM.format(square="Mul(d, d)").replace("-1", axes) + " r = Sqrt(e) y = Div(d, r)"
    assert [each for each, _ in found(body, "float[2,4,3,3] x")] == [kind]


def test_group_norm_of_instance_norm() -> None:
    body = (
        "g = Reshape(x, shape) n = InstanceNormalization(g, ones, zeros) h = Reshape(n, shape) y = Mul(h, w)"
    )
    assert found(body) == [("shape", "Reshape"), ("group_norm", "GroupNormalization")]


NOISE = "r = RandomUniformLike(x) "
DROPOUT = [("dropout", "Dropout")]


@pytest.mark.parametrize(
    "body",
    [
        NOISE + "l = Less(r, keep) m = Cast<to=1>(l) d = Div(m, keep) y = Mul(x, d)",
        NOISE + "l = GreaterOrEqual(r, p) m = Cast<to=1>(l) d = Mul(x, m) y = Div(d, keep)",
        NOISE + "l = Less(p, r) m = Cast<to=1>(l) d = Div(x, keep) y = Mul(d, m)",
        NOISE + "l = Greater(keep, r) m = Cast<to=1>(l) y = Mul(m, x)",
        NOISE + "l = Less(r, p) n = Not(l) m = Cast<to=1>(n) y = Mul(x, m)",
        NOISE + "l = Less(r, p) y = Where(l, zero, x)",
        NOISE + "s = Add(r, keep) f = Floor(s) y = Mul(x, f)",
        "q = Mul(keep, one) s = Shape(x) e = Expand(q, s) m = Bernoulli(e) y = Mul(x, m)",
    ],
)
def test_dropout_of_a_random_mask(body: str) -> None:
    model = graph(f"net (float[2,4] x) => (y) <{CONSTANTS}> {{ {body} }}")
    assert one(model, "dropout").attrs["p"] == pytest.approx(0.2)
    assert kinds(model) == ["dropout"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("2,1,1,1", ("drop_path", None)),
        ("2,3,1,1", ("dropout", True)),
        ("2,3,8,8", ("dropout", None)),
        ("2,1", ("drop_path", None)),
    ],
)
def test_shape_of_the_noise(shape: str, expected: tuple[str, bool | None]) -> None:
    body = f"r = RandomUniform<shape=[{shape}]>() l = Less(r, keep) m = Cast<to=1>(l) y = Mul(x, m)"
    model = graph(f"net (float[2,3,8,8] x) => (y) <{CONSTANTS}> {{ {body} }}")
    (node,) = model.graph.nodes[1:]
    assert (node.kind, node.attrs.get("channelwise")) == expected


def test_noise_of_a_size_that_is_known_at_run_time_only() -> None:
    body = """
    s = Shape(x) n = Gather(s, first) u = Unsqueeze(n, axis) d = Concat<axis=0>(u, i, i, i)
    e = ConstantOfShape(d) r = RandomUniformLike(e) l = Less(r, keep) m = Cast<to=1>(l) y = Mul(x, m)
    """
    constants = f"{CONSTANTS}, int64 first = {{0}}, int64[1] axis = {{0}}, int64[1] i = {{1}}"
    model = graph(f"net (float[N,3,8,8] x) => (y) <{constants}> {{ {body} }}")
    assert kinds(model) == ["drop_path"]


def test_noise_that_is_added_is_no_dropout() -> None:
    assert found("r = RandomNormalLike(x) y = Add(x, r)") == [("scale", "Add")]
    assert found("r = RandomNormalLike(x) y = Mul(x, r)") == [("scale", "Mul")]


QKV = "float[1,4,4] q, float[1,4,4] e, float[1,4,4] v"


def attention(*after: str) -> list[str]:
    body = " ".join(("s = MatMul(q, e) t = Div(s, two) u = Add(t, w) g = Softmax<axis=-1>(u)", *after))
    return kinds(graph(f"net ({QKV}) => (y) <{CONSTANTS}> {{ {body} }}"))


def test_attention() -> None:
    assert attention("y = MatMul(g, v)") == ["attention"]
    assert attention("d = Dropout(g, p)", "y = MatMul(d, v)") == ["attention"]
    inner = attention("[__attn__Dropout] d = Dropout(g, p)", "[__attn__MatMul] y = MatMul(d, v)")
    assert inner == ["attention"]


def test_attention_with_a_dropout_module_of_its_own_stays_apart() -> None:
    found = attention("[__attn__drop__Dropout] d = Dropout(g, p)", "[__attn__MatMul] y = MatMul(d, v)")
    assert found == ["matmul", "scale", "scale", "activation", "dropout", "matmul"]


def test_a_softmax_that_is_read_elsewhere_too_stays_apart() -> None:
    assert attention("r = Relu(g)", "h = MatMul(g, v)", "y = Add(h, r)")[3] == "activation"


def test_rate_of_attention() -> None:
    body = "s = MatMul(q, e) g = Softmax<axis=-1>(s) d = Dropout(g, p, on) y = MatMul(d, v)"
    model = graph(f"net ({QKV}) => (y) <{CONSTANTS}, bool on = {{1}}> {{ {body} }}")
    assert one(model, "attention").attrs["p"] == pytest.approx(0.2)
    assert one(model, "attention").attrs["training"] == "train"
    assert len(model.graph.producers(3)) == 3


def test_noise_in_the_shape_of_an_expanded_number_drops_samples() -> None:
    """As torchvision writes stochastic depth: `torch.empty([batch, 1, 1, 1]).bernoulli_(keep)`."""
    model = graph("""
    net (float[2,4,8,8] x) => (y) <float z = {0}, float keep = {0.8}, int64[1] n = {2}, int64[1] one = {1}>
    {
      shape = Concat<axis = 0>(n, one, one, one)
      empty = Expand(z, shape)
      noise = RandomUniformLike(empty)
      kept = Less(noise, keep)
      mask = Cast<to = 1>(kept)
      scaled = Div(mask, keep)
      y = Mul(x, scaled)
    }
    """)
    assert [(node.kind, node.attrs["p"]) for node in model.graph.nodes[1:]] == [("drop_path", 0.2)]
