"""Small graphs that each rule must (`+`) or must not (`-`) report, read from the text files in `cases/`."""

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

    def __str__(self) -> str:
        return f"{self.code} {'+' if self.due else '-'} {self.graph}"


@lru_cache
def cases() -> tuple[Case, ...]:
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt")):
        code = ""
        for line in filter(None, path.read_text().splitlines()):
            if line[:2] in ("+ ", "- "):
                found.append(Case(code, line[0] == "+", line[2:]))
            else:
                code = line
    return tuple(found)


@lru_cache
def rules() -> dict[str, Rule]:
    return {rule.code: rule for rule in load_rules()}


def reported(rule: Rule, graph: str) -> bool:
    return bool(check(parse(graph), [rule], ORDER))
