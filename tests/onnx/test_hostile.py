"""Files that are no models: one clear line with the offset, no traceback, little memory."""

from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderlint.errors import EXIT_UNREADABLE, InputError
from orderlint.onnx.frontend import model_of_onnx
from orderlint.onnx.strip import DEEPEST, MOST_MESSAGES

from .build import EXPORTS, proto
from .wire_bytes import ATTRIBUTE_GRAPH, GRAPH_NODE, MODEL_GRAPH, NODE_ATTRIBUTE, block, model, number, varint

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = [
    (EXPORTS / "ResidualMLP.legacy.train.onnx").read_bytes(),
    (EXPORTS / "LSTMClassifier.legacy.train.onnx").read_bytes(),
    (EXPORTS / "VGG.dynamo.train.optimized.onnx").read_bytes(),
]


def problem(data: bytes) -> str:
    """The one line said of these bytes."""
    with pytest.raises(InputError) as caught:
        model_of_onnx("net.onnx", data)
    assert caught.value.exit_code == EXIT_UNREADABLE
    line = str(caught.value)
    assert line.startswith("net.onnx: ")
    assert "\n" not in line
    assert len(line) < 400
    return line.removeprefix("net.onnx: ")


def nested(levels: int) -> bytes:
    """Graphs within attributes of nodes within graphs."""
    graph = b""
    for _ in range(levels):
        graph = block(GRAPH_NODE, block(NODE_ATTRIBUTE, block(ATTRIBUTE_GRAPH, graph)))
    return model(graph)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is empty"),
        (b"\x00" * 40, "byte 0: field number 0 does not exist"),
        (b"print('hello')\n" * 10, "(byte 0): it is a text file"),
        (b'{"ir_version": 8}', "(byte 0): it is a text file"),
        (b"PK\x03\x04" + b"\x00" * 60, "it is a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b"\x20\x00\x00\x00ORTM", "ONNX Runtime's own format"),
        (number(1, 8), "no graph"),
        (number(1, 8) + number(MODEL_GRAPH, 5), "byte 2: ModelProto.graph is a number, expected bytes"),
        (number(1, 8) + varint(MODEL_GRAPH << 3 | 4), "byte 2: wire type 4"),
        (number(1, 8) + varint(MODEL_GRAPH << 3 | 2), "byte 3: the data ends inside a number"),
        (number(1, 8) + b"\xff" * 30, "byte 2: a number is longer than 10 bytes"),
        (number(1, 8) + block(MODEL_GRAPH, b"", claim=10**9), "field 7 runs 1000000000 bytes past the end"),
        (number(1, 8) + block(MODEL_GRAPH, b"", claim=2**63), "byte 2: field 7 runs"),
        (model(block(GRAPH_NODE, number(4, 1))), "byte 6: NodeProto.op_type is a number, expected bytes"),
        (model(block(GRAPH_NODE, block(4, b"R") + b"\x0f")), "byte 9: wire type 7"),
        (nested(60), f"messages are nested more than {DEEPEST} deep"),
        (nested(3000), f"messages are nested more than {DEEPEST} deep"),
        (model(block(GRAPH_NODE, block(4, b"R" * (1 << 21)))), "NodeProto.op_type is 2097152 bytes long"),
    ],
    ids=range(19),
)  # fmt: skip
def test_problem(data: bytes, expected: str) -> None:
    assert expected in problem(data)


def test_nodes_beyond_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderlint.onnx.strip.MOST_MESSAGES", 100)
    assert MOST_MESSAGES > 100
    assert "more than 100 nodes and tensors" in problem(model(block(GRAPH_NODE, b"") * 200))


def test_a_name_that_is_no_text() -> None:
    data = proto("net (float[2] x) => (y) { [first] y = Relu(x) }").SerializeToString()
    assert model_of_onnx("n", data.replace(b"first", b"\xff\xfe\xfdst")).graph.nodes[1].name == "���st"
    assert model_of_onnx("n", data.replace(b"Relu", b"Re\xffu")).graph.nodes[1].kind == "other"


def test_opset_versions_beyond_reason() -> None:
    made = proto("net (float[2] x) => (y) { y = Relu(x) }")
    for version in (-1, 0, 2**31, 2**62):
        made.opset_import[0].version = version
        assert model_of_onnx("n", made.SerializeToString()).graph.nodes[1].op.startswith("Relu-")


def test_a_directory_and_a_text_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: it is a directory"):
        model_of_onnx(str(tmp_path))
    (tmp_path / "notes.onnx").write_text("These are notes, no model.\n")
    with pytest.raises(InputError, match="it is a text file"):
        model_of_onnx(str(tmp_path / "notes.onnx"))
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(InputError, match="the file is empty"):
        model_of_onnx(str(tmp_path / "empty.onnx"))


def survives(data: bytes) -> None:
    """Read bytes; anything raised but an `InputError` of one line fails the test."""
    said = ""
    try:
        model_of_onnx("net.onnx", data)
    except InputError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_every_truncation(seed: bytes) -> None:
    for end in range(0, len(seed), max(1, len(seed) // 150)):
        survives(seed[:end])


def test_mutations() -> None:
    chance = random.Random(1)
    for _ in range(1500):
        data = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        survives(bytes(data))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    survives(data)
    survives(number(1, 8) + block(MODEL_GRAPH, data))


def test_damage_costs_little_memory() -> None:
    survives(SEEDS[0])  # what is loaded once does not count
    tracemalloc.start()
    for data in (SEEDS[0][:-1], nested(3000), number(1, 8) + block(MODEL_GRAPH, b"", claim=10**12)):
        survives(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
