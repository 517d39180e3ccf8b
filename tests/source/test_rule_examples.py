"""Every rule's examples, as source: bad ones report on the marked lines, good ones nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from orderlint.engine.check import CheckSettings, check
from orderlint.engine.loader import load_rules
from orderlint.source.frontend import SourceOptions, models_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from orderlint.engine.schema import Rule

ORDER = CheckSettings(order=("norm", "activation", "dropout", "pool"))
"""For OL601, which reports nothing until an order is configured."""

OPEN: dict[str, str] = {}
"""Examples that fail for a known fault of the interpreter."""


@dataclass(frozen=True)
class Program:
    """An example of a rule that is source code."""

    rule: Rule
    number: int
    side: str
    title: str
    code: str

    def __str__(self) -> str:
        return f"{self.rule.code} {self.side} {self.number}"

    @property
    def due(self) -> set[int]:
        lines = enumerate(self.code.splitlines(), 1)
        return {number for number, line in lines if re.search(rf"#.*\b{self.rule.code}\b", line)}


def programs() -> list[Program]:
    return [
        Program(rule, number, example.side, example.title, example.code)
        for rule in load_rules()
        for number, example in enumerate(rule.examples)
        if example.code
    ]


def parameters() -> list[object]:
    return [
        pytest.param(
            program,
            id=str(program),
            marks=[pytest.mark.xfail(reason=OPEN[str(program)], strict=True)] if str(program) in OPEN else [],
        )
        for program in programs()
    ]


@pytest.mark.parametrize("program", parameters())
def test_example(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text(program.code, encoding="utf-8")
    models = models_of_file(str(path), program.code.encode(), SourceOptions(cache=False))
    assert models, "no model was found"
    assert [item.reason for model in models for item in model.unresolved] == []
    found = [item for model in models for item in check(model, [program.rule], ORDER)]
    lines = {item.place.line for item in found}
    assert lines == (program.due if program.side == "bad" else set()), [item.message for item in found]
    if program.side == "bad":
        assert program.due, "a bad example marks no line"


def test_open_faults_name_examples() -> None:
    assert set(OPEN) <= {str(program) for program in programs()}
