"""Tree recall: does linting a whole tree, no entry named, find the pairs that runs of its models showed?

    python -m benchmarks.agreement.trees TREE TRUTH.jsonl.gz ... [--keep REPORT.json]

TREE is an unpacked package (`CORPUS/timm/timm`); it is linted as a user does, by the command line in a
process of its own. The pairs are the distinct places of a dropout and of a batch norm it reaches, over all
records.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .observation import CODES
from .truth import observed, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Ends = tuple[frozenset[str], frozenset[str]]


class Recall(NamedTuple):
    """The distinct pairs of places that runs showed, and those of them that no diagnostic has."""

    pairs: list[tuple[str, str]]
    missed: list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("truth", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, help="where the report goes; read instead if it is there")
    arguments = parser.parse_args()
    report = lint(arguments.tree.resolve(), arguments.keep)
    records = [record for path in arguments.truth for record in read_records(path)]
    for line in as_text(report, recall(records, report, arguments.tree.resolve().parent)):
        print(line)


def lint(tree: Path, keep: Path | None) -> dict[str, Any]:
    """The JSON report of OL101 and OL102 over a tree; conditional findings are in it."""
    if keep is None or not keep.exists():
        command = [sys.executable, "-m", "orderlint", "--format", "json", "--search-path", str(tree.parent)]
        command += ["--select", CODES[0].replace("+", ","), str(tree)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tree.parent)
        if keep is None:
            return dict(json.loads(done.stdout))
        keep.write_text(done.stdout, encoding="utf-8")
    return dict(json.loads(keep.read_text(encoding="utf-8")))


def recall(records: Iterable[dict[str, Any]], report: dict[str, Any], root: Path) -> Recall:
    """A pair, told apart by its innermost places, is found where a diagnostic names a frame of each end."""
    said = list(_said(report, root))
    pairs: dict[tuple[str, str], list[Ends]] = {}
    for record in records:
        true = [finding for finding in observed(record).findings if finding.code == CODES[0]]
        for finding, raw in zip(true, record["findings"].get("D1", ()), strict=True):
            if finding.certain:
                name = tuple(raw[end].rpartition(":")[0] for end in ("src", "dst"))
                pairs.setdefault((name[0], name[1]), []).append((finding.start, finding.end))
    missed = [name for name, seen in pairs.items() if not any(_found(ends, said) for ends in seen)]
    return Recall(list(pairs), missed)


def _found(ends: Ends, said: list[Ends]) -> bool:
    return any(ends[0] & start and ends[1] & end for start, end in said)


def _said(report: dict[str, Any], root: Path) -> Iterator[Ends]:
    for found in report["diagnostics"]:
        ends = (found["layers"][0], found["layers"][-1])
        start, end = (frozenset(_places(layer, root)) for layer in ends)
        yield start, end


def _places(layer: dict[str, Any], root: Path) -> Iterator[str]:
    for place in (layer["built"], layer["used"]):
        if place:
            path = (root / place["path"]).resolve()
            yield f"{path.relative_to(root) if path.is_relative_to(root) else path}:{place['line']}"


def as_text(report: dict[str, Any], result: Recall) -> Iterator[str]:
    found = len(result.pairs) - len(result.missed)
    status = Counter(model["status"] for model in report["models"])
    yield f"models: {', '.join(f'{status[s]} {s}' for s in ('complete', 'partial', 'failed'))}"
    yield from (f"missed: {start} -> {end}" for start, end in result.missed)
    yield f"pairs found: {found} of {len(result.pairs)}"


if __name__ == "__main__":
    main()
