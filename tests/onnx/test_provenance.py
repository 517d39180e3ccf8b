"""Module paths and source lines, from metadata and from names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph.model import Place
from orderlint.onnx.provenance import legacy_frames, origin_of, quoted, user_frames

from .build import export, graph, lowered, proto

if TYPE_CHECKING:
    import onnx

TRACE = """File "/home/u/net.py", line 22, in forward
    x = self.layer1(x)
  File "/usr/lib/python3/site-packages/torch/nn/modules/container.py", line 253, in forward
    input = module(input)
  File "/home/u/block.py", line 10, in forward
    y = self.bn1(self.conv1(x))
  File "/usr/lib/python3/dist-packages/torch/nn/modules/batchnorm.py", line 210, in forward
    return F.batch_norm("""


def test_lines_of_user_code_innermost_first() -> None:
    assert user_frames(TRACE) == (Place("/home/u/block.py", 10), Place("/home/u/net.py", 22))


def test_torchvision_is_user_code() -> None:
    path = "/usr/lib/python3/site-packages/torchvision/models/densenet.py"
    assert user_frames(f'File "{path}", line 96, in forward') == (Place(path, 96),)


def test_documentation_strings_of_the_torchscript_exporter() -> None:
    older = "/usr/lib/site-packages/torch/nn/functional.py(1457): relu\n/home/u/net.py(31): forward\n"
    assert legacy_frames(older) == (Place("/home/u/net.py", 31),)
    newer = "scope: Net::/torch.nn.modules.Linear::fc # /home/u/net.py:12:0"
    assert legacy_frames(newer) == (Place("/home/u/net.py", 12),)
    assert legacy_frames("no place at all: 12") == ()


def test_documentation_is_read_where_there_is_no_metadata() -> None:
    model = proto("net (float[2] x) => (y) { y = Relu(x) }")
    model.graph.node[0].doc_string = "/home/u/net.py(31): forward\n"
    assert lowered(model).graph.nodes[1].used == Place("/home/u/net.py", 31)


def test_printed_lists() -> None:
    assert quoted("['', 'layer1', \"it's\", 'a\\'b']") == ("", "layer1", "it's", "a\\'b")
    assert quoted("nonsense") == ()


def test_nothing_is_known_of_a_bare_node() -> None:
    assert origin_of({}).module is None
    node = graph("net (float[2] x) => (y) { [relu] y = Relu(x) }").graph.nodes[1]
    assert (node.attrs, node.used, node.built) == ({}, None, None)


def test_metadata_of_an_export() -> None:
    nodes = {node.attrs.get("module_path"): node for node in export("VGG.dynamo.train.raw").graph.nodes}
    node = nodes["features.3"]
    assert node.attrs["module_class"] == "torch.nn.modules.dropout.Dropout"
    assert node.used is not None
    assert node.used.path == "tests/onnx/models.py"
    assert node.frames == (node.used,)


def paths(*names: str, constants: str = "") -> list[object]:
    body = " ".join(f"[{name}] v{i + 1} = Relu(v{i})" for i, name in enumerate(names))
    model = graph(f"net (float[2] v0) => (v{len(names)}) {constants} {{ {body} }}")
    return [node.attrs.get("module_path") for node in model.graph.nodes[1:]]


def test_scopes_in_names() -> None:
    assert paths("__conv__Conv", "__Relu", "__a__b__c__Relu") == ["conv", "", "a.b.c"]


def test_children_of_a_sequential_carry_its_name() -> None:
    model = proto("net (float[2] x) => (y) { [n] y = Relu(x) }")
    for name, path in (
        ("/layer1/layer1.0/bn2/BatchNormalization", "layer1.0.bn2"),
        ("/features/features.3/features.3.1/Relu", "features.3.1"),
        ("/enc/layers.0/self_attn/MatMul", "enc.layers.0.self_attn"),
        ("model/block1/conv/Conv2D", "model/block1/conv"),
        ("Relu_12", None),
    ):
        model.graph.node[0].name = name
        assert lowered(model).graph.nodes[1].attrs.get("module_path") == path


def test_second_calls_of_a_module() -> None:
    assert paths("__relu__Relu", "__relu_1__Relu", "__relu_2__Relu") == ["relu"] * 3
    assert paths("__relu_1__Relu", "__relu_2__Relu") == ["relu_1", "relu_2"]
    assert paths("__block__relu__Relu", "__block_1__relu__Relu") == ["block.relu"] * 2


def test_a_module_whose_name_ends_in_a_number() -> None:
    model = proto(
        "net (float[1,2] x) => (y) <float[2,2] w = {1,2,3,4}, float[2,2] v = {1,2,3,4}>"
        "{ [__fc__Gemm] h = Gemm(x, w) [__fc_1__Gemm] y = Gemm(h, v) }"
    )
    rename(model, {"w": "fc.weight", "v": "fc_1.weight"})
    assert [node.attrs["module_path"] for node in lowered(model).graph.nodes[1:]] == ["fc", "fc_1"]


def rename(model: onnx.ModelProto, names: dict[str, str]) -> None:
    """Names with dots, which the text format does not take."""
    for tensor in model.graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
