"""`orderlint graph`: the layer graph of a model, as text or JSON."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from orderlint.commands.options import config_options, following_options, read_config
from orderlint.discovery import Input, input_of_file
from orderlint.errors import InputError, UsageError
from orderlint.follow import Job
from orderlint.graph.dump import graph_to_json, graph_to_text
from orderlint.linter import followed
from orderlint.report.result import shown_path

if TYPE_CHECKING:
    from orderlint.config import Config
    from orderlint.graph.model import Model


@click.command("graph")
@click.argument("target", required=False)
@click.option(
    "--entry", metavar="EXPR", help="Expression that builds the model, in the namespace of TARGET if given."
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@following_options
@config_options
def command(target: str | None, entry: str | None, style: str, **options: Any) -> None:
    """Print the layer graph of TARGET: a file, `file.py::Class`, an ONNX file, or what --entry builds.

    A file with several models prints them all as text; as JSON it must have one, or name one.
    """
    config = read_config(**options)
    models = models_of_target(target, entry, config)
    if style == "text":
        click.echo("\n\n".join(graph_to_text(model, shown_path) for model in models))
        return
    if len(models) > 1:
        names = ", ".join(model.entry for model in models)
        raise UsageError(f"{target}: several models; name one as {target}::NAME ({names})")
    click.echo(json.dumps(graph_to_json(models[0].graph, shown_path), ensure_ascii=False))


def models_of_target(target: str | None, entry: str | None, config: Config) -> list[Model]:
    """The models to print, at least one.

    Raises:
        UsageError: no target is given.
        InputError: the target has no model, or none of that name, or cannot be followed.
    """
    if entry is None and target is None:
        raise UsageError("graph needs a TARGET or --entry")
    path, _, name = (target or "").partition("::")
    item = Input(path, "entry", entry or f"{name}()") if entry or name else input_of_file(path)
    if item.path and not os.path.isfile(item.path):
        raise InputError(shown_path(item.path), "no such file")
    models = followed(item, Job.of_config(config))
    if not models:
        raise InputError(shown_path(path), "no model found in this file")
    return [_followed(model) for model in models] if item.kind == "entry" else models


def _followed(model: Model) -> Model:
    if model.status == "failed":
        reason = model.unresolved[0].reason if model.unresolved else "unknown reason"
        raise InputError(model.entry, f"cannot be followed: {reason}")
    return model
