"""The rules on exported graphs: a fixture each below tests/fixtures/rules, run by the command line.

A line, one graph, is the name of an export, or a graph in ONNX's text format with the inputs and constants of
`test_rules`; its mark says the finding that is due.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from onnx import numpy_helper
from orderlint.cli import group

from .build import EXPORTS, proto
from .test_rules import CONSTANTS

FOLDER = Path(__file__).parent.parent / "fixtures" / "rules"
HEAD = "net (float[2,4,8,8] x, float[2,4] v, float[2,6,4] t) => (y)"


@dataclass(frozen=True)
class Line:
    """One graph of a fixture, the rule it is about, and the severity that is due (empty: no finding)."""

    path: Path
    number: int
    code: str
    opset: int
    text: str
    due: str

    def __str__(self) -> str:
        return f"{self.path.stem}:{self.number}"

    def file(self, folder: Path) -> Path:
        if "=" not in self.text:
            return EXPORTS / f"{self.text}.onnx"
        imports = ', "com.microsoft": 1' if "com.microsoft" in self.text else ""
        model = proto(f"{HEAD} {{ {self.text} }}", self.opset, 10, imports)
        model.graph.initializer.extend(
            numpy_helper.from_array(value, name) for name, value in CONSTANTS.items()
        )
        path = folder / "net.onnx"
        path.write_bytes(model.SerializeToString())
        return path


def lines_of(path: Path) -> list[Line]:
    text = path.read_text(encoding="utf-8")
    (code,) = re.findall(r"^# codes: (OL\d+)$", text, re.MULTILINE)
    opset = int(next(iter(re.findall(r"^# opset: (\d+)$", text, re.MULTILINE)), 17))
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            body, _, mark = line.partition("  # ")
            found.append(Line(path, number, code, opset, body, mark.removeprefix(f"{code}:")))
    return found


LINES = [line for path in sorted(FOLDER.glob("*.txt")) for line in lines_of(path)]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_graph(line: Line, tmp_path: Path) -> None:
    options = ["--isolated", "--no-cache", "--format", "json", "--select", line.code, "--ignore", "OL901"]
    options = options[:-2] if line.code == "OL901" else options
    result = CliRunner().invoke(group, ["--onnx", str(line.file(tmp_path)), *options])
    found = json.loads(result.stdout)["diagnostics"]
    assert [(item["code"], item["severity"]) for item in found] == (
        [(line.code, line.due)] if line.due else []
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_a_fixture_has_graphs_of_both_kinds(path: Path) -> None:
    lines = lines_of(path)
    assert sum(bool(line.due) for line in lines) >= 2
    assert sum(not line.due for line in lines) >= 2
    assert "# naive: " in path.read_text(encoding="utf-8")
