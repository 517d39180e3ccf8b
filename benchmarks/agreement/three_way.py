"""For each model the findings that source graph, trace and truth do not all have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .judging import Settings, TooLong, observe, time_limit
from .truth import observed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .observation import Finding, Observation

CODE = "OL101+OL102"


def three_way(records: list[dict[str, Any]], settings: Settings) -> Iterator[str]:
    """One line a model, and one for each difference; a summary at the end."""
    equal = 0
    for record in records:
        sides = {"truth": observed(record)}
        problems = []
        for front_end in ("source", "trace"):
            try:
                with time_limit(settings.timeout):
                    sides[front_end] = observe(record, replace(settings, front_end=front_end))
            except (Exception, TooLong) as error:
                problems.append(f"{front_end}: {type(error).__name__}: {error}"[:200])
        differences = [*problems, *_differences(sides)]
        equal += not differences
        yield f"{record['name']}: " + ("the same" if not differences else "")
        yield from (f"    {line}" for line in differences)
    yield f"{equal} of {len(records)} models have the same {CODE} places in source graph, trace and truth"


def _differences(sides: dict[str, Observation]) -> Iterator[str]:
    found = {side: [f for f in seen.findings if f.code == CODE] for side, seen in sides.items()}
    reported: list[Finding] = []
    for finding in (f for side in found.values() for f in side):
        missing = [side for side, others in found.items() if not any(finding.same(other) for other in others)]
        if missing and not finding.certain and "truth" not in missing:
            continue
        if missing and not any(finding.same(other) for other in reported):
            reported.append(finding)
            has = [side for side in found if side not in missing]
            yield f"in {' and '.join(has)} but not in {' and '.join(missing)}: {finding}"
