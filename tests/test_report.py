"""Renderers against golden files (rewritten by ORDERLINT_UPDATE_GOLDEN=1), and what they must hold to
whatever comes."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderlint import __version__
from orderlint.graph.model import Place
from orderlint.report.formats import FORMATS, renderer
from orderlint.report.frames import Mark, SourceLines, columns, frame
from orderlint.report.result import Report, shown_path
from orderlint.report.text import TextStyle, layer_path, render_text

if TYPE_CHECKING:
    from types import ModuleType

GOLDEN = Path(__file__).resolve().parent / "golden"
DIAGNOSTIC_KEYS = (
    "code rule severity confidence message help path line column end_line end_column "
    "model condition count layers fix"
)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, GOLDEN / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reporting = _load("reporting")


@pytest.fixture(autouse=True)
def _in_the_golden_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    text = text.replace(f'"{__version__}"', '"VERSION"')
    if os.environ.get("ORDERLINT_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("style", FORMATS)
def test_each_format_is_as_it_was(style: str) -> None:
    compare(f"report.{style}.golden", renderer(style)(reporting.report()))


def test_text_fits_eighty_columns() -> None:
    text = render_text(reporting.report(), TextStyle(width=80, verbose=True))
    assert max(columns(line) for line in text.splitlines()) <= 80
    compare("report.verbose.golden", text)


def test_text_fits_forty_columns_but_for_words_that_do_not() -> None:
    for line in render_text(reporting.report(), TextStyle(width=40)).splitlines():
        assert columns(line) <= 40 or " " not in line.strip()


def test_what_was_not_followed_is_never_called_clean() -> None:
    text = render_text(replace(reporting.report(), diagnostics=()))
    assert "No findings" in text
    assert "1 model followed, 1 partly, 1 not" in text
    assert "clean" not in text
    assert "the number of turns of this loop is unknown (net.py:30)" in " ".join(text.split())


def test_quiet_says_findings_only() -> None:
    text = render_text(Report(), TextStyle(quiet=True))
    assert text == ""


def test_the_path_of_layers_is_spelled_out() -> None:
    assert layer_path(reporting.direct()) == "dropout (line 11) → relu (18) → batch_norm (14)"
    assert layer_path(reporting.across_files()) == "dropout (line 6) → concat (7) → batch_norm (net.py:15)"


def test_a_long_path_keeps_its_ends() -> None:
    diagnostic = reporting.direct()
    first, middle, last = diagnostic.layers
    long = replace(diagnostic, layers=(first, *[middle] * 30, last))
    assert layer_path(long).count("→") == 8
    assert "… 24 more …" in layer_path(long)


def test_json_is_the_contract() -> None:
    document = json.loads(renderer("json")(reporting.report()))
    assert list(document) == ["schema", "version", "models", "diagnostics"]
    assert list(document["models"][0]) == ["entry", "path", "line", "status", "layers", "unresolved"]
    assert " ".join(document["diagnostics"][0]) == DIAGNOSTIC_KEYS
    assert list(document["diagnostics"][0]["layers"][0]) == ["role", "kind", "op", "name", "built", "used"]
    functional = next(item for item in document["diagnostics"] if item["code"] == "OL110")
    assert functional["layers"][0]["built"] is None


@pytest.mark.parametrize(
    ("source", "place", "marker"),
    [
        ("\tself.a = f(x)\n", (11, 15), "             ^^^^"),
        ("x = '日本', f()\n", (11, 14), "            ^^^"),
        ("a" * 300 + " drop()\n", (302, 308), "^^^^^^"),
    ],
)
def test_the_marker_stands_below_what_it_marks(source: str, place: tuple[int, int], marker: str) -> None:
    spot = Place("<stdin>", 1, place[0], 1, place[1])
    lines = list(frame([Mark(spot, "", True)], SourceLines({"<stdin>": source.encode()}), "<stdin>", 80))
    assert [line.role for line in lines] == ["source", "primary"]
    assert lines[1].text.strip() == marker.strip()
    assert columns(lines[0].text) <= 80
    if len(source) < 80:
        assert lines[1].text.rstrip() == marker


def test_source_that_is_gone_leaves_the_words() -> None:
    diagnostic = replace(reporting.single(), place=Place("/nowhere/gone.py", 3, 1, 3, 5), layers=())
    assert "OL110" in render_text(Report((diagnostic,)))


def test_paths_are_relative_below_the_current_folder_only(tmp_path: Path) -> None:
    assert shown_path(str(GOLDEN / "net.py")) == "net.py"
    assert shown_path(str(tmp_path / "x.py")) == (tmp_path / "x.py").as_posix()
    assert shown_path("<stdin>") == "<stdin>"


def test_colors_change_nothing_but_the_looks() -> None:
    import io

    from orderlint.report.color import print_colored
    from orderlint.report.text import text_lines

    stream = io.StringIO()
    print_colored(text_lines(reporting.report(), TextStyle(80)), stream)
    colored = stream.getvalue()
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_text(reporting.report(), TextStyle(80))
