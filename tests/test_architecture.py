"""Imports point one way, and heavy libraries stay in the corner that needs them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "orderlint"

ALLOWED = {
    "libcst": ("source/", "fixes/"),
    "onnx": ("onnx/",),
    "torch": ("trace/", "api.py"),  # api.py for its types alone
    "click": ("cli.py", "commands/"),
    "rich": ("cli.py", "commands/", "report/"),
    "pygls": ("server/",),
    "lsprotocol": ("server/",),
    "quickjs": ("pictures/",),
    "yaml": ("source/documents.py",),
}

LAYERS = (
    ("cli", "commands", "__main__", "server", "testing", "lightning"),
    (
        "api",
        "linter",
        "merge",
        "baseline",
        "report",
        "pictures",
        "suppress",
        "selection",
        "discovery",
        "follow",
        "config",
        "cells",
        "fixing",
        "rule_examples",
        "result_cache",
        "result_format",
    ),
    ("engine", "source", "onnx", "trace", "fixes", "notebook"),
    ("graph", "diagnostic", "kinds"),
    ("errors", "collector"),
)
"""Each may import what stands at or below its own level, never what stands above."""


def modules() -> list[Path]:
    """Every module of the package; the programs in `source/library` are data: interpreted, never imported."""
    return sorted(path for path in SOURCE.rglob("*.py") if "library" not in path.parts)


def imported(path: Path) -> set[str]:
    """Every module an import statement of a file names, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


def level(part: str) -> int | None:
    return next((number for number, names in enumerate(LAYERS) if part in names), None)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_heavy_libraries_stay_in_their_corner(path: Path) -> None:
    relative = path.relative_to(SOURCE).as_posix()
    for name in imported(path):
        corners = ALLOWED.get(name.partition(".")[0])
        assert corners is None or relative.startswith(corners), f"{relative} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    relative = path.relative_to(SOURCE)
    own = level(relative.parts[0].removesuffix(".py"))
    if own is None:
        return
    for name in imported(path):
        package, _, rest = name.partition(".")
        below = level(rest.partition(".")[0]) if package == "orderlint" else None
        assert below is None or below >= own, f"{relative} imports {name}, which stands above it"


def loaded_after(*arguments: str) -> set[str]:
    """Top-level packages loaded once the command line has run."""
    code = (
        "import sys\nfrom orderlint.cli import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('LOADED ' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stderr.rpartition("LOADED ")[2].split())


def test_version_loads_next_to_nothing() -> None:
    heavy = {"torch", "onnx", "libcst", "rich", "numpy", "pathspec", "tomllib"}
    assert not loaded_after("--version") & heavy


def test_linting_a_file_loads_neither_torch_nor_onnx(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(
        "from torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layers = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(8))\n"
        "    def forward(self, x):\n        return self.layers(x)\n"
    )
    assert not loaded_after(str(file)) & {"torch", "onnx", "numpy", "rich"}
