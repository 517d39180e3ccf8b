"""Compare layer graphs with what runs of the real models showed.

    python -m benchmarks.agreement TRUTH.jsonl.gz CORPUS                 # graphs from source
    python -m benchmarks.agreement TRUTH.jsonl.gz CORPUS --from trace    # graphs from live runs
    python -m benchmarks.agreement TRUTH.jsonl.gz CORPUS --graphs DIR    # graphs that `orderlint trace` wrote
    python -m benchmarks.agreement TRUTH.jsonl.gz CORPUS --three-way --varied --sample 40

CORPUS holds the unpacked sources, one folder a package: a record's `search_path` names folders below it.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .choosing import chosen, with_keyword
from .judging import Settings
from .report import as_text, totals
from .running import judge_all
from .three_way import three_way
from .truth import read_records


def main() -> None:
    arguments = _arguments()
    records = chosen(read_records(arguments.truth), arguments.only, arguments.varied, arguments.sample)
    if arguments.keyword:
        records = [with_keyword(record, arguments.keyword) for record in records]
    front_end = "json" if arguments.graphs else arguments.front_end
    settings = Settings(
        os.path.abspath(arguments.corpus), front_end, arguments.graphs or "", arguments.timeout
    )
    if arguments.three_way:
        for line in three_way(records, settings):
            print(line, flush=True)
        return
    results = judge_all(records, settings, arguments.jobs, arguments.out, arguments.resume)
    for line in as_text(results, arguments.worst):
        print(line)
    print(json.dumps(totals(results)))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path, help="gzipped JSON lines of observed runs")
    parser.add_argument("corpus", help="folder of the unpacked sources")
    parser.add_argument("--from", dest="front_end", choices=("source", "trace"), default="source")
    parser.add_argument("--graphs", help="folder of NAME.json graphs to judge instead")
    parser.add_argument(
        "--three-way", action="store_true", help="compare findings of source, trace and truth"
    )
    parser.add_argument("--only", help="regular expression that names of models must match")
    parser.add_argument(
        "--varied",
        action="store_true",
        help="models that differ in findings first, the smallest of each sort",
    )
    parser.add_argument(
        "--keyword",
        metavar="NAME=VALUE",
        help="add this argument to every entry, where a run had it unstated",
    )
    parser.add_argument("--sample", type=int, help="judge this many models, evenly spread")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds a model")
    parser.add_argument("--worst", type=int, default=15, help="models shown in full")
    parser.add_argument("--out", type=Path, help="file to write results to as they come")
    parser.add_argument("--resume", action="store_true", help="keep the results that --out holds already")
    return parser.parse_args()


if __name__ == "__main__":
    main()
