"""The command line: targets, options, exit statuses. A stand-in front end gives a model a class of a file."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from orderlint import __version__
from orderlint.cli import group
from orderlint.errors import InputError, OrderlintError, UsageError
from orderlint.graph.model import LayerGraph, Model, Node, Place, Unresolved
from orderlint.source.cache import Cache

if TYPE_CHECKING:
    from orderlint.source.frontend import SourceOptions

BAD = "class Net(nn.Module):  # torch\n    drop = nn.Dropout(0.5)\n    norm = nn.BatchNorm1d(8)\n"
GOOD = "class Net(nn.Module):  # torch\n    norm = nn.BatchNorm1d(8)\n    drop = nn.Dropout(0.5)\n"
KINDS = {"Dropout": "dropout", "BatchNorm1d": "batch_norm"}


def stand_in_model(path: str, source: str, entry: str) -> Model:
    """One node for each `name = nn.Class(…)` line, chained in the order of the lines."""
    graph = LayerGraph()
    for number, line in enumerate(source.splitlines(), 1):
        found = re.search(r"(\w+) = nn\.(\w+)\(", line)
        if found:
            place = Place(path, number, found.start() + 1, number, len(line.rstrip()) + 1)
            attrs: dict[str, object] = {"p": 0.5} if found[2] == "Dropout" else {}
            node = Node(
                len(graph.nodes),
                KINDS.get(found[2], "other"),
                f"torch.nn.{found[2]}",
                found[1],
                attrs,
                place,
                place,
            )
            graph.add(node)
            if node.id:
                graph.connect(node.id - 1, node.id)
    unresolved = [Unresolved("a loop of unknown length", Place(path, 1))] if "# partial" in source else []
    return Model(entry, path, 1, graph, "partial" if unresolved else "complete", unresolved)


def stand_in_file(path: str, source: bytes, options: SourceOptions) -> list[Model]:
    del options
    text = source.decode()
    if "def broken(" in text:
        raise InputError(path, "cannot be parsed: invalid syntax", 1, 12)
    if "crash" in text:
        raise RuntimeError("an odd thing")
    names = re.findall(r"^class (\w+)", text, re.MULTILINE)
    return [stand_in_model(path, text, name) for name in names]


def stand_in_entry(entry: str, options: SourceOptions, file: str | None = None) -> Model:
    if entry.startswith("!"):
        raise UsageError(f"--entry {entry!r}: invalid syntax")
    if entry.startswith("gone"):
        return Model(
            entry, file or "<entry>", 1, LayerGraph(), "failed", [Unresolved("no module named gone")]
        )
    source = Path(file).read_text() if file else BAD
    model = stand_in_model(file or "<entry>", source, entry)
    model.notes["options"] = options
    return model


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    monkeypatch.setattr("orderlint.source.frontend.models_of_file", stand_in_file)
    monkeypatch.setattr("orderlint.source.frontend.model_of_entry", stand_in_entry)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(group, arguments, input=stdin, prog_name="orderlint")
        if isinstance(result.exception, OrderlintError):  # what `main` does with one
            result.exit_code = result.exception.exit_code
            result.stderr_bytes = f"orderlint: error: {result.exception}\n".encode()
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def codes(result: Result) -> list[str]:
    return [item["code"] for item in json.loads(result.stdout)["diagnostics"]]


def test_version(run) -> None:
    assert run("--version").stdout == f"orderlint {__version__}\n"


def test_a_file_is_linted_by_default(run, tmp_path: Path) -> None:
    write(tmp_path, net=BAD)
    result = run("net.py", "--format", "concise")
    assert result.exit_code == 1
    assert result.stdout.startswith("net.py:2:5: warning[OL101] dropout `drop`")
    assert result.stderr == ""


def test_a_good_file_is_silent(run, tmp_path: Path) -> None:
    write(tmp_path, net=GOOD)
    result = run("net.py")
    assert result.exit_code == 0
    assert result.stdout == "No findings in 1 input; 1 model followed, 0 partly, 0 not.\n"


def test_nothing_named_lints_the_current_folder(run, tmp_path: Path) -> None:
    write(tmp_path, net=BAD)
    assert codes(run("--format", "json")) == ["OL101"]


def test_a_file_called_like_a_command_needs_its_folder(run, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text(BAD)
    assert "OL101" in run("./rules", "--format", "concise").stdout


def test_input_errors_are_one_line_each_and_the_others_are_linted(run, tmp_path: Path) -> None:
    write(tmp_path, bad=BAD, broken="# torch\ndef broken(:\n")
    (tmp_path / "empty").mkdir()
    result = run("broken.py", "missing.py", "bad.py", "empty", "*.nothing", "--format", "concise")
    assert result.exit_code == 3
    assert "OL101" in result.stdout
    assert result.stderr.splitlines() == [
        "missing.py: error: no such file or folder",
        "empty: error: no Python file, notebook or ONNX file in this folder",
        "*.nothing: error: no file matches this pattern",
        "broken.py:1:12: error: cannot be parsed: invalid syntax",
    ]


def test_a_crash_is_a_result_and_not_the_end(run, tmp_path: Path) -> None:
    write(tmp_path, a="# torch crash\n", b=BAD)
    result = run(".", "--format", "concise")
    assert result.exit_code == 3
    assert "b.py:2:5: warning[OL101]" in result.stdout
    assert re.fullmatch(
        r"a\.py: error: internal error: RuntimeError: an odd thing at test_cli\.py:\d+; please report this\n",
        result.stderr,
    )


def test_workers_give_what_one_process_gives(run, tmp_path: Path) -> None:
    write(tmp_path, **{f"net{number}": BAD for number in range(9)}, crash="# torch crash\n", good=GOOD)
    alone, together = run(".", "--format", "json", "--jobs", "1"), run(".", "--format", "json", "--jobs", "3")
    assert alone.stdout == together.stdout
    assert alone.stderr == together.stderr
    assert len(codes(alone)) == 9


def test_an_entry_is_linted(run) -> None:
    result = run("--entry", "net.Net()", "--format", "json", "--select", "OL101,OL102")
    assert codes(result) == ["OL101"]
    assert [model["entry"] for model in json.loads(result.stdout)["models"]] == ["net.Net()"]


def test_an_entry_in_the_namespace_of_a_file(run, tmp_path: Path) -> None:
    write(tmp_path, net=GOOD, other=GOOD)
    assert codes(run("net.py", "--entry", "Net()", "--format", "json")) == []
    assert run("net.py", "other.py", "--entry", "Net()").exit_code == 2


def test_an_entry_that_cannot_be_followed_is_an_input_error(run) -> None:
    result = run("--entry", "gone.Net()", "--format", "json")
    assert result.exit_code == 3
    assert result.stderr == "gone.Net(): error: cannot be followed: no module named gone\n"
    assert json.loads(result.stdout)["models"][0]["status"] == "failed"
    assert run("--entry", "!").exit_code == 2


def test_standard_input(run) -> None:
    result = run("-", "--format", "concise", stdin=BAD)
    assert result.stdout.startswith("<stdin>:2:5: warning[OL101]")
    named = run("-", "--stdin-filename", "pkg/net.py", stdin=BAD)
    assert named.stdout.startswith("pkg/net.py:2:5: warning[OL101]")
    assert "2 |     drop = nn.Dropout(0.5)" in named.stdout


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 1),
        (("--fail-on", "error"), 0),
        (("--fail-on", "never"), 0),
        (("--ignore", "OL101"), 0),
        (("--select", "OL2"), 0),
    ],
)
def test_what_fails_a_run(run, tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    write(tmp_path, net=BAD)
    assert run("net.py", *options).exit_code == status


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "OL999", "net.py"),
        ("--format", "xml", "net.py"),
        ("--assume", "p", "net.py"),
        ("--profile", "nonsense", "net.py"),
        ("--update-baseline", "net.py"),
        ("--nonsense",),
        ("graph",),
        ("explain", "OL999"),
    ],
)
def test_wrong_usage(run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path, net=BAD)
    assert run(*arguments).exit_code == 2


def test_partial_models_are_said_to_be_partial(run, tmp_path: Path) -> None:
    write(tmp_path, net=GOOD + "# partial\n")
    result = run("net.py")
    assert result.exit_code == 0
    assert "net.py:1: Net partly followed: a loop of unknown length (net.py:1)" in result.stdout
    assert "0 models followed, 1 partly, 0 not" in result.stdout


def test_statistics(run, tmp_path: Path) -> None:
    write(tmp_path, net=BAD, other=BAD + "# partial\n")
    result = run(".", "--statistics", "--format", "json")
    assert json.loads(result.stdout)["schema"] == 1
    assert result.stderr.splitlines() == [
        "     2  OL101  dropout-before-batchnorm",
        "1 model not wholly followed; first reasons:",
        "     1  a loop of unknown length",
    ]


def test_reports_go_to_files_too(run, tmp_path: Path) -> None:
    write(tmp_path, net=BAD)
    result = run("net.py", "--output", "out.json", "--output", "concise:out.log", "--quiet")
    assert "No findings" not in result.stdout
    assert json.loads((tmp_path / "out.json").read_text())["diagnostics"][0]["code"] == "OL101"
    assert (tmp_path / "out.log").read_text().startswith("net.py:2:5: warning[OL101]")
    assert run("net.py", "--output", "no/such/folder.json").exit_code == 2


def test_configured_targets_and_severities(run, tmp_path: Path) -> None:
    write(tmp_path, net=BAD, other=BAD)
    (tmp_path / "orderlint.toml").write_text(
        'paths = ["net.py"]\nentries = ["other.Net()"]\n[severity]\nOL101 = "error"\n'
        '[per-file-ignores]\n"other.py" = ["dropout"]\n'
    )
    document = json.loads(run("--format", "json").stdout)
    assert [model["entry"] for model in document["models"]] == ["other.Net()", "Net"]
    assert {item["severity"] for item in document["diagnostics"]} == {"error"}
    assert run("other.py").exit_code == 0
    assert run("other.py", "--isolated").exit_code == 1


def test_colors_are_for_terminals_and_those_who_ask(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, net=BAD)
    assert "\x1b[" not in run("net.py").stdout
    assert "\x1b[" in run("net.py", "--color").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("net.py", "--no-color").stdout


def test_graph_as_text_and_json(run, tmp_path: Path) -> None:
    write(tmp_path, net=BAD)
    text = run("graph", "net.py").stdout
    assert text.splitlines() == [
        "Net (net.py:1): complete, 2 nodes, 1 edges",
        "0  dropout  torch.nn.Dropout  `drop`  (p=0.5)  net.py:2",
        "1  batch_norm  torch.nn.BatchNorm1d  `norm`  net.py:3  <- 0",
    ]
    document = json.loads(run("graph", "--entry", "net.Net()", "--format", "json").stdout)
    assert list(document) == ["schema", "nodes", "edges"]
    assert document["edges"] == [[0, 1]]
    assert list(document["nodes"][0]) == ["id", "kind", "op", "name", "attrs", "built", "used", "condition"]
    assert json.loads(run("graph", "net.py::Net", "--format", "json").stdout)["edges"] == [[0, 1]]


def test_graph_of_what_is_no_model(run, tmp_path: Path) -> None:
    write(tmp_path, two=BAD + BAD.replace("Net", "Other"), none="x = 1\n")
    assert run("graph", "two.py").exit_code == 0
    assert run("graph", "two.py", "--format", "json").exit_code == 2
    assert run("graph", "none.py").exit_code == 3
    assert run("graph", "gone.py").exit_code == 3
    assert run("graph", "--entry", "gone.Net()").exit_code == 3


def test_rules_and_pages(run) -> None:
    table = json.loads(run("rules", "--format", "json").stdout)
    by_code = {row["code"]: row for row in table}
    assert by_code["OL101"]["name"] == "dropout-before-batchnorm"
    assert [row["code"] for row in table] == sorted(by_code)
    assert "OL101" in run("rules").stdout
    page = run("explain", "dropout-before-batchnorm", "--format", "markdown").stdout
    assert page.startswith("# OL101 dropout-before-batchnorm\n")
    assert "## Counter-evidence" in page
    assert "OL101" in run("explain", "ol101").stdout


def test_config_says_where_values_came_from(run, tmp_path: Path) -> None:
    (tmp_path / "orderlint.toml").write_text('fail-on = "error"\n')
    document = json.loads(run("config", "--format", "json").stdout)
    assert document["fail-on"] == {"value": "error", "origin": str(tmp_path / "orderlint.toml")}
    assert document["profile"] == {"value": "default", "origin": "default"}
    assert 'fail-on          = "error"' in run("config").stdout


def test_cache_clean(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(kept))
    assert "0 bytes freed" in run("cache", "clean").stdout
    Cache().store(b"x = 1", ast.parse("x = 1"))
    assert re.search(r"[1-9]\d* bytes freed", run("cache", "clean").stdout)
    assert not [path for path in kept.rglob("*") if path.is_file() and path.suffix != ".TAG"]
