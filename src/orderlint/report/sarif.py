"""SARIF 2.1.0 report."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from orderlint import __version__
from orderlint.notebook.paths import split_path
from orderlint.report.fingerprint import fingerprints
from orderlint.report.page import page_lines
from orderlint.report.result import file_line, shown_path
from orderlint.report.text import spoken

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import Place
    from orderlint.report.result import InputProblem, Report

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
RANKS = {"high": 90.0, "medium": 60.0, "low": 30.0}
"""Confidence as SARIF's rank, from 0 to 100."""


def render_sarif(report: Report) -> str:
    """One run: rules with their help, results with fingerprints and the path of layers as a code flow, and
    what could not be read as notifications."""
    codes = sorted({diagnostic.code for diagnostic in report.diagnostics})
    names = fingerprints(report)
    run = {
        "tool": {"driver": _driver(codes, report)},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            _result(report, diagnostic, codes.index(diagnostic.code), name)
            for diagnostic, name in zip(report.diagnostics, names, strict=True)
        ],
    }
    document = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _driver(codes: list[str], report: Report) -> dict[str, object]:
    first = {diagnostic.code: diagnostic for diagnostic in reversed(report.diagnostics)}
    return {
        "name": "orderlint",
        "semanticVersion": __version__,
        "rules": [_rule(code, first[code], report) for code in codes],
    }


def _rule(code: str, example: Diagnostic, report: Report) -> dict[str, object]:
    described: dict[str, object] = {"id": code, "name": example.rule}
    rule = next((rule for rule in report.rules if rule.code == code), None)
    if rule is not None:
        described["shortDescription"] = {"text": " ".join(rule.what.split())}
        described["fullDescription"] = {"text": " ".join(rule.why.split())}
        described["help"] = {"text": " ".join(rule.help.split()), "markdown": "\n".join(page_lines(rule))}
        described["defaultConfiguration"] = {"level": LEVELS[rule.severity], "enabled": rule.enabled}
    return described


def _invocation(report: Report) -> dict[str, object]:
    notes = [_notification(problem) for problem in report.problems]
    return {
        "executionSuccessful": not any(problem.internal for problem in report.problems),
        "toolExecutionNotifications": notes,
    }


def _notification(problem: InputProblem) -> dict[str, object]:
    return {"level": "error", "message": {"text": str(problem)}}


def _result(report: Report, diagnostic: Diagnostic, rule: int, fingerprint: str) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": LEVELS[diagnostic.severity],
        "rank": RANKS[diagnostic.confidence],
        "message": {"text": diagnostic.message},
        "locations": [_location(report, diagnostic.place)],
        "partialFingerprints": {"orderlint/v1": fingerprint},
        "properties": {
            "model": diagnostic.model,
            "condition": diagnostic.condition,
            "count": diagnostic.count,
        },
    }
    flow = _code_flow(report, diagnostic)
    if flow:
        result["codeFlows"] = [flow]
    fix = _fix(diagnostic)
    if fix:
        result["fixes"] = [fix]
    return result


def _fix(diagnostic: Diagnostic) -> dict[str, object] | None:
    """The changes of a fix, by file; none for a notebook, whose cells SARIF cannot point into."""
    fix = diagnostic.fix
    if fix is None or not fix.edits or any(split_path(edit.place.path)[1] for edit in fix.edits):
        return None
    changes: dict[str, list[dict[str, object]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.replacement}}
        changes.setdefault(edit.place.path, []).append(replacement)
    safety = "safe" if fix.safe else "unsafe"
    return {
        "description": {"text": f"{fix.title} ({safety})"},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": listed} for path, listed in changes.items()
        ],
    }


def _code_flow(report: Report, diagnostic: Diagnostic) -> dict[str, object] | None:
    """The path of layers, each where it is used, so that the steps read in the order of the data."""
    steps = [
        {
            "location": {
                **_location(report, place),
                "message": {"text": f"{layer.role}: {spoken(layer)} {layer.name}".strip()},
            }
        }
        for layer in diagnostic.layers
        if (place := layer.used or layer.built) is not None
    ]
    return {"threadFlows": [{"locations": steps}]} if len(steps) > 1 else None


def _location(report: Report, place: Place) -> dict[str, object]:
    path, line = file_line(report, place.path, place.line)
    region = _region(place) if path == place.path else {"startLine": line}
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def _region(place: Place) -> dict[str, int]:
    region = {"startLine": place.line, "startColumn": place.column}
    if place.end_line is not None and place.end_column is not None:
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    return region


def _artifact(path: str) -> dict[str, object]:
    shown = shown_path(path)
    if os.path.isabs(shown):
        return {"uri": f"file://{quote(shown)}"}
    return {"uri": quote(shown), "uriBaseId": "%SRCROOT%"}
