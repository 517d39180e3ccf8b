"""Graphs on the command line: where they are looked for, how they are told, and what is said of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from orderlint.cli import group

from .build import EXPORTS

TRAIN, EVAL = EXPORTS / "ResidualMLP.legacy.train.onnx", EXPORTS / "VGG.dynamo.eval.raw.onnx"
TRACED = EXPORTS / "ResidualMLP.dynamo.train.raw.onnx"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(group, ["lint", "--isolated", *arguments], input=stdin)


def report(*arguments: str, stdin: bytes = b"") -> SimpleNamespace:
    """The JSON report: exit status, models by entry, and findings."""
    result = run("--format", "json", *arguments, stdin=stdin)
    assert not isinstance(result.exception, Exception), result.output
    found = json.loads(result.stdout)
    return SimpleNamespace(
        status=result.exit_code,
        models=sorted(model["entry"] for model in found["models"]),
        found=found["diagnostics"],
        codes=sorted({each["code"] for each in found["diagnostics"]}),
        said=result.stderr,
    )


def test_files_folders_and_globs(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "net.py").write_text("import torch\n")
    for name in ("a.onnx", "b.onnx", "sub/c.onnx"):
        shutil.copy(TRAIN, folder / name)
    every = ["a.onnx", "b.onnx", "sub/c.onnx"]
    assert report("a.onnx", "b.onnx").models == every[:2]
    assert report("--onnx", "a.onnx", "--onnx", "sub/c.onnx").models == ["a.onnx", "sub/c.onnx"]
    assert report("--onnx", "a.onnx", "b.onnx").models == every[:2]
    for paths in (["."], ["--onnx", "."], ["--onnx", "**/*.onnx"], ["*.onnx", "sub"], [".", "--onnx", "."]):
        assert report(*paths).models == every, paths


def test_a_graph_of_any_name(folder: Path) -> None:
    for name in ("net.bin", "net", "net.ONNX"):
        shutil.copy(TRAIN, folder / name)
        for arguments in ([name], ["--onnx", name]):
            assert "OL101" in report(*arguments).codes


@pytest.mark.parametrize("arguments", [["-"], ["--onnx", "-"], ["-", "--stdin-filename", "net.onnx"]])
def test_standard_input(arguments: list[str]) -> None:
    found = report(*arguments, stdin=TRAIN.read_bytes())
    assert (found.status, "OL101" in found.codes) == (0, True)
    assert found.models == ["net.onnx" if "net.onnx" in arguments else "<stdin>"]


def test_standard_input_is_read_once() -> None:
    result = run("-", "--onnx", "-", stdin=TRAIN.read_bytes())
    assert "standard input" in str(result.exception)


def test_damage_is_one_line_and_the_others_are_linted(folder: Path) -> None:
    shutil.copy(TRAIN, folder / "good.onnx")
    (folder / "short.onnx").write_bytes(TRAIN.read_bytes()[:-9])
    (folder / "notes.onnx").write_text("These are notes.\n")
    (folder / "none").mkdir()
    found = report("good.onnx", "short.onnx", "notes.onnx", "absent.onnx", "--onnx", "none")
    assert (found.status, found.models) == (3, ["good.onnx"])
    assert "OL101" in found.codes
    assert found.said.splitlines() == [
        "absent.onnx: error: no such file or folder",
        "none: error: no ONNX file in this folder",
        f"short.onnx: error: {found.said.partition('short.onnx: error: ')[2].splitlines()[0]}",
        "notes.onnx: error: not an ONNX model (byte 0): it is a text file",
    ]
    assert "byte " in found.said.partition("short.onnx")[2]


def test_a_folder_of_programs_only_holds_no_graph(folder: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "net.py").write_text("import torch\n")
    result = run("--onnx", "code")
    assert (result.exit_code, result.stderr) == (3, "code: error: no ONNX file in this folder\n")


@pytest.mark.parametrize("name", [path.name for path in sorted(EXPORTS.glob("*.eval*.onnx"))])
def test_an_inference_export_is_never_called_clean(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in ([], ["--select", "OL101"], ["--profile", "strict"]):
        found = report(str(EXPORTS / name), *arguments)
        assert "OL901" in found.codes
    if not name.startswith("Decomposed"):  # whose order of norms is a warning in any mode
        assert report(str(EXPORTS / name)).status == 0
    monkeypatch.chdir(EXPORTS)  # the folders above may have the word in their names
    assert "clean" not in run(name).output


def test_it_is_silent_where_it_was_ignored() -> None:
    for arguments in (["--ignore", "OL901"], ["--select", "OL101", "--ignore", "inference-export"]):
        assert "OL901" not in report(str(EVAL), *arguments).codes


def test_findings_name_node_module_and_line() -> None:
    finding = next(each for each in report(str(TRACED)).found if each["code"] == "OL101")
    assert finding["path"].endswith("tests/onnx/models.py")
    dropout, norm = finding["layers"][0], finding["layers"][-1]
    assert (dropout["op"], dropout["name"], dropout["module"]) == (
        "Dropout-13", "node_native_dropout__1", "input_dropout",
    )  # fmt: skip
    assert (norm["kind"], norm["module"], norm["built"]) == ("batch_norm", "blocks.0.norm", None)
    lines = Path(__file__).with_name("models.py").read_text(encoding="utf-8").splitlines()
    assert "self.input_dropout(" in lines[dropout["used"]["line"] - 1]
    assert "self.norm(x)" in lines[norm["used"]["line"] - 1]
    text = " ".join(run(str(TRACED)).output.split())
    assert "models.py:" in text
    assert "dropout `input_dropout` (p=0.1) feeds batch norm `blocks.0.norm` directly" in text
    assert "ResidualMLP.dynamo.train.raw.onnx: `node_native_dropout__1` →" in text


def test_without_its_source_a_finding_stands_in_the_graph(folder: Path) -> None:
    shutil.copy(TRACED, folder / "net.onnx")
    found = report("net.onnx").found
    assert {(each["path"], each["line"]) for each in found} == {("net.onnx", 1)}
    assert "(tests/onnx/models.py:" in " ".join(run("net.onnx").output.split()).replace(f"{folder}/", "")


def test_comments_in_the_source_hold(folder: Path) -> None:
    shutil.copy(TRACED, folder / "net.onnx")
    source = folder / "tests" / "onnx" / "models.py"
    source.parent.mkdir(parents=True)
    lines = Path(__file__).with_name("models.py").read_text(encoding="utf-8").splitlines()
    source.write_text("\n".join(lines))
    assert "OL101" in report("net.onnx").codes
    line = next(index for index, line in enumerate(lines) if "self.input_dropout(self.first" in line)
    lines[line] += "  # orderlint: ignore[OL101] on purpose"
    source.write_text("\n".join(lines))
    assert "OL101" not in report("net.onnx").codes
    assert "OL102" in report("net.onnx").codes


def test_the_graph_command(folder: Path) -> None:
    shutil.copy(TRAIN, folder / "net.onnx")
    printed = CliRunner().invoke(group, ["graph", "--isolated", "net.onnx", "--format", "json"])
    graph = json.loads(printed.stdout)
    assert set(graph) == {"schema", "nodes", "edges"}
    dropout = next(node for node in graph["nodes"] if node["kind"] == "dropout")
    assert (dropout["op"], dropout["name"]) == ("Dropout-13", "/input_dropout/Dropout")
    assert dropout["attrs"]["p"] == 0.1
    assert "net.onnx" in CliRunner().invoke(group, ["graph", "--isolated", "net.onnx"]).stdout


def test_layers_of_ones_own(folder: Path) -> None:
    """`[tool.orderlint.layers]` names the kinds of custom operators, too."""
    from .build import proto

    body = """net (float[2,4] x) => (y) <float[4] s = {1,1,1,1}>
    { a = my.Drop(x) y = BatchNormalization<training_mode=1>(a, s, s, s, s) }"""
    (folder / "net.onnx").write_bytes(proto(body, imports=', "my": 1').SerializeToString())
    (folder / "orderlint.toml").write_text('[layers]\n"my.Drop" = "dropout"\n')
    result = CliRunner().invoke(group, ["lint", "net.onnx", "--format", "json"])
    assert "OL101" in result.output
    assert "OL101" not in run("net.onnx").output
