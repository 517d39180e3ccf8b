"""Shell completion: the scripts, and what bash itself completes with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from orderlint.cli import group

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    result = CliRunner().invoke(group, ["completion", shell], prog_name="orderlint")
    assert result.exit_code == 0
    assert f"_ORDERLINT_COMPLETE={shell}_complete" in result.stdout


def test_no_other_shell() -> None:
    assert CliRunner().invoke(group, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["expl"], {"explain"}),
        (["--select", "OL1", "--wa"], {"--watch"}),
        (["--unsa"], {"--unsafe-fixes"}),
        (["net.py", "--format", "sar"], {"sarif"}),
        (["completion", "z"], {"zsh"}),
        (["ne"], {"net.py"}),
        (["--no-cache", "ne"], {"net.py"}),
    ],
    ids=" ".join,
)
def test_bash_completes(words: list[str], expected: set[str], tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("")
    command = tmp_path / "bin" / "orderlint"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m orderlint "$@"\n')
    command.chmod(0o755)
    script = (
        'compopt() { [ "$2" != default ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")); }\n'
        'eval "$(orderlint completion bash)"\nCOMP_WORDS=(orderlint "$@")\nCOMP_CWORD=$#\n'
        '_orderlint_completion orderlint\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    environment = {**os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == expected, done.stderr
