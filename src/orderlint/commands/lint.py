"""`orderlint lint`: the default command."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from orderlint.commands.fixing import FixOptions, fixed_report
from orderlint.commands.options import config_options, following_options, read_config, selectors
from orderlint.commands.output import OutputOptions, write_report
from orderlint.commands.progress import progress
from orderlint.commands.watch import files_to_watch, watch
from orderlint.config_keys import SEVERITIES
from orderlint.diagnostic import SEVERITY_ORDER
from orderlint.discovery import ONNX_START, Input, discover
from orderlint.errors import EXIT_FINDINGS, EXIT_OK, EXIT_UNREADABLE, EXIT_USAGE, UsageError
from orderlint.fixing.run import Run
from orderlint.linter import lint, make_context
from orderlint.report.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderlint.config import Config
    from orderlint.report.result import InputProblem, Report


def _files(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell itself completes paths."""
    return [CompletionItem(incomplete, type="file")]


@click.command("lint", options_metavar="[OPTIONS]")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=_files)
@click.option(
    "--onnx",
    "onnx",
    multiple=True,
    metavar="PATH",
    help="Lint exported graphs: a file of any name, a folder, a glob, or `-`.",
)
@click.option(
    "--entry", "entries", multiple=True, metavar="EXPR", help="Lint the model that an expression builds."
)
@click.option(
    "--select",
    multiple=True,
    callback=selectors,
    metavar="RULES",
    help="Rules to run: code, prefix, name or family.",
)
@click.option(
    "--extend-select", multiple=True, callback=selectors, metavar="RULES", help="Rules to run besides."
)
@click.option("--ignore", multiple=True, callback=selectors, metavar="RULES", help="Rules not to run.")
@click.option("--profile", metavar="NAME", help="Set of defaults to start from.")
@click.option(
    "--fail-on", type=click.Choice([*SEVERITIES, "never"]), help="Least severity that fails the run."
)
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out of folders what matches, as in .gitignore."
)
@following_options
@click.option("--stdin-filename", metavar="PATH", help="Path that `-` (standard input) stands for.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Report only findings not accepted here.",
)
@click.option("--update-baseline", is_flag=True, help="Accept today's findings into the baseline.")
@click.option("--fix", is_flag=True, help="Make the safe fixes in the files.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe fixes too.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option("--format", "style", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--output", "outputs", multiple=True, metavar="[FORMAT:]FILE",
              help="Also write a report to a file; format by its name if not given.")  # fmt: skip
@click.option(
    "--statistics", is_flag=True, help="Count findings by rule, and why models were not wholly followed."
)
@click.option("--verbose", "-v", is_flag=True, help="Give every reason why a model was not wholly followed.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings only.")
@click.option("--color/--no-color", default=None, help="Colours; by default on a terminal without NO_COLOR.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Processes to use.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--watch", "watching", is_flag=True, help="Lint again at each change, until Ctrl-C.")
@config_options
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], onnx: tuple[str, ...], **options: Any) -> None:
    """Lint files, folders, globs, ONNX files, `-` (standard input), or the models that --entry builds.

    With no target, lints the configured `paths` and `entries`, or the current folder. With --entry, at most
    one PATH is allowed: the file in whose namespace the expression is evaluated.
    """
    output, fixes = OutputOptions.taken_from(options), FixOptions.taken_from(options)
    own = {name: options.pop(name) for name in ("entries", "stdin_filename", "update_baseline", "jobs")}
    cache, watching = not options.pop("no_cache"), options.pop("watching")
    request = Request(paths, onnx, output=output, fixes=fixes, cache=cache, options=options, **own)
    if request.update_baseline and fixes:
        raise UsageError("--update-baseline accepts findings and --fix mends them: give one of them")
    if watching and (fixes.fix or request.update_baseline or "-" in (*paths, *onnx)):
        raise UsageError("--watch only reports, and on files: not with --fix, --update-baseline or `-`")
    ctx.exit(watch(request.run, request.files, output.quiet) if watching else request.run())


@dataclass(frozen=True, slots=True)
class Request:
    """What one command line asks for; `options` are those that go into the configuration, which is read anew
    at each run."""

    paths: tuple[str, ...]
    onnx: tuple[str, ...]
    entries: tuple[str, ...]
    stdin_filename: str | None
    update_baseline: bool
    jobs: int | None
    cache: bool
    output: OutputOptions
    fixes: FixOptions
    options: Mapping[str, Any]

    def gathered(self) -> tuple[Config, list[Input], list[InputProblem]]:
        config = read_config(**self.options)
        return config, *gather_inputs(self.paths, self.onnx, self.entries, config, self.stdin_filename)

    def files(self) -> Iterator[str]:
        """Every file that the findings may hang on."""
        config, inputs, _ = self.gathered()
        return files_to_watch(inputs, config, self.options["config_file"])

    def run(self) -> int:
        """Lint, fix if that is asked for, print; the exit status."""
        config, inputs, problems = self.gathered()
        if self.update_baseline and not config.baseline:
            raise UsageError("--update-baseline needs --baseline FILE or a configured baseline")
        inputs, stdin = _read_stdin(inputs)
        context = make_context(config, stdin, self.cache, bool(self.fixes) or self.output.shows_fixes)
        if self.fixes:
            run = Run(inputs, context, problems, self.jobs, lambda report: _baselined(report, config, False))
            report = fixed_report(run, self.fixes, self.output.quiet)
        else:
            with progress(len(inputs), self.output.quiet) as done:
                report = lint(inputs, context, problems, self.jobs, done)
            report = _baselined(report, config, self.update_baseline)
        for problem in report.problems:
            click.echo(str(problem), err=True)
        piped = stdin is not None and self.fixes.fix
        write_report(report, self.output, printed=not self.fixes.diff, err=piped)
        return exit_status(report, config.fail_on)


def gather_inputs(
    paths: tuple[str, ...],
    onnx: tuple[str, ...],
    entries: tuple[str, ...],
    config: Config,
    stdin_filename: str | None,
) -> tuple[list[Input], list[InputProblem]]:
    """What to lint, and the paths that lead nowhere.

    Raises:
        UsageError: the targets contradict each other.
    """
    graphs, missing = discover([path for path in onnx if path != "-"], config.exclude, graphs=True)
    if "-" in onnx:
        graphs.append(Input(stdin_filename or "<stdin>", "onnx", piped=True))
    if entries:
        if len(paths) > 1:
            raise UsageError("--entry takes at most one PATH: the file whose namespace it is evaluated in")
        path = paths[0] if paths else ""
        return [*(Input(path, "entry", entry) for entry in entries), *graphs], missing
    if not paths and not onnx:
        found, problems = discover(config.paths, config.exclude)
        named = [Input("", "entry", entry) for entry in config.entries]
        return [*named, *found], [] if named and not found else problems
    if "-" in paths and "-" in onnx:
        raise UsageError("standard input is either a program or a graph: give `-` or `--onnx -`")
    piped = [Input(stdin_filename or "<stdin>", "stdin", piped=True)] if "-" in paths else []
    found, problems = discover([path for path in paths if path != "-"], config.exclude)
    as_graphs = {os.path.abspath(item.path) for item in graphs if not item.piped}
    found = [item for item in found if os.path.abspath(item.path) not in as_graphs]
    return [*piped, *found, *graphs], [*problems, *missing]


def _read_stdin(inputs: list[Input]) -> tuple[list[Input], bytes | None]:
    """Standard input where it is asked for; a graph in it is known by its first byte."""
    if not any(item.piped for item in inputs):
        return inputs, None
    data = sys.stdin.buffer.read()
    if data.startswith(ONNX_START):
        inputs = [replace(item, kind="onnx") if item.piped else item for item in inputs]
    return inputs, data


def _baselined(report: Report, config: Config, update: bool) -> Report:
    if not config.baseline:
        return report
    from orderlint.baseline import apply_baseline, write_baseline

    if update:
        write_baseline(config.baseline, report)
    return apply_baseline(config.baseline, report)


def exit_status(report: Report, fail_on: str) -> int:
    """2 if an entry is no expression, 3 if an input could not be read or parsed, 1 if a finding is grave
    enough."""
    if any(problem.usage for problem in report.problems):
        return EXIT_USAGE
    if report.problems:
        return EXIT_UNREADABLE
    if fail_on == "never":
        return EXIT_OK
    least = SEVERITY_ORDER[fail_on]
    failing = any(SEVERITY_ORDER[diagnostic.severity] >= least for diagnostic in report.diagnostics)
    return EXIT_FINDINGS if failing else EXIT_OK
