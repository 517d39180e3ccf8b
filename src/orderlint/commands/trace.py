"""`orderlint trace`: run a live model once and lint what ran."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from orderlint.commands.lint import exit_status
from orderlint.commands.options import config_options, read_config, selectors
from orderlint.commands.output import OutputOptions, write_report
from orderlint.config_keys import SEVERITIES
from orderlint.discovery import Input
from orderlint.errors import UsageError
from orderlint.graph.dump import graph_to_json, graph_to_text
from orderlint.report.formats import FORMATS
from orderlint.report.result import InputResult, shown_path

if TYPE_CHECKING:
    from orderlint.config import Config
    from orderlint.graph.model import Model
    from orderlint.report.result import Report

NO_TORCH = "this needs torch; install it with: pip install 'orderlint[torch]'"


@click.command("trace")
@click.argument("target", metavar="PKG.MODULE:FACTORY")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    required=True,
    metavar="[NAME=]SIZES[:DTYPE]",
    help="An input tensor, such as 2,3,64,64 or tokens=2,16:long<1000; repeat for several.",
)
@click.option("--search-path", multiple=True, metavar="DIR", help="Import from this folder first.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of weights and inputs.")
@click.option("--graph", "graph", type=click.Choice(["text", "json"]), help="Print the layer graph instead.")
@click.option("--select", multiple=True, callback=selectors, metavar="RULES", help="Rules to run.")
@click.option("--ignore", multiple=True, callback=selectors, metavar="RULES", help="Rules not to run.")
@click.option("--profile", metavar="NAME", help="Set of defaults to start from.")
@click.option("--fail-on", type=click.Choice([*SEVERITIES, "never"]), help="Least severity that fails.")
@click.option("--format", "style", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@config_options
@click.pass_context
def command(ctx: click.Context, /, target: str, inputs: tuple[str, ...], **options: Any) -> None:
    """Build a model for real, run it once in train mode on random inputs, and lint the layers that ran.

    TARGET names a module class, a function that builds a model, or an expression in the namespace of the
    module: pkg.module:Net, file.py:build, pkg.module:Net(depth=3). It is imported and run: trace only code
    that you trust.
    """
    search_path, seed = options.pop("search_path"), options.pop("seed")
    graph, style = options.pop("graph"), options.pop("style")
    config = read_config(**options)
    model = traced(target, inputs, search_path, seed, config)
    if graph:
        click.echo(_shown(model, graph))
        return
    report = report_of(model, config)
    write_report(report, OutputOptions(style, (), False, False, False, None))
    ctx.exit(exit_status(report, config.fail_on))


def traced(
    target: str, inputs: tuple[str, ...], search_path: tuple[str, ...], seed: int, config: Config
) -> Model:
    """The traced model.

    Raises:
        UsageError: torch is missing, or the target or an input is wrong.
    """
    try:
        from orderlint.trace.target import trace_target
    except ModuleNotFoundError as error:
        raise UsageError(NO_TORCH) from error
    return trace_target(target, inputs, search_path, seed, dict(config.layers))


def _shown(model: Model, style: str) -> str:
    if style == "text":
        return graph_to_text(model, shown_path)
    return json.dumps(graph_to_json(model.graph, shown_path), ensure_ascii=False)


def report_of(model: Model, config: Config) -> Report:
    """Check a model by the rules of a configuration, and report it as any other input."""
    from orderlint.engine.check import check
    from orderlint.linter import followed_model, make_context
    from orderlint.merge import merge_diagnostics, merge_results

    selection = make_context(config).selection
    rules = [rule for rule in selection.rules if rule.matches]
    found = merge_diagnostics(check(model, rules, selection.settings))
    item = Input(model.path, "entry", model.entry)
    return merge_results([InputResult(item, (followed_model(model),), tuple(found))], config, selection)


trace_command = command
