"""Judge many records: over processes, with a progress bar, resuming from a file of earlier results."""

from __future__ import annotations

import json
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .judging import Settings, judge
from .scoring import failed
from .truth import observed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

Record = dict[str, Any]

CHUNK = 12
"""Neighbouring records given to one process together, which share parsed files."""


def judge_all(
    records: list[Record], settings: Settings, jobs: int, out: Path | None, resume: bool
) -> list[Record]:
    """Results in the order of the records. `out`: where each result is appended as it comes."""
    done = {result["name"]: result for result in _earlier(out)} if resume and out else {}
    if out and not done:
        out.write_text("")
    todo = sorted((r for r in records if r["name"] not in done), key=lambda r: (r["entry"], r["name"]))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(
            f"following {settings.front_end}", total=len(records), completed=len(records) - len(todo)
        )
        for result in _results(todo, settings, jobs):
            done[result["name"]] = result
            progress.advance(task)
            if out:
                with out.open("a", encoding="utf-8") as sink:
                    sink.write(json.dumps(result) + "\n")
    return [done[record["name"]] for record in records]


def _earlier(path: Path) -> Iterator[Record]:
    """Results of an earlier run; a last line cut short by its end is left out."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return


def _results(records: list[Record], settings: Settings, jobs: int) -> Iterator[Record]:
    """Results as they come; where a process dies, its records are tried once more, one by one."""
    if jobs == 1:
        yield from (judge(record, settings) for record in records)
        return
    chunks = [records[i : i + CHUNK] for i in range(0, len(records), CHUNK)]
    lost = yield from _round(chunks, settings, jobs)
    for record in lost:
        again = yield from _round([[record]], settings, 1)
        for dead in again:
            yield {**failed(observed(dead), "the process that followed it died"), "seconds": 0.0}


def _round(
    chunks: list[list[Record]], settings: Settings, jobs: int
) -> Generator[Record, None, list[Record]]:
    """Results as they come; returns the records of the processes that died."""
    lost: list[Record] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[list[Record]], list[Record]] = {
            pool.submit(judge_chunk, chunk, settings): chunk for chunk in chunks
        }
        for future in as_completed(waiting):
            try:
                yield from future.result()
            except BrokenProcessPool:
                lost += waiting[future]
    return lost


def judge_chunk(records: list[Record], settings: Settings) -> list[Record]:
    return [judge(record, settings) for record in records]
