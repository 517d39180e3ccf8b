"""Baselines: findings accepted today are told again tomorrow by their fingerprints."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from orderlint.errors import UsageError
from orderlint.report.fingerprint import fingerprints, relative

if TYPE_CHECKING:
    from orderlint.report.result import Report

SCHEMA = 1


def write_baseline(path: str, report: Report) -> None:
    """Accept all findings of a report, sorted by file so that a change of the baseline reads well.

    Raises:
        UsageError: the file cannot be written.
    """
    root = _root(path)
    found = zip(report.diagnostics, fingerprints(report, root), strict=True)
    accepted = [
        {"path": relative(d.place.path, root), "code": d.code, "fingerprint": name} for d, name in found
    ]
    accepted.sort(key=lambda item: (item["path"], item["code"], item["fingerprint"]))
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(
                json.dumps({"schema": SCHEMA, "accepted": accepted}, indent=1, ensure_ascii=False) + "\n"
            )
    except OSError as error:
        raise UsageError(f"baseline {path}: {error.strerror or error}") from error


def apply_baseline(path: str, report: Report) -> Report:
    """The report without the findings that a baseline accepts.

    Raises:
        UsageError: there is no such file, or it is no baseline.
    """
    accepted = _read_baseline(path)
    found = zip(report.diagnostics, fingerprints(report, _root(path)), strict=True)
    kept = tuple(diagnostic for diagnostic, name in found if name not in accepted)
    return replace(report, diagnostics=kept, baselined=len(report.diagnostics) - len(kept))


def _root(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))


def _read_baseline(path: str) -> frozenset[str]:
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        schema, accepted = document["schema"], frozenset(item["fingerprint"] for item in document["accepted"])
    except FileNotFoundError as error:
        raise UsageError(f"baseline {path}: no such file; --update-baseline writes it") from error
    except OSError as error:
        raise UsageError(f"baseline {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"baseline {path}: not a baseline file") from error
    if schema != SCHEMA:
        raise UsageError(f"baseline {path}: schema {schema!r}; this version reads {SCHEMA}")
    return accepted
