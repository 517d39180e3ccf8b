"""Run the ordering study and write its report.

python -m benchmarks.ordering_study run                       # the default parts, resuming; then report
python -m benchmarks.ordering_study run --parts question-mnist --seeds 1000 --device cuda
python -m benchmarks.ordering_study report                    # docs/evidence.md and its plots
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from . import result_files
from .configurations import DEFAULT, PARTS, Configuration
from .data import load
from .report import write_report
from .training import train


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="train what the result files lack, then report")
    run.add_argument("--parts", nargs="+", choices=PARTS, default=list(DEFAULT))
    run.add_argument("--seeds", type=int, default=20)
    run.add_argument("--group", type=int, help="seeds trained as one network (default: the part's own)")
    run.add_argument("--epochs", type=int, default=20)
    run.add_argument("--device", default="cpu")
    run.add_argument("--threads", type=int, default=1)
    for command in (run, commands.add_parser("report", help="write the report from the result files")):
        command.add_argument("--results", type=Path, default=result_files.FOLDER)
        command.add_argument("--docs", type=Path, default=Path(__file__).parents[2] / "docs")
    arguments = parser.parse_args()
    if arguments.command == "run":
        torch.set_num_threads(arguments.threads)
        run_parts(arguments)
    write_report(arguments.results, arguments.docs)


def run_parts(arguments: argparse.Namespace) -> None:
    """Train every group of seeds of every configuration that the result files lack."""
    arguments.results.mkdir(parents=True, exist_ok=True)
    todo = [job for part in arguments.parts for job in _missing(part, arguments)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("training", total=len(todo))
        for path, configuration, seeds in todo:
            progress.update(task, description=" ".join(configuration.key))
            data = load(configuration.data)
            outcomes = train(configuration.build(), data, seeds, arguments.epochs, arguments.device)
            result_files.append(path, configuration, arguments.epochs, outcomes)
            progress.advance(task)


def _missing(part: str, arguments: argparse.Namespace) -> list[tuple[Path, Configuration, list[int]]]:
    path = result_files.path_of(part, arguments.results)
    rows = result_files.read(path)
    if other := {row.epochs for row in rows} - {arguments.epochs}:
        sys.exit(f"{path} holds runs of {sorted(other)[0]} epochs; name another folder with --results")
    done = {(row.configuration, row.outcome.seed) for row in rows}
    group = arguments.group or PARTS[part].group
    jobs = []
    for configuration in PARTS[part].configurations():
        for start in range(0, arguments.seeds, group):
            seeds = list(range(start, min(start + group, arguments.seeds)))
            missing = [seed for seed in seeds if (configuration, seed) not in done]
            if missing:
                jobs.append((path, configuration, missing))
    return jobs


if __name__ == "__main__":
    main()
