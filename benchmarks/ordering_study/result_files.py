"""Result files: one CSV a part, one line a seed, appended as configurations are done and read to resume."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .configurations import Configuration
from .training import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parent / "results"
SETTINGS = ("data", "net", "arrangement", "rate", "scale", "activation")
FIGURES = ("test_loss", "accuracy", "train_loss", "shift", "worst_shift", "cpu_seconds")
COLUMNS = (*SETTINGS, "epochs", "seed", *FIGURES)


@dataclass(frozen=True, slots=True)
class Row:
    """One seed of one configuration, as it stands in a file."""

    configuration: Configuration
    epochs: int
    outcome: Outcome


def path_of(part: str, folder: Path = FOLDER) -> Path:
    return folder / f"{part}.csv"


def read(path: Path) -> list[Row]:
    """The rows of a file; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [_row(line) for line in csv.DictReader(file)]


def _row(line: dict[str, str]) -> Row:
    outcome = Outcome(
        int(line["seed"]),
        float(line["test_loss"]),
        float(line["accuracy"]),
        float(line["train_loss"]),
        _optional(line["shift"]),
        _optional(line["worst_shift"]),
        float(line["cpu_seconds"]),
    )
    return Row(Configuration(*(line[name] for name in SETTINGS)), int(line["epochs"]), outcome)


def _optional(text: str) -> float | None:
    return float(text) if text else None


def append(path: Path, configuration: Configuration, epochs: int, outcomes: Iterable[Outcome]) -> None:
    """Add the seeds of one configuration."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        for outcome in outcomes:
            figures = [getattr(outcome, name) for name in FIGURES]
            texts = ["" if figure is None else f"{figure:.6g}" for figure in figures]
            writer.writerow([*configuration.key, epochs, outcome.seed, *texts])
