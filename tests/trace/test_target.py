"""Targets and input specifications of `orderlint trace`."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from orderlint.errors import UsageError  # noqa: E402
from orderlint.trace.target import build_target, parse_inputs, trace_target  # noqa: E402

NET = """
from torch import nn

class Net(nn.Sequential):
    def __init__(self, p=0.3):
        super().__init__(
            nn.Linear(4, 8),
            nn.Dropout(p),
            nn.BatchNorm1d(8),
        )

def build():
    return Net(0.5)

def broken():
    raise ValueError("one line\\nand another")

def leaves():
    raise SystemExit("done")

def number():
    return 3

ready = Net(0.1)
"""


@pytest.fixture
def net(tmp_path, monkeypatch):
    (tmp_path / "somenet.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    return "somenet.py"


def test_shapes_names_and_types_of_inputs():
    args, kwargs = parse_inputs(["2,3,64,64", "tokens=2,16:long<1000", "mask=2,16:bool"])
    assert [tuple(tensor.shape) for tensor in args] == [(2, 3, 64, 64)]
    assert kwargs["tokens"].dtype == torch.long
    assert int(kwargs["tokens"].max()) > 2
    assert kwargs["mask"].dtype == torch.bool


def test_a_list_of_tensors():
    args, _ = parse_inputs(["[3,8,8; 3,6,6]"])
    assert [tuple(tensor.shape) for tensor in args[0]] == [(3, 8, 8), (3, 6, 6)]


@pytest.mark.parametrize(
    ("specs", "problem"),
    [
        (["2,x"], "cannot read input '2,x'"),
        ([""], "cannot read input ''"),
        (["2,3:floaty"], "torch has no dtype 'floaty'"),
        (["2,3:float<5"], "only integers take a bound"),
        (["2,3:int64<0"], "input '2,3:int64<0' cannot be made: RuntimeError"),
        (["2,3:int64<99999999999999999999999"], "cannot be made: ValueError"),
        (["99999999,99999999,99999"], "cannot be made: RuntimeError"),
        (["2,3:qint8"], "cannot be made: RuntimeError"),
        (["x=2", "3"], "follows a named one"),
        (["x=2", "x=3"], "given twice"),
    ],
)
def test_misspelt_inputs_are_usage_errors(specs, problem):
    with pytest.raises(UsageError, match=problem):
        parse_inputs(specs)


@pytest.mark.parametrize(
    ("target", "rate"),
    [("Net", 0.3), ("Net(p=0.2)", 0.2), ("build", 0.5), ("ready", 0.1), ("build()", 0.5)],
)
def test_what_a_target_may_name(net, target, rate):
    assert build_target(f"{net}:{target}")[1].p == rate


@pytest.mark.usefixtures("net")
@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("somenet.py", "names no factory"),
        ("nowhere.py:Net", "cannot import nowhere.py"),
        ("no_such_package_of_ours:Net", "cannot import no_such_package_of_ours"),
        ("somenet.py:Absent", "cannot build somenet.py:Absent: NameError"),
        ("somenet.py:number", "gives a int, no torch.nn.Module"),
        ("somenet.py:broken", "ValueError: one line and another$"),
        ("somenet.py:leaves", "cannot build somenet.py:leaves: SystemExit: done"),
        ("somenet.py:Net(q=1)", "cannot build .*TypeError"),
    ],
)
def test_wrong_targets_are_usage_errors(target, problem):
    with pytest.raises(UsageError, match=problem):
        build_target(target)


def test_a_traced_target_has_relative_places(net):
    model = trace_target(f"{net}:build", ["8,4"])
    dropout = next(node for node in model.graph.nodes if node.kind == "dropout")
    assert (dropout.built.path, dropout.built.line, dropout.built.column) == ("somenet.py", 8, 13)
    assert (model.path, model.line, model.entry) == ("somenet.py", 13, "somenet.py:build")
