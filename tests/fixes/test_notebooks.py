"""Notebooks: linted across cells, fixed in their cells, and nothing else of the file touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nbclient
import nbformat
import pytest
from click.testing import CliRunner, Result

from orderlint.cli import group
from orderlint.notebook.program import Program

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = """\
%precision 3
!echo a \\
  b
import torch
import torch.nn.functional as F
from torch import nn"""
MODEL = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(F.dropout(x, 0.5))  # é
"""
USE = """\
%%time
net = Net().eval()
x = torch.ones(2, 4)
print(bool((net(x) == net(x)).all()), net(x).shape)"""


def notebook(*cells: str | tuple[str, str]) -> dict[str, Any]:
    made = []
    for cell in cells:
        kind, source = cell if isinstance(cell, tuple) else ("code", cell)
        output = {"output_type": "stream", "name": "stdout", "text": ["1.0\n"]}
        code = {"execution_count": 7, "outputs": [output]}
        made.append(
            {
                "cell_type": kind,
                "id": f"c{len(made)}",
                "metadata": {"zebra": 1, "apple": [1, 2]},
                "source": source.splitlines(keepends=True),
                **(code if kind == "code" else {}),
            }
        )
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(tmp_path / ".cache"))
    path = tmp_path / "net.ipynb"
    text = json.dumps(notebook(("markdown", "# A net\n%not magic"), IMPORTS, MODEL, USE), indent=1)
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments, prog_name="orderlint", catch_exceptions=False)


def test_a_finding_names_cell_and_line(file: Path) -> None:
    assert run(file.name, "--format", "concise").stdout.startswith("net.ipynb:cell 3:7:24: error[OL110]")
    (found,) = json.loads(run(".", "--format", "json").stdout)["diagnostics"]
    assert (found["path"], found["cell"], found["line"]) == ("net.ipynb", 3, 7)
    assert found["layers"][0]["used"] == {"path": "net.ipynb", "line": 7, "column": 24, "cell": 3}


def test_reports_that_point_into_the_file_point_at_its_own_line(file: Path) -> None:
    line = next(
        number for number, text in enumerate(file.read_text().splitlines(), 1) if "F.dropout(x" in text
    )
    assert f"::error file=net.ipynb,line={line}," in run(file.name, "--format", "github").stdout
    (issue,) = json.loads(run(file.name, "--format", "gitlab").stdout)
    assert issue["location"] == {"path": "net.ipynb", "lines": {"begin": line, "end": line}}
    sarif = json.loads(run(file.name, "--format", "sarif").stdout)
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("net.ipynb", line)


def test_a_fix_touches_the_one_line_and_nothing_else(file: Path) -> None:
    before = file.read_text(encoding="utf-8")
    result = run(file.name, "--fix")
    assert result.exit_code == 0
    after = file.read_text(encoding="utf-8")
    changed = [
        (one, two) for one, two in zip(before.splitlines(), after.splitlines(), strict=True) if one != two
    ]
    assert len(changed) == 1
    assert "0.5, training=self.training)" in changed[0][1]
    assert json.loads(after)["cells"][0] == json.loads(before)["cells"][0]


def test_a_real_notebook_runs_before_and_after_a_fix(file: Path) -> None:
    def executed() -> str:
        document = nbformat.read(file, as_version=4)
        nbclient.NotebookClient(document, timeout=120, kernel_name="python3").execute()
        return "".join(item.get("text", "") for item in document.cells[3].outputs)

    assert "False torch.Size([2, 4])" in executed()  # dropout stays on in eval()
    assert run(file.name, "--fix").exit_code == 0
    assert "True torch.Size([2, 4])" in executed()


def test_magics_keep_every_other_character_in_place() -> None:
    source = "x = !ls\nif x:\n    %time f()\nf?\ny = (3\n % 2)\ns = '''\n%no magic\n'''\n"
    program = Program.of("/n.ipynb", json.dumps(notebook(source, "%%bash\nls -l (", "z = 1")).encode())
    assert program.problems == ()
    plain = source.replace("!ls", "_  ").replace("%time f()", "_        ").replace("f?", "_ ")
    assert program.text == f"{plain}      \n       \nz = 1\n"


def test_a_broken_cell_is_named_and_the_others_are_linted(file: Path) -> None:
    document = notebook(IMPORTS, "def broken(:", MODEL)
    file.write_text(json.dumps(document, indent=1))
    result = run(file.name, "--format", "concise")
    assert result.exit_code == 3
    assert "net.ipynb:cell 2:1:12: error: cannot be parsed" in result.stderr
    assert "net.ipynb:cell 3:7:24" in result.stdout


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not a notebook"),
        ("[]", "it names no nbformat"),
        ('{"nbformat": 3, "worksheets": []}', "notebook format 3 is not read"),
        ('{"nbformat": 4, "cells": [1]}', "its cells are not as the format says"),
    ],
)
def test_what_is_no_notebook_gets_one_line(file: Path, text: str, problem: str) -> None:
    file.write_text(text)
    result = run(file.name)
    assert result.exit_code == 3
    assert problem in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_another_language_holds_no_model(file: Path) -> None:
    document = notebook("library(torch)")
    document["metadata"]["kernelspec"]["language"] = "R"
    file.write_text(json.dumps(document))
    assert "no model found" in run(file.name).stdout


def test_comments_silence_findings_in_cells(file: Path) -> None:
    silenced = MODEL.replace("# é", "# orderlint: ignore[OL110] on purpose")
    file.write_text(json.dumps(notebook(IMPORTS, silenced)))
    assert run(file.name, "--format", "concise").stdout == ""
