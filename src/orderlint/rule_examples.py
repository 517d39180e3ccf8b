"""Run the examples of a rule: a bad one must report on its marked lines, a good one nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.discovery import Input
from orderlint.engine.check import CheckSettings, check
from orderlint.errors import InputError
from orderlint.follow import Job, follow

if TYPE_CHECKING:
    from orderlint.engine.schema import Example, Rule

ORDER = CheckSettings(order=("norm", "activation", "dropout", "pool"))
"""For rules on the configured order, which report nothing without one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one example gave. `problem` is empty where it is as it should be; `run` is False for an example
    that is a graph, which only the tests of orderlint itself can read."""

    example: Example
    number: int
    problem: str = ""
    run: bool = True


def run_examples(rule: Rule, settings: CheckSettings = ORDER) -> list[Outcome]:
    """The outcome of every example of a rule, in order."""
    return [_outcome(rule, number, example, settings) for number, example in enumerate(rule.examples, 1)]


def marked_lines(example: Example, code: str) -> set[int]:
    """The 1-based lines of a program that carry the rule's code in a comment."""
    lines = enumerate(example.code.splitlines(), 1)
    return {number for number, line in lines if re.search(rf"#.*\b{re.escape(code)}\b", line)}


def _outcome(rule: Rule, number: int, example: Example, settings: CheckSettings) -> Outcome:
    if not example.code:
        return Outcome(example, number, run=False)
    try:
        models = follow(Input("<example>", "stdin"), Job(stdin=example.code.encode(), cache=False))
    except InputError as error:
        return Outcome(example, number, f"line {error.line or 1}: {error.problem}")
    if not models:
        return Outcome(example, number, "holds no model")
    reasons = [item.reason for model in models for item in model.unresolved]
    found = {item.place.line for model in models for item in check(model, [rule], settings)}
    return Outcome(example, number, _problem(example, rule.code, found) or _partial(reasons))


def _problem(example: Example, code: str, found: set[int]) -> str:
    due = marked_lines(example, code)
    if example.side == "good":
        return f"reports on {_lines(found)}, though it is a good example" if found else ""
    if not due:
        return f"marks no line with `# {code}`, though it is a bad example"
    missing, extra = due - found, found - due
    said = [f"reports nothing on {_lines(missing)}"] if missing else []
    said += [f"reports on {_lines(extra)}, not marked"] if extra else []
    return "; ".join(said)


def _partial(reasons: list[str]) -> str:
    return f"cannot be wholly followed: {reasons[0]}" if reasons else ""


def _lines(numbers: set[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, sorted(numbers)))}"
