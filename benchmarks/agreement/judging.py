"""Judge one record: follow its entry by a front end, in this process, within a time limit."""

from __future__ import annotations

import functools
import gc
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderlint.graph.model import Model

from .followed import followed, graph_of_json, places_below
from .scoring import failed, score
from .truth import observed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from .observation import Observation


class TooLong(BaseException):
    """The time limit has passed; no `except Exception` on the way stops it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How records are judged: `front_end` is source, trace or json (`graphs` then holds `NAME.json`)."""

    corpus: str
    front_end: str = "source"
    graphs: str = ""
    timeout: float = 120.0


def judge(record: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The figures of one record; what goes wrong is a result too."""
    true, started = observed(record), time.perf_counter()
    try:
        with time_limit(settings.timeout):
            result = score(true, observe(record, settings))
    except TooLong:
        result = failed(true, f"no result within {settings.timeout:g} s")
    except Exception as error:
        result = failed(true, " ".join(f"{type(error).__name__}: {error}".split())[:300])
    gc.collect()
    return {**result, "seconds": round(time.perf_counter() - started, 2)}


def observe(record: dict[str, Any], settings: Settings) -> Observation:
    """What a front end says of a record's model."""
    roots = [os.path.realpath(os.path.join(settings.corpus, folder)) for folder in record["search_path"]]
    model = FRONT_ENDS[settings.front_end](record, roots, settings)
    return followed(model, record["name"], places_below(roots))


def _from_source(record: dict[str, Any], roots: list[str], _: Settings) -> Model:
    from orderlint.source.frontend import SourceOptions, model_of_entry

    return model_of_entry(record["entry"], SourceOptions(search_path=tuple(roots)))


def _from_run(record: dict[str, Any], roots: list[str], _: Settings) -> Model:
    from .live import trace_entry

    return trace_entry(record["entry"], roots)


def _from_json(record: dict[str, Any], _: list[str], settings: Settings) -> Model:
    data = _read(Path(settings.graphs) / f"{record['name']}.json")
    return Model(record["entry"], "", 1, graph_of_json(data), frontend="json")


@functools.lru_cache(maxsize=1)
def _read(path: Path) -> Any:
    import json

    return json.loads(path.read_text(encoding="utf-8"))


FRONT_ENDS: dict[str, Callable[[dict[str, Any], list[str], Settings], Model]] = {
    "source": _from_source,
    "trace": _from_run,
    "json": _from_json,
}


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooLong` in the main thread of this process when the time has passed."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
