"""docs/evidence.md is what the committed result files give; the study's networks and statistics are sound."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from benchmarks.ordering_study.layers import stacked  # noqa: E402
from benchmarks.ordering_study.plain_net import ORDERS, plain_net  # noqa: E402
from benchmarks.ordering_study.report import write_report  # noqa: E402
from benchmarks.ordering_study.residual_net import NETS  # noqa: E402
from benchmarks.ordering_study.result_files import FOLDER  # noqa: E402
from benchmarks.ordering_study.statistics import holm, kendall, spearman  # noqa: E402

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_and_its_plots_are_current(tmp_path):
    write_report(FOLDER, tmp_path)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) > 4
    for path in written:
        assert (DOCS / path).read_text("utf-8") == (tmp_path / path).read_text("utf-8"), path


BUILDERS = [
    *(lambda seeds, order=order: plain_net(seeds, order, (0.5, 0.5), 8) for order in ORDERS),
    *(lambda seeds, net=net: NETS[net](seeds, "kim", 0.5) for net in NETS),
]


@pytest.mark.parametrize("build", BUILDERS)
def test_networks_of_several_seeds_never_mix(build):
    images = torch.randn(4, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    joint = stacked(build, [3, 5]).eval()(images).view(4, 2, 10)
    for i, seed in enumerate((3, 5)):
        alone = stacked(build, [seed]).eval()(images[:, i : i + 1])
        assert torch.allclose(joint[:, i], alone, atol=1e-5)


def test_holm_and_rank_correlations():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    assert kendall(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(4 / 6)
