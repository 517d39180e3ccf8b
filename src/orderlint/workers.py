"""Run one function over many inputs, in this process or in several; results keep the order of the inputs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor

Item = TypeVar("Item")
Context = TypeVar("Context")
Result = TypeVar("Result")

WORTH_PROCESSES = 8
"""Fewer inputs than this are linted in this process unless the user says otherwise: starting workers costs
more."""

_context: object = None


def worker_count(jobs: int | None, inputs: int) -> int:
    """How many processes to use: what the user says, else one a core where there is enough to do."""
    if jobs:
        return max(1, min(jobs, inputs))
    return 1 if inputs < WORTH_PROCESSES else min(_cores(), inputs)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # not everywhere
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def run_all(
    function: Callable[[Item, Context], Result],
    inputs: Sequence[Item],
    context: Context,
    jobs: int,
    done: Callable[[], None],
    died: Callable[[Item], Result],
) -> list[Result]:
    """`function(item, context)` for each input. An input whose worker process dies gives `died(item)`."""
    results: list[Result] = []
    stream = _here(function, inputs, context) if jobs <= 1 else _there(function, inputs, context, jobs, died)
    for result in stream:
        results.append(result)
        done()
    return results


def _here(
    function: Callable[[Item, Context], Result], inputs: Sequence[Item], context: Context
) -> Iterator[Result]:
    for item in inputs:
        yield function(item, context)


def _there(
    function: Callable[[Item, Context], Result],
    inputs: Sequence[Item],
    context: Context,
    jobs: int,
    died: Callable[[Item], Result],
) -> Iterator[Result]:
    """Results from worker processes; once one has died, the rest run each in a pool of its own, so that the
    input that kills its worker is known."""
    from concurrent.futures.process import BrokenProcessPool  # costs more than one small file

    finished = 0
    try:
        with _pool(jobs, context) as pool:
            futures = [pool.submit(_run_one, function, item) for item in inputs]
            for future in futures:
                yield future.result()
                finished += 1
        return
    except BrokenProcessPool:
        pass
    for item in inputs[finished:]:
        yield _alone(function, item, context, died)


def _alone(
    function: Callable[[Item, Context], Result], item: Item, context: Context, died: Callable[[Item], Result]
) -> Result:
    from concurrent.futures.process import BrokenProcessPool

    try:
        with _pool(1, context) as pool:
            return pool.submit(_run_one, function, item).result()
    except BrokenProcessPool:
        return died(item)


def _pool(jobs: int, context: object) -> ProcessPoolExecutor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    method = "fork" if sys.platform == "linux" else "spawn"
    return ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _receive, (context,))


def _receive(context: object) -> None:
    global _context
    _context = context


def _run_one(function: Callable[[Item, Context], Result], item: Item) -> Result:
    return function(item, _context)  # type: ignore[arg-type]  # what `_receive` was given
