"""`orderlint trace`, `orderlint measure` and `lint_module`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from orderlint.commands.measure import command as measure  # noqa: E402
from orderlint.commands.trace import command as trace  # noqa: E402
from orderlint.errors import InputError, UsageError  # noqa: E402
from orderlint.trace.lint import lint_module  # noqa: E402

NET = """
from torch import nn

def build():
    return nn.Sequential(
        nn.Linear(4, 8),
        nn.Dropout(0.5),
        nn.BatchNorm1d(8),
    )
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "thenet.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command, *arguments):
    return CliRunner().invoke(command, list(arguments), standalone_mode=False)


@pytest.mark.usefixtures("folder")
def test_trace_lints_what_ran():
    result = CliRunner().invoke(
        trace, ["thenet.py:build", "--input", "8,4", "--format", "json", "--isolated"]
    )
    (found,) = [item for item in json.loads(result.output)["diagnostics"] if item["code"] == "OL101"]
    assert (found["line"], found["layers"][-1]["built"]["line"]) == (7, 8)
    assert result.exit_code == 1


@pytest.mark.usefixtures("folder")
def test_trace_prints_the_graph():
    graph = json.loads(run(trace, "thenet.py:build", "--input", "8,4", "--graph", "json").output)
    assert [node["kind"] for node in graph["nodes"]] == ["input", "linear", "dropout", "batch_norm"]
    assert graph["edges"] == [[0, 1], [1, 2], [2, 3]]


def test_measure_on_random_input(folder):
    result = run(measure, "thenet.py:build", "--input", "512,4", "--plot", "shift.svg")
    assert "random weights, random input" in result.output
    assert (folder / "shift.svg").read_text().startswith("<svg")


def test_measure_on_given_data_after_training(folder):
    numpy = pytest.importorskip("numpy")
    inputs = numpy.random.default_rng(0).normal(size=(256, 4))
    numpy.savez(folder / "data.npz", x=inputs, y=(inputs[:, 0] > 0).astype(int))
    result = run(measure, "thenet.py:build", "--data", "data.npz", "--steps", "5", "--format", "json")
    data = json.loads(result.output)
    assert (data["weights"], data["input"], data["steps"]) == ("trained", "given", 5)


def test_measure_says_where_weights_were_loaded(folder):
    loading = "net = build(); net.load_state_dict(build().state_dict()); return net"
    (folder / "thenet.py").write_text(f"{NET}\ndef loaded():\n    {loading}\n")
    assert "(loaded weights, random input" in run(measure, "thenet.py:loaded", "--input", "64,4").output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "--input or --data"),
        (["--input", "8,4", "--steps", "2"], "--steps needs --data"),
        (["--input", "8,4", "--input", "x=3"], "all named or all unnamed"),
    ],
)
def test_wrong_options_are_usage_errors(arguments, problem):
    error = run(measure, "thenet.py:build", *arguments).exception
    assert isinstance(error, UsageError)
    assert problem in str(error)


def test_data_without_x_is_an_input_error(folder):
    numpy = pytest.importorskip("numpy")
    numpy.savez(folder / "data.npz", images=[1.0])
    assert isinstance(run(measure, "thenet.py:build", "--data", "data.npz").exception, InputError)


def test_lint_module_from_python():
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.BatchNorm1d(8))
    for inputs in (torch.randn(8, 4), [torch.randn(8, 4)], {"input": torch.randn(8, 4)}):
        assert "OL101" in {found.code for found in lint_module(model, inputs)}
