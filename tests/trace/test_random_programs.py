"""Random module programs give the same layer graph and findings from their source and from their run."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from benchmarks.differential.known import known
from benchmarks.differential.programs import draw
from benchmarks.differential.running import outcome

EACH = 10


@pytest.fixture(autouse=True)
def _one_thread():
    """The tensors are tiny: more threads cost far more than they give."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("first", [200, 320, 520, 900])
def test_source_and_run_agree(first, tmp_path):
    judged = {}
    for seed in range(first, first + EACH):
        drawn = draw(seed)
        result = outcome(drawn, tmp_path)
        if not known(drawn, result):
            judged[seed] = result
    wrong = {seed: result.detail for seed, result in judged.items() if result.kind != "agreed"}
    assert not wrong
    assert len(judged) > EACH // 2


def test_write_before_a_sum(tmp_path):
    assert outcome(draw(133), tmp_path).kind == "agreed"


@pytest.mark.xfail(strict=True, reason="a generator is followed to its end, where `next` runs one step of it")
def test_next_of_a_generator(tmp_path):
    assert outcome(draw(498), tmp_path).kind == "agreed"


def test_a_program_depends_on_its_seed_alone():
    assert draw(7).text == draw(7).text != draw(8).text
