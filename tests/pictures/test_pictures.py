"""Pictures by the command line: what is folded, what is taken apart, what is marked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

NETS = Path(__file__).with_name("nets.py")


def drawn(entry: str, style: str, *options: str) -> str:
    command = [sys.executable, "-m", "orderlint", "graph", str(NETS), "--entry", entry, "--format", style]
    done = subprocess.run([*command, *options], capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def texts(svg: str) -> list[str]:
    return [
        "".join(item.itertext())
        for item in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


def edges(mermaid: str) -> list[tuple[str, str]]:
    """Edges by the labels of their ends."""
    labels = dict(re.findall(r'(n\d+)\[+"([^"]*)"\]', mermaid))
    return [(labels[a], labels[b]) for a, b in re.findall(r"(n\d+) --> (n\d+)", mermaid)]


def test_equal_blocks_are_folded_with_their_number() -> None:
    found = texts(drawn("Dense(0.2)", "svg"))
    assert "− blocks.0 … 3  ×4" in found
    assert "BatchNorm2d 16…40" in found
    assert "dropout p=0.2" in found
    assert "next of 4" in found


def test_the_path_of_a_finding_is_marked() -> None:
    svg = ElementTree.fromstring(drawn("Dense(0.2)", "svg"))
    marked = {
        "".join(text.itertext())
        for group in svg.iter("{http://www.w3.org/2000/svg}g")
        if group.get("class") == "layer" and group.get("data-findings")
        for text in group.iter("{http://www.w3.org/2000/svg}text")
        if text.get("class") == "title"
    }
    assert marked == {"dropout p=0.2", "concat", "BatchNorm2d 16…40"}
    assert any(path.get("data-findings") == "0" for path in svg.iter("{http://www.w3.org/2000/svg}path"))
    assert any("OL101 warning" in text for text in texts(drawn("Dense(0.2)", "svg")))


def test_nothing_is_marked_where_nothing_is_found() -> None:
    assert "data-findings" not in drawn("Dense(0.0)", "svg")
    assert "linkStyle" not in drawn("Dense(0.0)", "mermaid")


def test_blocks_that_other_layers_run_between_are_taken_apart() -> None:
    """The U-Net's `down` list is no stretch of the flow; its blocks have skips of their own: none folded."""
    found = texts(drawn("UNet()", "svg", "--depth", "0"))
    assert [text for text in found if text.startswith("+ down")] == ["+ down.0", "+ down.1", "+ down.2"]
    assert not [text for text in found if "×2" in text and text.startswith("+")]


def test_skips_lead_where_they_lead() -> None:
    found = edges(drawn("UNet()", "mermaid", "--depth", "3"))
    into_concat = sorted(a for a, b in found if b == "concat")
    assert len(into_concat) == 6
    assert sum(a.startswith("ReLU") for a in into_concat) == 3
    assert sum(a.startswith("ConvTranspose2d") for a in into_concat) == 3


def test_depth_opens_as_many_levels() -> None:
    closed = texts(drawn("Dense(0.2)", "svg", "--depth", "0"))
    assert "+ blocks" in " ".join(closed)
    assert not [text for text in closed if text.startswith("−")]


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs graphviz (apt-get install graphviz)")
def test_graphviz_reads_the_dot_file() -> None:
    dot = drawn("Dense(0.2)", "dot")
    done = subprocess.run(["dot", "-Tplain"], input=dot, capture_output=True, check=True, encoding="utf-8")
    assert "BatchNorm2d 16…40" in done.stdout
    assert "#d9730d" in dot


def test_svg_without_the_engine_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['quickjs'] = None\nfrom orderlint.cli import main\n"
        f"main(['graph', {str(NETS)!r}, '--entry', 'UNet()', '--format', 'svg'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 2
    assert "pip install 'orderlint[pictures]'" in done.stderr
