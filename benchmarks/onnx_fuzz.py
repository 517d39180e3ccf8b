"""Fuzz the ONNX front end: mutated files must be read or refused in one line, and cost little.

    python benchmarks/onnx_fuzz.py                      # 200,000 inputs
    python benchmarks/onnx_fuzz.py --count 5000 --seed 7

Half of the inputs are bytes damaged at random (flips, cuts, copies, lengths), half are models that were
parsed, changed and written again: such files are well-formed, and reach the lowering. An input that raises
anything but an `InputError` of one line is written to `--keep` and fails the run.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnx
from orderlint.errors import InputError
from orderlint.onnx.frontend import model_of_onnx

ROOT = Path(__file__).resolve().parents[1]
LARGEST_SEED = 30_000
"""Bytes of a seed file: small ones make more inputs a second."""

INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFF)
OPERATORS = (
    "Dropout", "BatchNormalization", "Conv", "Gemm", "MatMul", "Add", "Mul", "Div", "Sub", "Identity", "Cast",
    "CastLike", "Constant", "Shape", "Reshape", "If", "Loop", "Scan", "Relu", "Sigmoid", "Erf", "Tanh",
    "Clip", "Softmax", "LSTM", "Gather", "Where", "Less", "RandomUniformLike", "ReduceMean", "Sqrt", "Pow",
    "Concat", "InstanceNormalization", "LayerNormalization", "Einsum", "SequenceMap", "FusedConv", "Unheard",
)  # fmt: skip

Mutation = Callable[[bytearray, random.Random], None]


def flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.choice((*INTERESTING, chance.randrange(256)))


def cut(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 2, 8, len(data)))]


def insert(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start:start] = chance.randbytes(chance.choice((1, 2, 9)))


def copy(data: bytearray, chance: random.Random) -> None:
    source, target, size = chance.randrange(len(data)), chance.randrange(len(data)), chance.randrange(1, 200)
    data[target : target + size] = data[source : source + size]


def lengthen(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start : start + 1] = b"\xff" * chance.choice((1, 4, 9)) + b"\x01"


BYTE_MUTATIONS: tuple[Mutation, ...] = (flip, flip, flip, cut, insert, copy, lengthen)


def damaged(seed: bytes, chance: random.Random) -> bytes:
    data = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        if data:
            chance.choice(BYTE_MUTATIONS)(data, chance)
    return bytes(data)


def rewired(seed: onnx.ModelProto, chance: random.Random) -> bytes:
    """A well-formed file of a graph that may make no sense."""
    model = onnx.ModelProto()
    model.CopyFrom(seed)
    graph = model.graph
    names = [name for node in graph.node for name in (*node.input, *node.output)] or [""]
    for _ in range(chance.randint(1, 6)):
        if not graph.node:
            break
        node = chance.choice(graph.node)
        chance.choice(NODE_MUTATIONS)(Spot(model, node, names, chance))
    return model.SerializeToString()


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of a model that is about to change, and the names of the tensors around it."""

    model: onnx.ModelProto
    node: onnx.NodeProto
    names: list[str]
    chance: random.Random

    def name(self) -> str:
        return self.chance.choice(self.names)


def retype(at: Spot) -> None:
    at.node.op_type = at.chance.choice(OPERATORS)


def reconnect(at: Spot) -> None:
    if at.node.input:
        at.node.input[at.chance.randrange(len(at.node.input))] = at.name()


def add_input(at: Spot) -> None:
    at.node.input.append(at.chance.choice((at.name(), "")))


def drop_input(at: Spot) -> None:
    del at.node.input[at.chance.randrange(len(at.node.input) + 1) :]


def drop_output(at: Spot) -> None:
    del at.node.output[at.chance.randrange(len(at.node.output) + 1) :]


def drop_node(at: Spot) -> None:
    at.model.graph.node.remove(at.node)


def give_body(at: Spot) -> None:
    """Give a node a body: a copy of a few nodes of the graph."""
    body = onnx.GraphProto(name="body")
    body.node.extend(at.model.graph.node[: at.chance.randrange(6)])
    for index, inner in enumerate(body.node):
        for position, name in enumerate(inner.output):
            inner.output[position] = f"{name}/{index}"
    body.output.extend(onnx.ValueInfoProto(name=at.name()) for _ in range(at.chance.randrange(3)))
    body.input.extend(onnx.ValueInfoProto(name=f"i{i}") for i in range(at.chance.randrange(4)))
    at.node.attribute.append(onnx.helper.make_attribute("body", body))


def change_attribute(at: Spot) -> None:
    if at.node.attribute:
        attribute = at.chance.choice(at.node.attribute)
        attribute.type = at.chance.randrange(15)
        attribute.i = at.chance.choice((-1, 0, 1, 2**62))
        attribute.f = at.chance.choice((0.0, -1.0, float("nan"), 1e38))


def change_constant(at: Spot) -> None:
    if at.model.graph.initializer:
        tensor = at.chance.choice(at.model.graph.initializer)
        tensor.data_type = at.chance.randrange(30)
        del tensor.dims[:]
        tensor.dims.extend(at.chance.choice((-1, 0, 1, 3, 2**62)) for _ in range(at.chance.randrange(5)))


def change_opset(at: Spot) -> None:
    for entry in at.model.opset_import:
        entry.version = at.chance.choice((-1, 0, 1, 6, 7, 9, 12, 13, 30, 2**62))


def call_function(at: Spot) -> None:
    """Turn a node into the call of a function made of other nodes, perhaps of itself."""
    function = onnx.FunctionProto(name="F", domain="local")
    function.node.extend(at.model.graph.node[: at.chance.randrange(4)])
    function.input.extend(at.name() for _ in range(at.chance.randrange(3)))
    function.output.extend(at.name() for _ in range(at.chance.randrange(3)))
    at.node.op_type, at.node.domain = "F", "local"
    at.model.functions.append(function)


NODE_MUTATIONS: tuple[Callable[[Spot], None], ...] = (
    retype, reconnect, add_input, drop_input, drop_output, drop_node, give_body, change_attribute,
    change_constant, change_opset, call_function,
)  # fmt: skip


def verdict(data: bytes) -> str:
    """What became of an input."""
    try:
        model = model_of_onnx("fuzz.onnx", data)
    except InputError as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    return f"read, {model.status}"


def seeds() -> list[bytes]:
    exports = sorted((ROOT / "tests" / "onnx" / "exports").glob("*.onnx"))
    return [path.read_bytes() for path in exports if path.stat().st_size <= LARGEST_SEED]


def run(count: int, seed: int, keep: Path) -> int:
    chance, found, slowest = random.Random(seed), Counter[str](), 0.0
    files = seeds()
    models = [onnx.ModelProto.FromString(data) for data in files]
    started, escaped = time.perf_counter(), 0
    for index in range(count):
        pick = chance.randrange(len(files))
        data = rewired(models[pick], chance) if index % 2 else damaged(files[pick], chance)
        begun = time.process_time()
        try:
            said = verdict(data)
        except Exception:
            said = "escaped"
            escaped += 1
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seed}-{index}.onnx").write_bytes(data)
            traceback.print_exc()
        found[said] += 1
        slowest = max(slowest, time.process_time() - begun)
        if (index + 1) % 20_000 == 0:
            print(f"{index + 1:>9,} inputs, {dict(found)}", flush=True)
    seconds = time.perf_counter() - started
    print(f"{count:,} inputs (seed {seed}) in {seconds:.0f} s: {dict(sorted(found.items()))}")
    print(f"slowest {slowest * 1000:.0f} ms of CPU, peak memory {peak_memory():.0f} MB, escaped: {escaped}")
    return 1 if escaped or found["refused in several lines"] else 0


def peak_memory() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", type=Path, default=Path("onnx_fuzz_escaped"), help="where escaped inputs go"
    )
    arguments = parser.parse_args()
    sys.exit(run(arguments.count, arguments.seed, arguments.keep))
