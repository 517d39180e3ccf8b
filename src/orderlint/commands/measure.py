"""`orderlint measure`: measure the variance shift of a live model at each of its batch norms."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orderlint.commands.trace import NO_TORCH
from orderlint.errors import UsageError

if TYPE_CHECKING:
    from orderlint.trace.measure import Measurement


@click.command("measure")
@click.argument("target", metavar="PKG.MODULE:FACTORY")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="[NAME=]SIZES[:DTYPE]",
    help="An input tensor of random numbers, such as 32,3,32,32; repeat for several.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE.npz",
    help="Arrays x and, for training, y, one row a sample; instead of --input.",
)
@click.option("--batches", default=8, show_default=True, type=click.IntRange(min=1), help="Batches to run.")
@click.option(
    "--batch-size", default=32, show_default=True, type=click.IntRange(min=2), help="Rows of --data a batch."
)
@click.option(
    "--steps",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Train so many first, on x and y: SGD, cross entropy for integer y, else squared error.",
)
@click.option("--search-path", multiple=True, metavar="DIR", help="Import from this folder first.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of weights, inputs and masks.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--plot", type=click.Path(dir_okay=False), metavar="FILE.svg", help="Write a plot.")
def command(target: str, style: str, plot: str | None, **options: Any) -> None:
    """Measure how far the variance at each batch norm's input differs between training and evaluation.

    Runs the model on the same batches in both modes and sets beside the measured ratio what the rate of the
    dropout that OL101 or OL102 names lets expect. Weights are random unless the factory loads a state dict or
    --steps trains it; so is the input, unless --data gives it. The model is imported and run: measure only
    code that you trust.
    """
    measurement = measured(target, **options)
    if plot:
        _write_plot(plot, measurement)
    click.echo(_shown(measurement, style))


def measured(target: str, **options: Any) -> Measurement:
    """Build the target and measure it.

    Raises:
        UsageError: torch is missing, or the target, an input or the data is wrong.
    """
    try:
        from orderlint.trace.session import Session
    except ModuleNotFoundError as error:
        raise UsageError(NO_TORCH) from error
    return Session(**options).measure(target)


def _shown(measurement: Measurement, style: str) -> str:
    from orderlint.trace.measure_report import measurement_to_json, measurement_to_text

    if style == "text":
        return measurement_to_text(measurement, shutil.get_terminal_size().columns)
    return json.dumps(measurement_to_json(measurement), ensure_ascii=False)


def _write_plot(path: str, measurement: Measurement) -> None:
    from orderlint.trace.measure_plot import measurement_to_svg

    try:
        Path(path).write_text(measurement_to_svg(measurement), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--plot {path}: {error.strerror or error}") from error


measure_command = command
