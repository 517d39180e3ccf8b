"""Reading structure only: payloads are dropped whatever holds them, and files of any size cost little."""

from __future__ import annotations

import os
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

import onnx
from onnx import TensorProto, external_data_helper, helper, numpy_helper
from orderlint.errors import InputError
from orderlint.onnx.frontend import model_of_onnx
from orderlint.onnx.reader import read_model
from orderlint.onnx.strip import strip

from .build import EXPORTS, kinds
from .wire_bytes import MODEL_GRAPH, block, number, varint

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 300


def network(weight: TensorProto) -> onnx.ModelProto:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], "fc"),
        helper.make_node("Dropout", ["h", "r", "t"], ["y"], "drop"),
    ]
    small = [
        helper.make_tensor("r", TensorProto.FLOAT, [], [0.25]),
        helper.make_tensor("t", TensorProto.BOOL, [], [True]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, WIDTH])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, WIDTH])]
    return helper.make_model(helper.make_graph(nodes, "net", inputs, outputs, [weight, *small]))


def weights(raw: bool) -> TensorProto:
    values = np.ones((WIDTH, WIDTH), np.float32)
    if raw:
        return numpy_helper.from_array(values, "w")
    return helper.make_tensor("w", TensorProto.FLOAT, values.shape, values.ravel())


@pytest.mark.parametrize("raw", [True, False])
def test_payload_is_dropped_and_structure_kept(raw: bool) -> None:
    model = network(weights(raw))
    data = model.SerializeToString()
    assert len(data) > 300_000
    read = read_model("net.onnx", data)
    assert read.ByteSize() < 1000
    assert list(read.graph.initializer[0].dims) == [WIDTH, WIDTH]
    assert read.graph.node == model.graph.node
    lowered = model_of_onnx("net.onnx", data)
    assert kinds(lowered) == ["linear", "dropout"]
    assert lowered.graph.nodes[1].attrs == {"bias": False, "in_channels": WIDTH, "out_channels": WIDTH}
    assert lowered.graph.nodes[2].attrs == {"p": 0.25, "training": "train"}


def test_unpacked_payload_is_dropped_whole() -> None:
    values = b"".join(varint(4 << 3 | 5) + np.float32(i).tobytes() for i in range(1000))
    tensor = number(1, 1000) + number(2, TensorProto.FLOAT) + values + block(8, b"w")
    read = read_model("net.onnx", number(1, 8) + block(MODEL_GRAPH, block(5, tensor)))
    (kept,) = read.graph.initializer
    assert (kept.name, list(kept.dims), list(kept.float_data)) == ("w", [1000], [])


@pytest.mark.parametrize("kind", ["value", "value_floats", "value_ints", "sparse_value", "value_strings"])
def test_attributes_that_hold_big_tensors(kind: str) -> None:
    values: dict[str, object] = {
        "value": numpy_helper.from_array(np.ones((WIDTH, WIDTH), np.float32)),
        "value_floats": [1.0] * 10_000,
        "value_ints": [2**40] * 10_000,
        "value_strings": ["text"] * 10_000,
        "sparse_value": helper.make_sparse_tensor(
            numpy_helper.from_array(np.ones(5000, np.float32), "s"),
            numpy_helper.from_array(np.arange(5000, dtype=np.int64), "i"),
            [WIDTH, WIDTH],
        ),
    }
    nodes = [
        helper.make_node("Constant", [], ["w"], **{kind: values[kind]}),
        helper.make_node("Relu", ["x"], ["y"]),
    ]
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    data = helper.make_model(helper.make_graph(nodes, "net", info[:1], info[1:])).SerializeToString()
    assert len(data) > 20_000
    assert read_model("net.onnx", data).ByteSize() < 600
    assert kinds(model_of_onnx("net.onnx", data)) == ["activation"]


def test_payload_in_bodies_and_functions() -> None:
    big = helper.make_node("Constant", [], ["w"], value=weights(raw=True))
    mul = helper.make_node("MatMul", ["x", "w"], ["y"])
    body = helper.make_graph([big, mul], "body", [], [helper.make_empty_tensor_value_info("y")])
    choice = helper.make_node("If", ["c"], ["h"], then_branch=body, else_branch=body)
    call = helper.make_node("F", ["h"], ["z"], domain="local")
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    function = helper.make_function("local", "F", ["x"], ["y"], [big, mul], opsets)
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        helper.make_tensor_value_info("c", 9, []),
    ]
    graph = helper.make_graph([choice, call], "net", inputs, [helper.make_empty_tensor_value_info("z")])
    data = helper.make_model(graph, functions=[function], opset_imports=opsets).SerializeToString()
    assert len(data) > 1_000_000
    assert read_model("net.onnx", data).ByteSize() < 1500
    assert kinds(model_of_onnx("net.onnx", data)) == ["linear"] * 3


def test_external_data_is_not_needed(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    model = network(weights(raw=True))
    external_data_helper.convert_model_to_external_data(model, location="weights.bin", size_threshold=1000)
    onnx.save(model, path)
    (tmp_path / "weights.bin").unlink()
    assert model_of_onnx(str(path)).graph.nodes[1].attrs["in_channels"] == WIDTH


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.train*.onnx")), ids=lambda path: path.stem)
def test_stripping_is_the_same_however_deep_it_looks(path: Path) -> None:
    data = memoryview(path.read_bytes())
    kept, looked_into = onnx.ModelProto(), onnx.ModelProto()
    kept.ParseFromString(bytes(strip(data)))
    looked_into.ParseFromString(bytes(strip(data, strict=True)))
    for model in (kept, looked_into):
        for graph_value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
            graph_value.ClearField("doc_string")
    assert [node.op_type for node in kept.graph.node] == [node.op_type for node in looked_into.graph.node]
    assert kept.graph.input == looked_into.graph.input


def beyond_two_gib(path: Path, size: int) -> None:
    """A model whose one weight is larger than protobuf can parse; the file is sparse."""
    tail = network(helper.make_tensor("w", TensorProto.FLOAT, [], [0])).SerializeToString()
    raw = varint(9 << 3 | 2) + varint(size)
    tensor = number(1, size // 4) + number(2, TensorProto.FLOAT) + block(8, b"big") + raw
    inner = varint(5 << 3 | 2) + varint(len(tensor) + size) + tensor
    head = varint(MODEL_GRAPH << 3 | 2) + varint(len(inner) + size) + inner
    with path.open("wb") as file:
        file.write(head)
        file.seek(size, os.SEEK_CUR)
        file.write(tail)


def test_more_than_two_gib(tmp_path: Path) -> None:
    path = tmp_path / "big.onnx"
    beyond_two_gib(path, (5 << 30) // 2)
    assert path.stat().st_size > 2 << 30
    tracemalloc.start()
    started = time.perf_counter()
    model = model_of_onnx(str(path))
    elapsed, peak = time.perf_counter() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kinds(model) == ["linear", "dropout"]
    assert elapsed < 1.0  # a few milliseconds on an idle machine
    assert peak < 5_000_000


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_model(str(tmp_path / "none.onnx"))


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(InputError, match="not a regular file"):
        read_model(str(tmp_path / "pipe.onnx"))
