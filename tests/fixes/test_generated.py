"""A sample of the generated fix cases; `python benchmarks/fix_cases.py` runs 500."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "fix_cases.py"


def test_a_sample_is_fixed_and_torch_agrees() -> None:
    spec = importlib.util.spec_from_file_location("fix_cases", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found, rules = module.failures(30, seed=1)
    assert found == []
    assert len(rules) == 7
