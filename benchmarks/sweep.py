"""Lint every Python file below some folders, each as if it were named on the command line, and log its cost.

    python benchmarks/sweep.py FOLDER… --log LOG.jsonl --search-path FOLDER
    python benchmarks/sweep.py --log LOG.jsonl             # what the log says so far
    python benchmarks/sweep.py TREE… --log LOG.jsonl --mutants 3

Files are taken in random order, so that a run cut short is a sample; with the same log a run goes on where
it was cut. A batch of them shares a process, whose address space and whose processor time for one file are
limited: a file that ends its process is logged as such. With `--mutants` it is copies of the files, some
lines deleted, repeated or swapped, that are linted, in place of the files on disk. Exit status 1 if a file
ended in an internal error or with its process.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import resource
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderlint.config import Config
from orderlint.discovery import Input
from orderlint.follow import begin_run
from orderlint.linter import Context, lint_input, make_context
from orderlint.merge import merge_results
from orderlint.report.json import render_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.report.result import FollowedModel

BATCH = 100
"""Files that share a process, and so what they import."""

ADDRESS_SPACE = 4 * 2**30
CPU_SECONDS = 300
"""For one file: following it may take 120; reading, rules and fixes come on top."""

SEED = 20_261_201

TRIES = 40
"""Mutants that are drawn for one that parses."""


def python_files(folders: Iterable[Path]) -> list[str]:
    """Every Python file below the folders, in an order that is random and always the same."""
    found = sorted({str(path) for folder in folders for path in folder.rglob("*.py") if path.is_file()})
    random.Random(SEED).shuffle(found)
    return found


def cases(folders: Iterable[Path], mutants: int) -> Iterator[tuple[str, int]]:
    """What to lint: a file, and the number of its mutant, 0 for the file itself."""
    for path in python_files(folders):
        yield from ((path, number) for number in (range(1, mutants + 1) if mutants else [0]))


def mutant(content: bytes, seed: str) -> bytes:
    """A text with a few of its lines deleted, repeated or swapped; one that still parses, if some tries give
    one, for most do not."""
    text = content
    for number in range(TRIES):
        text = mutated(content, random.Random(f"{seed} {number}"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
            break
        except (SyntaxError, ValueError):
            continue
    return text


def mutated(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    for _ in range(chance.randint(1, 6) if lines else 0):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        size = chance.choice((1, 1, 1, 2, 5, 20))
        match chance.choice(("delete", "repeat", "swap")):
            case "delete" if len(lines) > size:
                del lines[at : at + size]
            case "repeat":
                lines[other:other] = lines[at : at + size]
            case _:
                lines[at], lines[other] = lines[other], lines[at]
    return b"".join(lines)


def peak(start: bool = False) -> float:
    """Megabytes that this process has held at the most since it was asked with `start` (on Linux)."""
    if start:
        Path("/proc/self/clear_refs").write_text("5")
        return 0.0
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def linted(path: str, number: int, context: Context) -> dict[str, Any]:
    """What linting one file gave and cost."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent.ru_utime + spent.ru_stime) + CPU_SECONDS, -1))
    size = os.path.getsize(path)
    if number:
        text = mutant(Path(path).read_bytes(), f"{path} {number}")
        context = replace(context, job=replace(context.job, overlay={path: text}))
    peak(start=True)
    start = time.process_time()
    result = lint_input(Input(path), context)
    report = merge_results([result], context.config, context.selection, [], context.job)
    render_json(report)
    seconds = time.process_time() - start
    statuses = [model.status for model in result.models]
    return {
        "path": path, "mutant": number, "bytes": size, "seconds": round(seconds, 3), "peak": round(peak()),
        "models": {status: statuses.count(status) for status in sorted(set(statuses))},
        "over": sorted({reason for model in result.models for reason in over(model)}),
        "problem": str(result.problem) if result.problem else None,
        "internal": bool(result.problem and result.problem.internal),
    }  # fmt: skip


def over(model: FollowedModel) -> Iterator[str]:
    """The limits that following a model met."""
    return (part.reason for part in model.unresolved if part.reason.startswith("more than"))


def run_batch(batch: list[tuple[str, int]], context: Context, log: Path) -> None:
    """Lint some files in a process of its own; one that dies over a file says so in the log."""
    before = len(entries(log))
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        status = 1
        try:
            begin_run()
            for path, number in batch:
                write(log, linted(path, number, context))
            status = 0
        finally:
            os._exit(status)
    _, status, _ = os.wait4(child, 0)
    done = len(entries(log)) - before
    if done < len(batch):
        path, number = batch[done]
        write(log, {"path": path, "mutant": number, "died": os.waitstatus_to_exitcode(status)})
        run_batch(batch[done + 1 :], context, log)


def write(log: Path, entry: dict[str, Any]) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def entries(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def quarters(entries: list[dict[str, Any]]) -> list[float]:
    """The seconds of four equal parts of a log: of files in random order they tell whether cost is linear."""
    size = -(-len(entries) // 4) or 1
    starts = range(0, len(entries), size)
    return [sum(entry["seconds"] for entry in entries[start : start + size]) for start in starts]


def summary(log: Path) -> tuple[str, int]:
    """What a log says, and the number of files that went wrong."""
    lines = entries(log)
    died = [entry for entry in lines if "died" in entry]
    wrong = [entry for entry in lines if entry.get("internal")]
    good = [entry for entry in lines if "died" not in entry]
    seconds, sizes = sum(entry["seconds"] for entry in good), sum(entry["bytes"] for entry in good)
    slow, large = (sorted(good, key=lambda entry: -entry[key])[:8] for key in ("seconds", "peak"))
    text = [
        f"{len(lines)} files, {sizes / 1e6:.1f} MB, {seconds:.0f} s of CPU time",
        f"{len(wrong)} internal errors, {len(died)} ended their process",
        f"{sum(bool(entry['over']) for entry in good)} met a limit",
        f"CPU time of each quarter of the files, s: {', '.join(f'{part:.0f}' for part in quarters(good))}",
        "most CPU time:",
        *(f"{entry['seconds']:8.1f} s  {entry['path']}" for entry in slow),
        "most memory:",
        *(f"{entry['peak']:8} MB {entry['path']}" for entry in large),
        *(f"died {e['died']}: {e['path']} {e['mutant'] or ''}" for e in died),
        *(f"{e['problem']} {e['mutant'] or ''}" for e in wrong),
    ]
    return "\n".join(text), len(died) + len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--search-path", type=Path, action="append", default=[])
    parser.add_argument("--mutants", type=int, default=0, help="mutants of each file to lint in its place")
    parser.add_argument("--count", type=int, help="no more than so many files or mutants")
    arguments = parser.parse_args()
    config = Config(
        search_path=tuple(str(path.resolve()) for path in arguments.search_path), root=os.getcwd()
    )
    context = make_context(config, cache=False, fixes=True)
    done = {(entry["path"], entry["mutant"]) for entry in entries(arguments.log)}
    todo = list(cases([path.resolve() for path in arguments.folders], arguments.mutants))[: arguments.count]
    todo = [case for case in todo if case not in done]
    for start in range(0, len(todo), BATCH):
        run_batch(todo[start : start + BATCH], context, arguments.log)
    text, wrong = summary(arguments.log)
    print(text)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
