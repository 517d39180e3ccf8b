"""Each rule has a fixture below tests/fixtures/rules, named as the rule, with models of both kinds.

Fixtures of rules on exported graphs are text files; tests/onnx/test_rule_fixtures.py runs them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from orderlint.engine.loader import load_rules

from .marked import FOLDER, Fixture

if TYPE_CHECKING:
    from pathlib import Path

RULES = {rule.name.replace("-", "_"): rule.code for rule in load_rules()}
PROGRAMS = sorted((FOLDER / "rules").glob("*.py"))


def test_every_rule_has_a_fixture_and_every_fixture_a_rule() -> None:
    assert {path.stem for path in (FOLDER / "rules").iterdir() if path.is_file()} == set(RULES)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_fixture_has_models_of_both_kinds(path: Path) -> None:
    """At least two lines are due, and at least two classes are silent, one of which a naive tool reports."""
    fixture = Fixture(path)
    assert fixture.codes == (RULES[path.stem],)
    assert {mark.code for mark in fixture.due} == {RULES[path.stem]}
    lines = {mark.line for mark in (*fixture.due, *fixture.missed)}
    assert len(lines) >= 2
    classes = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
    silent = [node for node in classes if lines.isdisjoint(range(node.lineno, (node.end_lineno or 0) + 1))]
    assert len(silent) >= 2
    assert any((ast.get_docstring(node) or "").startswith("naive") for node in classes)
