"""onnx's own test models: every operator it has, in every form it is tested in."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path

import onnx.backend.test
import pytest

from orderlint.onnx.frontend import model_of_onnx

DATA = Path(onnx.backend.test.__file__).parent / "data"
FILES = sorted(DATA.rglob("*.onnx"))


def test_there_are_models() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DATA)))
def test_file_is_read(path: Path) -> None:
    model = model_of_onnx(str(path))
    assert model.status == "complete"
    assert all(node.kind for node in model.graph.nodes)


def test_node_cases_are_read() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # onnx's reference implementations overflow on purpose
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    statuses = Counter(model_of_onnx(case.name, case.model.SerializeToString()).status for case in cases)
    assert statuses == {"complete": len(cases)}
    assert len(cases) > 1000


def test_old_vgg_keeps_its_dropouts() -> None:
    model = model_of_onnx(str(DATA / "light" / "light_vgg19.onnx"))
    dropouts = [node for node in model.graph.nodes if node.kind == "dropout"]
    assert [(node.op, node.attrs["p"], node.attrs["training"]) for node in dropouts] == [
        ("Dropout-7", 0.5, "train")
    ] * 2
    assert not model.facts
