"""Totals, the worst models and the reasons, as text; and the totals as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .observation import CODES
from .scoring import precision_recall_f1

if TYPE_CHECKING:
    from collections.abc import Iterator

Result = dict[str, Any]


def totals(results: list[Result]) -> dict[str, Any]:
    """Figures in all: every edge and finding counts once."""
    edges = _summed(result["edges"] for result in results)
    return {
        "models": len(results),
        "complete": sum(result["status"] == "complete" for result in results),
        "partial": sum(result["status"] == "partial" for result in results),
        "failed": sum(result["status"] == "failed" for result in results),
        "census_equal": sum(result["census_equal"] for result in results),
        "edges": _figures(edges),
        "findings": {
            code: _figures(_summed(r["findings"][code]["counts"] for r in results)) for code in CODES
        },
        "models_with_false_findings": sum(any(r["findings"][c]["false"] for c in CODES[:1]) for r in results),
        "seconds": round(sum(result["seconds"] for result in results), 1),
    }


def _summed(rows: Any) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)] or [0, 0, 0, 0]


def _figures(counts: list[int]) -> dict[str, Any]:
    precision, recall, f1 = precision_recall_f1(counts)
    return {
        "counts": counts,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
    }


def as_text(results: list[Result], worst: int) -> Iterator[str]:
    """The whole report, line by line."""
    yield from _worst(results, worst)
    yield from _reasons(results)
    yield from _census(results)
    yield from _totals(totals(results))


def _worst(results: list[Result], number: int) -> Iterator[str]:
    ranked = sorted(results, key=lambda r: (r["status"] != "failed", precision_recall_f1(r["edges"])[2]))
    bad = [
        r for r in ranked if r["status"] == "failed" or precision_recall_f1(r["edges"])[2] < 1 or _wrong(r)
    ]
    yield f"The worst {min(number, len(bad))} of {len(bad)} models that do not agree in full:"
    for result in bad[:number]:
        f1 = precision_recall_f1(result["edges"])[2]
        yield f"  {result['name']}: {result['status']}, edges F1 {f1:.3f} {result['edges']}"
        yield from [f"      census {result['census']}"] if result["census"] else []
        for key in ("missing", "extra"):
            yield from (f"      {key} {edge}" for edge in result[key][:2])
        for code in CODES:
            for key in ("missed", "false"):
                yield from (f"      {key} {finding}" for finding in result["findings"][code][key][:2])
        yield from (f"      reason: {reason}" for reason in result["reasons"][:2])


def _wrong(result: Result) -> bool:
    return any(result["findings"][code][key] for code in CODES for key in ("missed", "false"))


def _reasons(results: list[Result]) -> Iterator[str]:
    partial = [result for result in results if result["status"] != "complete"]
    reasons = Counter(reason for result in partial for reason in dict.fromkeys(result["reasons"]))
    yield f"Reasons of {len(partial)} partial or failed models:"
    yield from (f"  {number:5d}  {reason}" for reason, number in reasons.most_common())


def _census(results: list[Result]) -> Iterator[str]:
    unequal = Counter(kind for result in results for kind in result["census"])
    yield "Models whose census differs, by kind: " + ", ".join(f"{k} {n}" for k, n in unequal.most_common())


def _totals(figures: dict[str, Any]) -> Iterator[str]:
    keys = ("models", "complete", "partial", "failed", "census_equal", "seconds")
    yield ", ".join(f"{key.replace('_', ' ')} {figures[key]}" for key in keys)
    rows = {"edges": figures["edges"], **figures["findings"]}
    yield f"{'':14}{'true':>7}{'said':>7}{'precision':>11}{'recall':>9}{'F1':>9}"
    for name, row in rows.items():
        true, said = row["counts"][:2]
        yield f"{name:14}{true:7}{said:7}{row['precision']:11.4f}{row['recall']:9.4f}{row['f1']:9.4f}"
