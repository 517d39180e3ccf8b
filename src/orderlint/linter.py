"""Lint inputs: front end, then rules; one result an input. Nothing here raises for what an input holds."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from orderlint.collector import collector_seldom
from orderlint.errors import InputError, OrderlintError
from orderlint.follow import Job, begin_run, follow, is_module_class, program_of, read_python, reads_of
from orderlint.graph.kinds import DROPOUT, NORM, POOL, WEIGHT
from orderlint.graph.model import Place
from orderlint.merge import merge_diagnostics, merge_results
from orderlint.report.result import FollowedModel, InputProblem, InputResult, Report, shown_path
from orderlint.result_cache import ResultCache, is_kept
from orderlint.result_format import Kept
from orderlint.selection import Selection, select_rules
from orderlint.workers import run_all, worker_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from orderlint.config import Config
    from orderlint.diagnostic import Diagnostic
    from orderlint.discovery import Input
    from orderlint.graph.model import Model

LAYERS = (
    WEIGHT | NORM | DROPOUT | POOL | frozenset({"activation", "drop_path", "embedding", "resize", "loss"})
)
"""Kinds that count as layers in a report; joins, reshapes and arithmetic do not."""

REPORT_IT = "please report this"


@dataclass(frozen=True, slots=True)
class Context:
    """What every input of a run is linted with; it travels to worker processes."""

    config: Config
    selection: Selection
    job: Job
    fixes: bool = False


def make_context(
    config: Config, stdin: bytes | None = None, cache: bool = True, fixes: bool = False
) -> Context:
    """Read the rules and profiles that a configuration asks for; `fixes`: work out what each fix would
    change.

    Raises:
        UsageError: the configuration or a rule file is wrong.
    """
    return Context(config, select_rules(config), Job.of_config(config, stdin, cache), fixes)


def lint(
    inputs: Sequence[Input],
    context: Context,
    problems: Iterable[InputProblem] = (),
    jobs: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> Report:
    """Lint the inputs and merge what they gave.

    `problems` are those met before (a missing path); `jobs` the number of processes, None for as many as it
    is worth; `done` is called as each input is finished.
    """
    results = lint_each(inputs, context, jobs, done)
    return merge_results(results, context.config, context.selection, list(problems), context.job)


def lint_each(
    inputs: Sequence[Input],
    context: Context,
    jobs: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[InputResult]:
    """One result an input, in their order; files are read anew."""
    begin_run()
    known = _kept_results(inputs, context)
    open_ = [item for item in inputs if item not in known]
    for _ in range(len(inputs) - len(open_)):
        done()
    results = iter(run_all(lint_input, open_, context, worker_count(jobs, len(open_)), done, _died))
    return [known[item] if item in known else next(results) for item in inputs]


def _kept_results(inputs: Sequence[Input], context: Context) -> dict[Input, InputResult]:
    """The results of an earlier run that still stand, by input."""
    kept = [item for item in inputs if is_kept(item, context.job)]
    results: dict[Input, InputResult] = {}
    cache = ResultCache(context.selection, context.job, context.fixes) if kept else None
    for item in kept:
        result = cache.load(item) if cache else None
        if result is not None:
            problem = _failure(item, result.models)
            results[item] = InputResult(item, result.models, result.found, problem, sites=result.sites)
    return results


_writers: list[tuple[Context, ResultCache]] = []
"""What this process keeps results with: that of the last context, which all inputs of a run share."""


def _keep_result(item: Input, result: Kept, context: Context) -> None:
    reads = reads_of(item, context.job)
    if reads is None:
        return
    if not _writers or _writers[0][0] is not context:
        _writers[:] = [(context, ResultCache(context.selection, context.job, context.fixes))]
    _writers[0][1].store(item, result, reads)


def lint_input(item: Input, context: Context) -> InputResult:
    """Lint one input: what cannot be read, and a fault of our own, is a result too."""
    try:
        with collector_seldom():
            return _lint_input(item, context)
    except InputError as error:
        return InputResult(item, problem=InputProblem(error.path, error.problem, error.line, error.column))
    except OrderlintError as error:
        return InputResult(item, problem=InputProblem(item.entry or item.path, str(error), usage=True))
    except Exception as error:
        if os.environ.get("ORDERLINT_DEBUG"):
            raise
        return InputResult(item, problem=internal_problem(item, error))


def _lint_input(item: Input, context: Context) -> InputResult:
    models = follow(item, context.job)
    selection = context.selection
    rules = [rule for rule in (*selection.rules, *selection.besides) if rule.matches]
    found = []
    if rules and models:
        from orderlint.engine.check import check

        settings = selection.settings
        found = [
            _at_a_file(diagnostic, model) for model in models for diagnostic in check(model, rules, settings)
        ]
    found = merge_diagnostics(found)
    sites: frozenset[Place] = frozenset()
    if context.fixes:
        found, sites = offer_fixes(item, found, models, context), places_of(models)
    followed = tuple(followed_model(model) for model in models)
    if is_kept(item, context.job):
        _keep_result(item, Kept(followed, tuple(found), sites), context)
    program = program_of(os.path.abspath(item.path), context.job) if item.kind == "notebook" else None
    return InputResult(item, followed, tuple(found), _failure(item, followed), program, sites)


def offer_fixes(
    item: Input, found: list[Diagnostic], models: Sequence[Model], context: Context
) -> list[Diagnostic]:
    """The findings with what their fixes would change; without a fix where it cannot be made cleanly."""
    if not any(diagnostic.fix for diagnostic in found):
        return found
    from orderlint.fixes.case import Files
    from orderlint.fixes.offer import offered

    files = Files(partial(read_python, item, context.job), partial(is_module_class, item, context.job))
    return offered(found, models, context.selection.rules, files)


def places_of(models: Iterable[Model]) -> frozenset[Place]:
    """Where the layers of models are built and used."""
    places = (place for model in models for node in model.graph.nodes for place in (node.built, node.used))
    return frozenset(place for place in places if place is not None)


def _at_a_file(diagnostic: Diagnostic, model: Model) -> Diagnostic:
    """A finding in a graph stands where its source is, if that file is here, else in the graph's own file."""
    place = diagnostic.place
    if model.frontend != "onnx" or place.path == model.path or os.path.isfile(place.path):
        return diagnostic
    return replace(diagnostic, place=Place(model.path, 1))


def followed(item: Input, job: Job) -> list[Model]:
    """The models of one input, for those who want them and no findings.

    Raises:
        InputError: it cannot be read or parsed, or following it met a fault of our own.
        UsageError: an entry expression is wrong.
    """
    try:
        return follow(item, job)
    except OrderlintError:
        raise
    except Exception as error:
        if os.environ.get("ORDERLINT_DEBUG"):
            raise
        problem = internal_problem(item, error)
        raise InputError(shown_path(problem.path), problem.problem) from error


def followed_model(model: Model) -> FollowedModel:
    """What a report says of a model."""
    layers = sum(node.kind in LAYERS for node in model.graph.nodes)
    path = model.path or "<entry>"  # an entry that is evaluated in no file
    return FollowedModel(model.entry, path, model.line, model.status, layers, tuple(model.unresolved))


def _failure(item: Input, followed: tuple[FollowedModel, ...]) -> InputProblem | None:
    """An entry the user named and that could not be followed at all counts as an input that cannot be
    read."""
    if item.kind != "entry" or not followed or followed[0].status != "failed":
        return None
    reasons = followed[0].unresolved
    return InputProblem(
        item.entry or "", f"cannot be followed: {reasons[0].reason if reasons else 'unknown reason'}"
    )


def internal_problem(item: Input, error: BaseException) -> InputProblem:
    """A crash as a result: the exception and the place in our own code where it happened."""
    where, trace = "", error.__traceback__
    while trace is not None:
        where = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return InputProblem(item.entry or item.path, f"internal error: {text}{where}; {REPORT_IT}", internal=True)


def _died(item: Input) -> InputResult:
    problem = f"internal error: the process that linted this died; {REPORT_IT}"
    return InputResult(item, problem=InputProblem(item.entry or item.path, problem, internal=True))
