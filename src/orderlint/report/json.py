"""JSON report, schema 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from orderlint import __version__
from orderlint.report.result import shown_parts

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic, DiagnosticLayer, Edit, Fix
    from orderlint.graph.model import Parameter, Place, Unresolved
    from orderlint.report.result import FollowedModel, Report

SCHEMA = 1


def render_json(report: Report) -> str:
    """The report as one JSON object; lines and columns are 1-based, columns in code points."""
    return json.dumps(report_to_json(report), indent=2, ensure_ascii=False) + "\n"


def report_to_json(report: Report) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "version": __version__,
        "models": [_model(model) for model in report.models],
        "diagnostics": [diagnostic_to_json(diagnostic) for diagnostic in report.diagnostics],
    }


def _model(model: FollowedModel) -> dict[str, object]:
    return {
        "entry": model.entry,
        **shown_parts(model.path),
        "line": model.line,
        "status": model.status,
        "layers": model.layers,
        "unresolved": [_unresolved(item) for item in model.unresolved],
    }


def _unresolved(item: Unresolved) -> dict[str, object]:
    place = item.place
    return {
        "reason": item.reason,
        **(shown_parts(place.path) if place else {"path": None}),
        "line": place.line if place else None,
    }


def diagnostic_to_json(diagnostic: Diagnostic) -> dict[str, object]:
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "rule": diagnostic.rule,
        "severity": diagnostic.severity,
        "confidence": diagnostic.confidence,
        "message": diagnostic.message,
        "help": diagnostic.help,
        **shown_parts(place.path),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or place.line,
        "end_column": place.end_column or place.column,
        "model": diagnostic.model,
        "condition": diagnostic.condition,
        "count": diagnostic.count,
        "layers": [_layer(layer) for layer in diagnostic.layers],
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
        **(
            {"parameters": [_parameter(item) for item in diagnostic.parameters]}
            if diagnostic.parameters
            else {}
        ),
    }


def _parameter(parameter: Parameter) -> dict[str, object]:
    return {"name": parameter.name, "default": parameter.default or None, **(_place(parameter.place) or {})}


def _layer(layer: DiagnosticLayer) -> dict[str, object]:
    return {
        "role": layer.role,
        "kind": layer.kind,
        "op": layer.op,
        "name": layer.name,
        "built": _place(layer.built),
        "used": _place(layer.used),
        **({"module": layer.module} if layer.module else {}),
    }


def _place(place: Place | None) -> dict[str, object] | None:
    if place is None:
        return None
    return {"path": "", "line": place.line, "column": place.column} | shown_parts(place.path)


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "title": fix.title,
        "kind": fix.kind,
        "safe": fix.safe,
        "edits": [_edit(edit) for edit in fix.edits],
    }


def _edit(edit: Edit) -> dict[str, object]:
    place = edit.place
    ends = {"end_line": place.end_line or place.line, "end_column": place.end_column or place.column}
    return {**(_place(place) or {}), **ends, "replacement": edit.replacement}
