"""Each report of a notebook's findings, against golden files (rewritten by ORDERLINT_UPDATE_GOLDEN=1)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from orderlint import __version__
from orderlint.cli import group
from orderlint.report.formats import FORMATS

GOLDEN = Path(__file__).resolve().parent / "golden"


@pytest.mark.parametrize("style", FORMATS)
def test_each_format_is_as_it_was(style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way from the file: a finding in one cell, one between two cells."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(tmp_path / ".cache"))
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "net.ipynb").write_bytes((GOLDEN / "net.ipynb").read_bytes())
    arguments = ["net.ipynb", "--isolated", "--select", "OL101,OL110", "--format", style]
    result = CliRunner().invoke(group, arguments, prog_name="orderlint")
    assert result.exit_code == 1
    text = result.stdout.replace(f'"{__version__}"', '"VERSION"')
    golden = GOLDEN / f"notebook.{style}.golden"
    if os.environ.get("ORDERLINT_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
