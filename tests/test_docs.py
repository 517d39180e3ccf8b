"""The documentation site: built with warnings as errors; commands on it give what it shows; keys all listed.

In a page, a block with `title="NAME"` is a file, and each `$ …` line of a `console` block is run by a shell,
one after the other, in a folder with the files of the page and of the quick start; what follows the line is
its output. ORDERLINT_UPDATE_GOLDEN=1 writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from orderlint.config_keys import KEYS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = ["index", "following", "pictures", "api", "comparison", "fixes", "configuration", "integrations"]
FILE = re.compile(r'(?ms)^```[a-z]+ title="(?P<name>[^"]+)"\n(?P<text>.*?)^```')
CONSOLE = re.compile(r"(?ms)^```console\n(?P<text>.*?)^```")


def files_of(page: str) -> dict[str, str]:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return {match["name"]: match["text"] for match in FILE.finditer(text)}


SHELL = """
set -o pipefail
orderlint() { "$PYTHON" -m orderlint "$@"; }
python() { "$PYTHON" "$@"; }
"""
"""The commands of the page, run by this Python on this source."""


def run(command: str, folder: Path) -> str:
    """What the command prints, on either stream."""
    environment = {
        **os.environ,
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "90",
        "PYTHONIOENCODING": "utf-8",
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
        "ORDERLINT_CACHE_DIR": str(folder.parent / "cache"),
    }
    done = subprocess.run(
        ["bash", "-c", SHELL + command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout


def current(block: str, folder: Path) -> str:
    """The block with the output that its commands have now."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    parts = [f"$ {command}\n{run(command, folder)}" for command in commands]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


@pytest.mark.parametrize("page", PAGES)
def test_commands_give_what_the_page_shows(page: str, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    for name, text in {**files_of("index"), **files_of(page)}.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = DOCS / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    made = CONSOLE.sub(lambda match: f"```console\n{current(match['text'], folder)}```", text)
    if os.environ.get("ORDERLINT_UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
        return
    assert made == text


def test_every_key_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert all(f"| `{key.name}` | {key.form} | {key.what}" in text for key in KEYS)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Warnings are errors: links and anchors that lead nowhere are warnings."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("index.html")}
    assert {"index.html", "api/index.html", "editors/index.html"} <= pages
