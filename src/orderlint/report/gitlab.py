"""GitLab code quality report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from orderlint.report.fingerprint import fingerprints
from orderlint.report.result import file_line, shown_path

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.report.result import Report

LEVELS = {"error": "critical", "warning": "major", "info": "info"}


def render_gitlab(report: Report) -> str:
    """A JSON list of issues, as docs.gitlab.com/ci/testing/code_quality asks for; fingerprints are unique."""
    names = fingerprints(report)
    issues = [
        _issue(report, diagnostic, name) for diagnostic, name in zip(report.diagnostics, names, strict=True)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(report: Report, diagnostic: Diagnostic, fingerprint: str) -> dict[str, object]:
    place = diagnostic.place
    path, line = file_line(report, place.path, place.line)
    _, end = file_line(report, place.path, place.end_line or place.line)
    return {
        "description": f"{diagnostic.code} {diagnostic.rule}: {diagnostic.message}",
        "check_name": diagnostic.code,
        "fingerprint": fingerprint,
        "severity": LEVELS[diagnostic.severity],
        "location": {
            "path": shown_path(path),
            "lines": {"begin": line, "end": end},
        },
    }
