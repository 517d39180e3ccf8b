"""Small graphs that each rule must (`+`) or must not (`-`) report, read from the text files in `cases/`.

`+warning` asks for the severity too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.engine.check import CheckSettings, check
from orderlint.engine.loader import load_rules

from .builder import parse

if TYPE_CHECKING:
    from orderlint.engine.schema import Rule

ORDER = CheckSettings(order=("norm", "activation", "dropout", "pool"))


@dataclass(frozen=True)
class Case:
    code: str
    due: bool
    graph: str
    severity: str = ""

    def __str__(self) -> str:
        return f"{self.code} {'+' if self.due else '-'}{self.severity} {self.graph}"


@lru_cache
def cases() -> tuple[Case, ...]:
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt")):
        code = ""
        for line in filter(None, path.read_text().splitlines()):
            sign, _, graph = line.partition(" ")
            if graph and sign[0] in "+-":
                found.append(Case(code, sign[0] == "+", graph, sign[1:]))
            else:
                code = line
    return tuple(found)


@lru_cache
def rules() -> dict[str, Rule]:
    return {rule.code: rule for rule in load_rules()}


def reported(rule: Rule, graph: str) -> bool:
    return bool(check(parse(graph), [rule], ORDER))


def severities(rule: Rule, graph: str) -> set[str]:
    return {item.severity for item in check(parse(graph), [rule], ORDER)}


def as_due(rule: Rule, case: Case) -> bool:
    """Whether a rule does with a case what it should."""
    if case.severity:
        return severities(rule, case.graph) == {case.severity}
    return reported(rule, case.graph) is case.due
