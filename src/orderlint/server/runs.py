"""One lint run of a document in a process of its own, so that a run that has become stale can be ended."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

    from orderlint.diagnostic import Diagnostic
    from orderlint.report.result import FollowedModel, InputProblem

PRELOADED = (
    "orderlint.config",
    "orderlint.engine.check",
    "orderlint.engine.loader",
    "orderlint.linter",
    "orderlint.report.page",
    "orderlint.source.frontend",
)
"""Modules that the process from which the runs are forked imports once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave. `pages` are the evidence pages (Markdown) of the rules found, by code; `usage` says
    what is wrong with the configuration, if anything is."""

    diagnostics: tuple[Diagnostic, ...] = ()
    models: tuple[FollowedModel, ...] = ()
    problems: tuple[InputProblem, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    usage: str | None = None


class StoppedRunError(Exception):
    """The process of a run died before it gave a result."""


def run_context() -> BaseContext:
    """Processes forked from one that has imported everything; where there is no fork, fresh ones."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


async def lint_document(context: BaseContext, path: str, text: bytes) -> Outcome:
    """Lint the text of a document that stands for the file `path`. Cancelling this ends the process.

    Raises:
        StoppedRunError: the process died.
    """
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, path, text), daemon=True)  # type: ignore[attr-defined]
    await asyncio.to_thread(process.start)
    sender.close()
    try:
        return await asyncio.to_thread(_received, receiver)
    finally:
        process.kill()
        await asyncio.shield(asyncio.to_thread(process.join))


def _received(receiver: Connection) -> Outcome:
    try:
        outcome: Outcome = receiver.recv()
    except (EOFError, OSError) as error:
        raise StoppedRunError from error
    finally:
        receiver.close()
    return outcome


def _work(sender: Connection, path: str, text: bytes) -> None:
    sys.stdout = sys.stderr  # standard output belongs to the protocol
    sender.send(linted(path, text))
    sender.close()


def linted(path: str, text: bytes) -> Outcome:
    """Lint a text as the file `path`, by the configuration nearest to that file."""
    from orderlint.config import load_config
    from orderlint.discovery import Input
    from orderlint.errors import UsageError
    from orderlint.linter import lint, make_context
    from orderlint.report.page import evidence_lines

    try:
        config = load_config(start=os.path.dirname(path))
        context = make_context(config, text, fixes=True)
    except UsageError as error:
        return Outcome(usage=str(error))
    report = lint([Input(path, "stdin")], context, jobs=1)
    found = {diagnostic.code for diagnostic in report.diagnostics}
    pages = tuple((rule.code, "\n".join(evidence_lines(rule))) for rule in report.rules if rule.code in found)
    return Outcome(report.diagnostics, report.models, report.problems, pages)
