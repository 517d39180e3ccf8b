"""Which data files a linted program may have read, and that what they hold is followed and kept in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderlint.config import Config
from orderlint.discovery import discover
from orderlint.linter import lint, make_context
from orderlint.source import data_files, documents

if TYPE_CHECKING:
    from pathlib import Path

    from orderlint.report.result import Report

NET = """import json, os, pkgutil
from importlib import resources
from pathlib import Path
import yaml
from torch import nn

HERE = Path(__file__).parent

def rate():
    {body}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Dropout(rate()), nn.BatchNorm1d(8))

    def forward(self, x):
        return self.layers(x)
"""


def linted(folder: Path, body: str, *, cache: bool = False) -> Report:
    """The report of a net whose rate is what `body`, the body of a function, returns."""
    (folder / "net.py").write_text(NET.format(body=body.replace("\n", "\n    ")))
    inputs, problems = discover([str(folder / "net.py")])
    return lint(inputs, make_context(Config(root=str(folder)), cache=cache), problems, jobs=1)


def messages(report: Report) -> str:
    return " ".join(item.message for item in report.diagnostics if item.code == "OL101")


@pytest.mark.parametrize(
    "body",
    [
        "return float(open(HERE / 'rate.txt').read())",
        "with (HERE / 'rate.txt').open() as file:\n    for line in file:\n        return float(line)",
        "return float(open('rate.txt', encoding='utf-8').readlines()[0])",
        "return yaml.safe_load((HERE / 'sub' / 'rate.yaml').read_bytes())['model']['rate']",
        "with open(HERE / 'sub/rate.yaml') as f:\n    return yaml.load(f, yaml.FullLoader)['model']['rate']",
        "return json.load(open(os.path.join(os.path.dirname(__file__), 'rate.json')))",
        "return float(resources.files('sub').joinpath('rate.txt').read_text())",
        "return float(resources.read_text('sub', 'rate.txt'))",
        "return float(pkgutil.get_data('sub', 'rate.txt'))",
        "return float([p for p in HERE.rglob('rate.txt') if p.parent.name == 'sub'][0].read_text())",
        "return float((HERE / sorted(os.listdir(HERE / 'sub'))[-2]).with_name('rate.txt').read_text())",
        "return eval('float(open(name).read())', {'name': HERE / 'rate.txt'})",
        "try:\n    open(HERE / 'none.txt')\nexcept OSError:\n    return 0.25",
        "return 0.9 if os.path.exists(HERE / 'none.txt') else 0.25",
    ],
)
def test_what_a_file_holds_is_followed(tmp_path: Path, body: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "__init__.py").write_text("")
    (tmp_path / "sub" / "rate.txt").write_text("0.25\n")
    (tmp_path / "sub" / "rate.yaml").write_text("model: &m\n  rate: 0.25\nother:\n  <<: *m\n")
    (tmp_path / "rate.txt").write_text("0.25\n")
    (tmp_path / "rate.json").write_text("0.25")
    report = linted(tmp_path, body)
    assert "p=0.25" in messages(report)
    assert [model.status for model in report.models] == ["complete"]


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        ".hidden.txt",
        ".git/config.txt",
        "link.txt",
        "secret.key",
        "secret",
        "long.txt",
        "/etc/passwd",
    ],
)
def test_files_out_of_bounds_are_not_read(tmp_path: Path, name: str) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("0.25")
    for inside in (".hidden.txt", ".git/config.txt", "secret.key", "secret"):
        (project / inside).write_text("0.25")
    (project / "long.txt").write_text("0.25" + " " * data_files.BYTES)
    (project / "link.txt").symlink_to(tmp_path / "outside.txt")
    report = linted(project, f"return float((HERE / '{name}').read_text())")
    assert "0.25" not in messages(report)


ALIASES = "a: &a [1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "aliases": ALIASES,
    "merge-keys": "a: &a {x: 1}\nb: &b {<<: [" + ", ".join(["*a"] * 9_000) + "]}\n",
    "nesting": "[" * 100_000,
    "length": "rates: [" + "1, " * (documents.TEXT // 3) + "1]",
    "tag": "rates: !!python/object/apply:os.system ['true']",
    "cycle": "rates: &a [*a]",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_is_bounded(tmp_path: Path, text: str) -> None:
    (tmp_path / "net.yaml").write_text(text)
    read = "kept = []\nfor rate in yaml.safe_load(open(HERE / 'net.yaml'))['rates']:"
    report = linted(tmp_path, f"{read}\n    kept.append(0.5)\nreturn kept[0]")
    assert [model.status for model in report.models] != ["complete"]


def test_files_opened_for_writing_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "rate.txt").write_text("0.25")
    linted(
        tmp_path,
        "with open(HERE / 'rate.txt', 'w') as f:\n    f.write('0.9')\nopen(HERE / 'rate.txt').write('1')\n"
        "return 0.5",
    )
    assert (tmp_path / "rate.txt").read_text() == "0.25"


def test_a_kept_result_is_dropped_when_the_file_changes(tmp_path: Path) -> None:
    body = "try:\n    return float((HERE / 'rate.txt').read_text())\nexcept OSError:\n    return 0.5"
    assert "p=0.5" in messages(linted(tmp_path, body, cache=True))
    (tmp_path / "rate.txt").write_text("0.25")
    assert "p=0.25" in messages(linted(tmp_path, body, cache=True))
    (tmp_path / "rate.txt").write_text("0.35")
    assert "p=0.35" in messages(linted(tmp_path, body, cache=True))
