"""The public functions, as a program, a test or a training loop uses them."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

import orderlint
from orderlint.errors import InputError, UsageError
from orderlint.testing import assert_clean
from orderlint.trace.first_batch import LayerOrderWarning

SOURCE = """from torch import nn


class Net(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8, bias=False), nn.Dropout(p), nn.BatchNorm1d(8))

    def forward(self, x):
        return self.layers(x)
"""


class Faulty(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8, bias=False), nn.Dropout(p), nn.BatchNorm1d(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(x)
        return result


class Clean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(x)
        return result


def test_everything_public_is_there_and_typed() -> None:
    for name in orderlint.__all__:
        assert getattr(orderlint, name) is not None
    package = Path(orderlint.__file__).parent
    assert (package / "py.typed").is_file()
    tree = ast.parse((package / "api.py").read_text(encoding="utf-8"))
    public = [f for f in tree.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")]
    assert all(f.returns is not None and ast.get_docstring(f) for f in public)


def test_source_and_path_and_graph(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(SOURCE)
    by_text = orderlint.lint_source(SOURCE, assume={"p": 0.5})
    by_path = orderlint.lint_path(file, assume={"p": 0.5})
    assert [item.code for item in by_text] == [item.code for item in by_path] == ["OL101"]
    assert isinstance(by_text[0], orderlint.Diagnostic)
    assert [node.kind for node in orderlint.graph_of(file).nodes] == [
        "input",
        "linear",
        "dropout",
        "batch_norm",
    ]


def test_faults_are_raised(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"net\.py:1"):
        orderlint.lint_source("def (", "net.py")
    with pytest.raises(InputError, match="no such file"):
        orderlint.lint_path(tmp_path / "none.py")
    with pytest.raises(UsageError, match="no option 'selct'"):
        orderlint.lint_source(SOURCE, selct=["OL101"])


def test_a_live_module() -> None:
    (found,) = orderlint.lint_module(Faulty(), torch.zeros(2, 4))
    assert found.code == "OL101"
    assert orderlint.lint_module(Faulty(), [torch.zeros(2, 4)], ignore=["OL101"]) == []
    assert orderlint.lint_module(Clean(), {"x": torch.zeros(2, 4)}) == []


@pytest.mark.parametrize("inputs", [None, torch.zeros(2, 4)], ids=["source", "run"])
def test_assert_clean(inputs: torch.Tensor | None) -> None:
    assert_clean(Clean(), inputs)
    assert_clean(Faulty(), inputs, ignore=["OL101"])
    assert_clean(Faulty(), inputs, fail_on="error")
    with pytest.raises(AssertionError, match=r"1 finding.*\n.*test_api.py:\d+: warning\[OL101\] dropout"):
        assert_clean(Faulty(), inputs)


def test_assert_clean_of_a_class_and_a_file(tmp_path: Path) -> None:
    assert_clean(Clean)
    file = tmp_path / "net.py"
    file.write_text(SOURCE)
    with pytest.raises(AssertionError, match="OL101"):
        assert_clean(file, assume={"p": 0.5})


def test_one_line_in_a_plain_loop() -> None:
    """Warned of once, on the first batch; outputs and gradients are as without it."""
    torch.manual_seed(0)
    plain, batch = Faulty(0.0), torch.randn(4, 4)
    torch.manual_seed(0)
    watched = orderlint.check_first_batch(Faulty(0.0))
    assert torch.equal(plain(batch), watched(batch))
    assert all(torch.equal(a, b) for a, b in zip(plain.buffers(), watched.buffers(), strict=True))
    model = orderlint.check_first_batch(Faulty())
    with pytest.warns(LayerOrderWarning, match="OL101"):
        model(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model(batch).sum().backward()


def test_the_lightning_callback(tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning.pytorch", reason="needs lightning")
    from orderlint.lightning import LintFirstBatch

    class Task(lightning.LightningModule):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.net = Faulty()

        def training_step(self, batch: list[torch.Tensor]) -> torch.Tensor:
            loss: torch.Tensor = self.net(batch[0]).square().mean()
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.1)

    found: list[orderlint.Diagnostic] = []
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(8, 4)), 4)
    trainer = lightning.Trainer(
        max_epochs=1, callbacks=[LintFirstBatch(found.append)], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu", default_root_dir=tmp_path,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(Task(), data)
    assert [item.code for item in found] == ["OL101"]
