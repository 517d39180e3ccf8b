"""Each fixture gives the findings that are marked on its lines, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .marked import Finding, Fixture, fixtures, linted

if TYPE_CHECKING:
    from orderlint.report.result import Report


def found(report: Report) -> set[Finding]:
    return {
        Finding(Path(item.place.path).name, item.place.line, item.code, item.severity)
        for item in report.diagnostics
    }


def meets(finding: Finding, mark: Finding) -> bool:
    same = (finding.path, finding.line, finding.code) == (mark.path, mark.line, mark.code)
    return same and mark.severity in ("", finding.severity)


OPEN: dict[str, str] = {
    "tensors/no_input_flow": "layers applied to tensors that do not come from an input are no nodes",
    "conditions/drop_rate_guard": "a rate whose default is None is taken for None",
}
"""Fixtures that fail for a known fault of the interpreter."""


def parameters() -> list[object]:
    marks = {name: pytest.mark.xfail(reason=reason, strict=True) for name, reason in OPEN.items()}
    return [
        pytest.param(fixture, id=str(fixture), marks=[marks[str(fixture)]] if str(fixture) in marks else [])
        for fixture in fixtures()
    ]


@pytest.mark.parametrize("fixture", parameters())
def test_fixture(fixture: Fixture) -> None:
    report = linted(fixture)
    assert report.problems == ()
    findings = found(report)
    missing = [str(mark) for mark in fixture.due if not any(meets(item, mark) for item in findings)]
    expected = [*fixture.due, *fixture.missed]
    extra = sorted(str(item) for item in findings if not any(meets(item, mark) for mark in expected))
    assert (missing, extra) == ([], [])
    mended = [str(mark) for mark in fixture.missed if any(meets(item, mark) for item in findings)]
    assert mended == [], "no longer missed: take `todo:` off"
    check_followed(fixture, report)


def check_followed(fixture: Fixture, report: Report) -> None:
    """Every model is followed wholly, unless the fixture says why not."""
    assert report.models, "no model was found"
    reasons = [item.reason for model in report.models for item in model.unresolved]
    assert [reason for reason in reasons if not any(part in reason for part in fixture.partial)] == []
    assert [part for part in fixture.partial if not any(part in reason for reason in reasons)] == []
    assert [model.entry for model in report.models if model.status == "failed"] == []


def test_open_faults_name_fixtures() -> None:
    assert set(OPEN) <= {str(fixture) for fixture in fixtures()}
