"""The pages of the rules in docs/rules are those that their rule files give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "make_rule_pages.py"


def test_pages_are_current() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), "run: python benchmarks/make_rule_pages.py --write"


def test_every_rule_has_a_page_with_its_examples() -> None:
    folder = SCRIPT.parents[1] / "docs/rules"
    names = {path.name for path in folder.glob("OL*.md")}
    assert len(names) > 50
    text = (folder / "OL101-dropout-before-batchnorm.md").read_text(encoding="utf-8")
    assert "## Counter-evidence" in text
    assert text.count("```python") >= 4
