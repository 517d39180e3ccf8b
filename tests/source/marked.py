"""Fixtures: programs whose lines are marked with the findings that are due on them.

A fixture is a file, or a folder of files that belong together, below tests/fixtures/<topic>. Comments say:

    # OL101           a finding of this rule is due on this line (several: `# OL101 OL301`)
    # OL101:info      the same, of this severity
    # todo: OL101     a finding is due here that is known to be missed
    # codes: OL101 …  at the head: the rules that are run; FIRST_RULES where it is absent
    # order: norm …    at the head: the order that OL601 enforces
    # run: Net()  2,3,8,8  at the head: an expression that builds a model, and the inputs of its forward (two
                           spaces between; more such lines for more models)
    # partial: reason      at the head: some model cannot be wholly followed, for a reason that contains this
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.config import Config
from orderlint.discovery import discover
from orderlint.linter import lint, make_context

if TYPE_CHECKING:
    from orderlint.report.result import Report

FOLDER = Path(__file__).parent.parent / "fixtures"
FIRST_RULES = ("OL101", "OL102", "OL110", "OL111", "OL112", "OL125", "OL203", "OL301", "OL303")
MARK = re.compile(r"#\s*(?P<todo>todo:)?\s*(?P<marks>OL\d{3}(?::\w+)?(?:\s+OL\d{3}(?::\w+)?)*)\s*$")


@dataclass(frozen=True, order=True)
class Finding:
    """Where a rule reports; `severity` is empty where it does not matter."""

    path: str
    line: int
    code: str
    severity: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.code}" + (f":{self.severity}" if self.severity else "")


@dataclass(frozen=True)
class Run:
    """A model of a fixture that can be run: the expression that builds it, and its inputs."""

    path: Path
    entry: str
    inputs: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path.relative_to(FOLDER).with_suffix('')}: {self.entry}"


@dataclass(frozen=True)
class Fixture:
    """A file, or a folder of files that belong together."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(FOLDER).with_suffix(""))

    @property
    def files(self) -> list[Path]:
        return sorted(self.path.rglob("*.py")) if self.path.is_dir() else [self.path]

    @property
    def codes(self) -> tuple[str, ...]:
        heads = [code for path in self.files for line in _headers(path, "codes") for code in line.split()]
        return tuple(heads) or FIRST_RULES

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(slot for path in self.files for line in _headers(path, "order") for slot in line.split())

    @property
    def partial(self) -> list[str]:
        return [line for path in self.files for line in _headers(path, "partial")]

    @property
    def due(self) -> list[Finding]:
        return sorted(finding for finding, todo in self._marks() if not todo)

    @property
    def missed(self) -> list[Finding]:
        return sorted(finding for finding, todo in self._marks() if todo)

    @property
    def runs(self) -> list[Run]:
        found = []
        for path in self.files:
            for line in _headers(path, "run"):
                entry, *inputs = line.split("  ")
                found.append(Run(path, entry.strip(), tuple(part.strip() for part in inputs if part.strip())))
        return found

    def _marks(self) -> list[tuple[Finding, bool]]:
        found = []
        for path in self.files:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = MARK.search(line)
                for mark in match["marks"].split() if match else ():
                    code, _, severity = mark.partition(":")
                    found.append((Finding(path.name, number, code, severity), bool(match["todo"])))
        return found


def _headers(path: Path, key: str) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith(f"# {key}:")]
    return [line.partition(":")[2].strip() for line in head]


def fixtures() -> list[Fixture]:
    """Every fixture, sorted by path."""
    topics = sorted(path for path in FOLDER.iterdir() if path.is_dir())
    items = [item for topic in topics for item in sorted(topic.iterdir())]
    return [
        Fixture(item) for item in items if item.suffix == ".py" or (item.is_dir() and any(item.rglob("*.py")))
    ]


def linted(fixture: Fixture) -> Report:
    """The report of a fixture, by the path that the command line takes."""
    config = Config(select=fixture.codes, order=fixture.order, root=str(FOLDER))
    inputs, problems = discover([str(fixture.path)])
    return lint(inputs, make_context(config, cache=False), problems, jobs=1)
