"""When documents are linted: a while after the last change, the newest text only, few at a time."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.server.runs import Outcome, StoppedRunError, lint_document, run_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext

AT_ONCE = max(1, (os.cpu_count() or 2) - 1)
"""Runs that may go on at a time: an editor's other servers want a core too."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it stood when a run was asked for."""

    uri: str
    path: str
    version: int | None
    text: bytes


@dataclass(slots=True)
class Schedule:
    """Runs by document. A new request for a document ends the one before, waiting or going on.

    `done` is called with what a run gave; `log` with a line on each run that ended.
    """

    done: Callable[[Snapshot, Outcome], None]
    log: Callable[[str], None]
    runs: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    context: BaseContext = field(default_factory=run_context)
    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def request(self, snapshot: Snapshot, delay: float) -> None:
        """Lint a document after `delay` seconds, unless a newer request for it comes before that."""
        self.cancel(snapshot.uri)
        self.runs[snapshot.uri] = asyncio.get_running_loop().create_task(self._run(snapshot, delay))

    def cancel(self, uri: str) -> None:
        """End the run of a document, if there is one."""
        task = self.runs.pop(uri, None)
        if task is not None:
            task.cancel()

    async def _run(self, snapshot: Snapshot, delay: float) -> None:
        name = f"{os.path.basename(snapshot.path)} version {snapshot.version}"
        await asyncio.sleep(delay)
        started = time.monotonic()
        try:
            async with self.free:
                outcome = await lint_document(self.context, snapshot.path, snapshot.text)
        except asyncio.CancelledError:
            self.log(f"{name}: stale, ended after {time.monotonic() - started:.2f} s")
            raise
        except StoppedRunError:
            self.log(f"{name}: the process that linted it died")
            return
        self.log(f"{name}: {len(outcome.diagnostics)} findings in {time.monotonic() - started:.2f} s")
        self.done(snapshot, outcome)
