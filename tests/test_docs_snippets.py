"""Configuration that pages and the README show for other tools: what it names exists, what it runs runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from orderlint.commands.server import command as server_command
from orderlint.config import load_config

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "integrations.md"]
MODEL = "from torch import nn\n\nnet = nn.Sequential(nn.Linear(8, 8), nn.ReLU())\n"


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language on a page."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"))


def yaml_with(page: Path, word: str) -> Any:
    """The only YAML block that holds a word, parsed."""
    (block,) = (block for block in blocks(page, "yaml") if word in block)
    return yaml.safe_load(block)


def orderlint(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "ORDERLINT_CACHE_DIR": str(folder / ".cache"),
    }
    command = [sys.executable, "-m", "orderlint", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_hooks_that_are_shown_are_defined(page: Path) -> None:
    defined = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    (repo,) = yaml_with(page, "hooks:")["repos"]
    (block,) = (block for block in blocks(page, "yaml") if "hooks:" in block)
    shown = set(re.findall(r"- id: (\S+)", block))
    assert {hook["id"] for hook in repo["hooks"]} <= shown <= defined


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_inputs_of_the_action_that_are_shown_are_defined(page: Path) -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"]
    action, upload = yaml_with(page, "uses: OWNER/orderlint")
    assert set(action["with"]) <= set(inputs)
    assert upload["with"]["sarif_file"] == action["with"]["sarif"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_gitlab_job_writes_the_report_that_it_hands_on(page: Path, tmp_path: Path) -> None:
    job = yaml_with(page, "codequality")["orderlint"]
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "net.py").write_text(MODEL, encoding="utf-8")
    commands = [shlex.split(line) for line in job["script"] if line.startswith("orderlint")]
    assert [orderlint(words[1:], tmp_path).returncode for words in commands] == [0]
    assert (tmp_path / job["artifacts"]["reports"]["codequality"]).read_text("utf-8").strip() == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_that_is_shown(shell: str, tmp_path: Path) -> None:
    assert shell in PAGES[1].read_text(encoding="utf-8")
    assert "_orderlint_completion" in orderlint(["completion", shell], tmp_path).stdout


def test_editors_start_the_server() -> None:
    """The command that each setup gives is `orderlint server`, and its delay is the documented one."""
    page = ROOT / "docs" / "editors.md"
    (helix,) = blocks(page, "toml")
    server = tomllib.loads(helix)["language-server"]["orderlint"]
    assert [server["command"], *server["args"]] == ["orderlint", "server"]
    (neovim,) = blocks(page, "lua")
    assert re.findall(r"cmd = \{ (.*?) \}", neovim) == ['"orderlint", "server"']
    (delay,) = (option for option in server_command.params if option.name == "delay")
    assert f"`--delay`, {delay.default} ms" in page.read_text(encoding="utf-8")


def test_the_configuration_of_the_readme_is_read(tmp_path: Path) -> None:
    (block,) = blocks(PAGES[0], "toml")
    path = tmp_path / "pyproject.toml"
    path.write_text(block, encoding="utf-8")
    config = load_config(str(path))
    assert config.severity == {"OL102": "warning"}
    assert config.assume == {"drop_rate": 0.2, "Net.norm": "batch"}
