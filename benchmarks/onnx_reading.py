"""What reading ONNX files costs: large files beside `onnx.load`, and graphs of many nodes.

    python benchmarks/onnx_reading.py                 # 800 MB, 2.2 GB, 5,000 and 50,000 nodes
    python benchmarks/onnx_reading.py --folder /tmp   # where the files are made and removed again

Every figure comes from a process of its own: time beyond the import of onnx, and the peak of its memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 1000
"""Rows and columns of each weight: 4 MB."""

CHUNK = bytes(WIDTH * WIDTH * 4)


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def write_large(path: Path, layers: int) -> None:
    """A chain of linear layers and dropouts with real weights, written without holding them all."""
    from onnx import TensorProto, helper

    nodes = []
    for i in range(layers):
        nodes.append(
            helper.make_node("MatMul", [f"x{i}", f"layer{i}.weight"], [f"h{i}"], f"/layer{i}/MatMul")
        )
        nodes.append(helper.make_node("Dropout", [f"h{i}", "r", "t"], [f"x{i + 1}"], f"/drop{i}/Dropout"))
    small = [
        helper.make_tensor("r", TensorProto.FLOAT, [], [0.2]),
        helper.make_tensor("t", TensorProto.BOOL, [], [True]),
    ]
    inputs = [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [None, WIDTH])]
    outputs = [helper.make_tensor_value_info(f"x{layers}", TensorProto.FLOAT, [None, WIDTH])]
    graph = helper.make_graph(nodes, "net", inputs, outputs, small).SerializeToString()
    heads = []
    for i in range(layers):
        name = f"layer{i}.weight".encode()
        tensor = (
            b"\x08" + varint(WIDTH) + b"\x08" + varint(WIDTH) + b"\x10\x01\x42" + varint(len(name)) + name
        )
        tensor += b"\x4a" + varint(len(CHUNK))
        heads.append(b"\x2a" + varint(len(tensor) + len(CHUNK)) + tensor)
    size = len(graph) + sum(map(len, heads)) + layers * len(CHUNK)
    with path.open("wb") as file:
        file.write(b"\x08\x08\x42\x04\x0a\x00\x10\x11\x3a" + varint(size))
        for head in heads:
            file.write(head)
            file.write(CHUNK)
        file.write(graph)


def write_deep(path: Path, nodes: int) -> None:
    """A residual network of so many nodes, five to a block, with the scopes of a real export."""
    from onnx import TensorProto, helper

    made = []
    for i in range(nodes // 5):
        scope, x = f"/layers/layers.{i}", f"x{i}"
        made += [
            helper.make_node("Dropout", [x, "p", "t"], [f"d{i}"], f"{scope}/drop/Dropout"),
            helper.make_node("Conv", [f"d{i}", "w"], [f"c{i}"], f"{scope}/conv/Conv"),
            helper.make_node("BatchNormalization", [f"c{i}", *"ssss"], [f"n{i}"], f"{scope}/bn/BatchNorm"),
            helper.make_node("Add", [x, f"n{i}"], [f"a{i}"], f"{scope}/Add"),
            helper.make_node("Relu", [f"a{i}"], [f"x{i + 1}"], f"{scope}/relu/Relu"),
        ]  # fmt: skip
        made[-3].attribute.append(helper.make_attribute("training_mode", 1))
    constants = [
        helper.make_tensor("p", TensorProto.FLOAT, [], [0.3]),
        helper.make_tensor("t", TensorProto.BOOL, [], [True]),
        helper.make_tensor("s", TensorProto.FLOAT, [4], [1.0] * 4),
        helper.make_tensor("w", TensorProto.FLOAT, [4, 4, 1, 1], [1.0] * 16),
    ]
    inputs = [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, 4, 8, 8])]
    outputs = [helper.make_tensor_value_info(f"x{nodes // 5}", TensorProto.FLOAT, [1, 4, 8, 8])]
    model = helper.make_model(helper.make_graph(made, "net", inputs, outputs, constants))
    path.write_bytes(model.SerializeToString())


def read_structure(path: str) -> int:
    from orderlint.onnx.reader import read_model

    return len(read_model(path).graph.node)


def read_graph(path: str) -> int:
    from orderlint.onnx.frontend import model_of_onnx

    return len(model_of_onnx(path).graph.nodes)


def onnx_load(path: str) -> int:
    import onnx

    return len(onnx.load(path).graph.node)


def lint(path: str) -> int:
    from orderlint.engine.check import check
    from orderlint.engine.loader import load_rules
    from orderlint.onnx.frontend import model_of_onnx

    return len(check(model_of_onnx(path), load_rules()))


TASKS: dict[str, Callable[[str], int]] = {
    "structure": read_structure,
    "graph": read_graph,
    "onnx.load": onnx_load,
    "lint": lint,
}
"""`structure` is the file read, `graph` that and the layer graph, `lint` that and every rule."""


def measure(task: str, path: str) -> None:
    """In a process of its own: run a task once, print seconds beyond imports and the peak of memory."""
    import orderlint.onnx.frontend  # noqa: F401

    before, started, cpu = peak_memory(), time.perf_counter(), time.process_time()
    try:
        result: Any = TASKS[task](path)
    except Exception as error:  # what onnx.load says of a file that it cannot read is the result
        result = f"{type(error).__name__}: {error}"[:60]
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"s": seconds, "cpu": cpu, "peak": peak_memory(), "imports": before, "result": result}))


def peak_memory() -> float:
    """Megabytes that this process held at most; `getrusage` would count its parent's, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def report(label: str, task: str, path: Path) -> float:
    run = subprocess.run(
        [sys.executable, __file__, "--measure", task, str(path)], capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    print(
        f"{label:<22}{task:<11}{found['s'] * 1000:>9.1f} ms ({found['cpu'] * 1000:.1f} CPU)"
        f"{found['peak']:>8.0f} MB peak"
        f" ({found['imports']:.0f} MB after imports)  {found['result']}",
        flush=True,
    )
    return float(found["cpu"])


def main(folder: Path) -> None:
    for label, layers in (("one file, 800 MB", 200), ("one file, 2.2 GB", 550)):
        path = folder / "large.onnx"
        write_large(path, layers)
        for task in ("structure", "graph", "onnx.load"):
            report(label, task, path)
        path.unlink()
    for task in ("structure", "graph", "lint"):
        seconds = []
        for nodes in (5_000, 50_000):
            path = folder / "deep.onnx"
            write_deep(path, nodes)
            seconds.append(report(f"{nodes:,} nodes", task, path))
        print(f"{'':<22}{task:<11}{seconds[1] / seconds[0]:>9.1f} times the time for 10 times the nodes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where to make the files (default: a temporary folder)")
    parser.add_argument("--measure", nargs=2, metavar=("TASK", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(*arguments.measure)
    else:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as made:
            main(Path(made))
