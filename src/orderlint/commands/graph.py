"""`orderlint graph`: the layer graph of a model, as text, JSON or a picture."""

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
from orderlint.selection import select_rules

if TYPE_CHECKING:
    from orderlint.config import Config
    from orderlint.graph.model import Model

STYLES = ["text", "json", "svg", "html", "mermaid", "dot"]


@click.command("graph")
@click.argument("target", required=False)
@click.option(
    "--entry", metavar="EXPR", help="Expression that builds the model, in the namespace of TARGET if given."
)
@click.option("--format", "style", type=click.Choice(STYLES), default="text", show_default=True)
@click.option(
    "--depth", type=click.IntRange(min=0), help="Levels of blocks that a picture opens; by default what fits."
)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write to a file.")
@following_options
@config_options
def command(
    target: str | None, entry: str | None, style: str, depth: int | None, output: str | None, **options: Any
) -> None:
    """Show the layer graph of TARGET: a file, `file.py::Class`, an ONNX file, or what --entry builds.

    A file with several models prints them all as text; for other formats it must have one, or name one. In a
    picture (svg, html, mermaid, dot) blocks stand by module path, repeated ones are folded with their number,
    and the paths of findings are marked.
    """
    config = read_config(**options)
    models = models_of_target(target, entry, config)
    if style == "text":
        return _write("\n\n".join(graph_to_text(model, shown_path) for model in models), output)
    if len(models) > 1:
        names = ", ".join(model.entry for model in models)
        raise UsageError(f"{target}: several models; name one as {target}::NAME ({names})")
    if style == "json":
        return _write(json.dumps(graph_to_json(models[0].graph, shown_path), ensure_ascii=False), output)
    return _write(picture_text(models[0], style, depth, config), output)


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text.removesuffix("\n"))
        return
    try:
        with open(output, "w", encoding="utf-8", newline="\n") as file:
            file.write(text if text.endswith("\n") else f"{text}\n")
    except OSError as error:
        raise UsageError(f"--output {output}: {error.strerror or error}") from error


def picture_text(model: Model, style: str, depth: int | None, config: Config) -> str:
    """The picture of a model, with what the rules in force find in it.

    Raises:
        UsageError: the configuration is wrong, or SVG is asked for without a layout engine.
    """
    from orderlint.pictures import dot, drawing, findings, mermaid, page, picture, svg

    found = findings.findings_in(model, select_rules(config))
    drawn = picture.picture_of(model, found, depth)
    match style:
        case "mermaid":
            return mermaid.mermaid_text(drawn)
        case "dot":
            return dot.dot_text(drawn)
        case "svg":
            return svg.svg_text(drawing.drawing(drawn, shown_path))
        case _:
            return page.html_text(drawing.drawing(drawn, shown_path))


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
    if name and entry is None and models[0].status == "failed":  # it may need arguments: any will do
        roots = followed(input_of_file(path), Job.of_config(config))
        models = [model for model in roots if model.entry == name] or models
    return [_followed(model) for model in models] if item.kind == "entry" else models


def _followed(model: Model) -> Model:
    if model.status == "failed":
        reason = model.unresolved[0].reason if model.unresolved else "unknown reason"
        raise InputError(model.entry, f"cannot be followed: {reason}")
    return model
