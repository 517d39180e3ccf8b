"""The README's example is what orderlint says (rewritten by ORDERLINT_UPDATE_GOLDEN=1)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
EXAMPLE = re.compile(
    r"(?s)(<!-- example -->\n+```python\n)(?P<code>.*?)(```\n.*?"
    r"```text\n\$ orderlint model\.py\n)(?P<output>.*?)(```)"
)


def output_of(code: str, folder: Path) -> str:
    (folder / "model.py").write_text(code, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "90",
        "PYTHONIOENCODING": "utf-8",
    }
    environment["ORDERLINT_CACHE_DIR"] = str(folder / ".cache")
    command = [sys.executable, "-m", "orderlint", "model.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    return done.stdout.decode()


def test_the_example_is_real(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    match = EXAMPLE.search(text)
    assert match is not None
    output = output_of(match["code"], tmp_path)
    if os.environ.get("ORDERLINT_UPDATE_GOLDEN"):
        README.write_text(
            text[: match.start("output")] + output + text[match.end("output") :], encoding="utf-8"
        )
        return
    assert match["output"] == output
