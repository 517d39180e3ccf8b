"""The public functions: lint source text, files and ONNX graphs from Python, and get at the layer graph."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from orderlint.config import Config, load_config
from orderlint.discovery import Input, discover, input_of_file
from orderlint.errors import InputError, UsageError
from orderlint.follow import Job, begin_run, follow
from orderlint.linter import lint, make_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from orderlint.diagnostic import Diagnostic
    from orderlint.graph.model import LayerGraph
    from orderlint.report.result import InputProblem


def lint_source(source: str | bytes, filename: str = "<string>", **options: Any) -> list[Diagnostic]:
    """Findings in Python source text.

    `filename` is what findings call it, and where relative imports start. `options` are configuration keys
    with underscores (`select=["OL101"]`, `assume={"drop_rate": 0.2}`).

    Raises:
        InputError: the text cannot be parsed.
        UsageError: an option is wrong.
    """
    text = source.encode() if isinstance(source, str) else source
    return _lint([Input(filename, "stdin")], [], _config(options), text)


def lint_path(path: str | os.PathLike[str], **options: Any) -> list[Diagnostic]:
    """Findings in a file or folder, with the nearest configuration and `options` over it (see `lint_source`).

    Raises:
        InputError: an input cannot be read or parsed.
        UsageError: the configuration or an option is wrong.
    """
    name = os.fspath(path)
    start = name if os.path.isdir(name) else os.path.dirname(name)
    config = _config(options, load_config(start=start or None))
    inputs, problems = discover([name], config.exclude)
    return _lint(inputs, problems, config)


def lint_onnx(path: str | os.PathLike[str], **options: Any) -> list[Diagnostic]:
    """Findings in an exported graph (see `lint_path`)."""
    return _lint([Input(os.fspath(path), "onnx")], [], _config(options))


def lint_module(model: nn.Module, inputs: Any, **options: Any) -> list[Diagnostic]:
    """Findings in one run of a live module, in train mode, on `inputs`: a tensor, a sequence of positional or
    a mapping of keyword arguments. The module is left as it was found. Needs torch.

    Raises:
        UsageError: an option is wrong, or the model does not run on the inputs.
    """
    from orderlint.engine.check import check
    from orderlint.trace.lint import arguments
    from orderlint.trace.tracing import trace_module

    config = _config(options)
    selection = make_context(config).selection
    args, kwargs = arguments(inputs)
    model_run = trace_module(model, args, kwargs, layers=config.layers)
    return check(model_run, [rule for rule in selection.rules if rule.matches], selection.settings)


def lint_class(module_class: type, **options: Any) -> list[Diagnostic]:
    """Findings in a module class, read from the file that defines it; what its constructor is given is
    unknown, unless `assume` says it.

    Raises:
        InputError: its source is not in a file, or cannot be parsed.
        UsageError: an option is wrong.
    """
    try:
        path = inspect.getsourcefile(module_class)
    except TypeError:
        path = None
    if path is None or not os.path.isfile(path):
        raise InputError(module_class.__qualname__, "the source of this class is not in a file")
    config = _config(options, load_config(start=os.path.dirname(path)))
    return _lint([Input(path, "entry", f"{module_class.__qualname__}()")], [], config)


def graph_of(
    target: str | os.PathLike[str] | None = None, entry: str | None = None, **options: Any
) -> LayerGraph:
    """The layer graph of the one model that `target` (a file) holds or `entry` (an expression) builds.

    Raises:
        InputError: the target cannot be read, or holds no model.
        UsageError: it holds several; name one with `entry`.
    """
    path = os.fspath(target) if target is not None else ""
    item = Input(path, "entry", entry) if entry else input_of_file(path)
    begin_run()
    models = follow(item, Job.of_config(_config(options)))
    if not models:
        raise InputError(path, "no model found in this file")
    if len(models) > 1:
        raise UsageError(f"{path}: several models; name one: {', '.join(model.entry for model in models)}")
    return models[0].graph


def _config(options: dict[str, Any], base: Config | None = None) -> Config:
    known = set(Config.__dataclass_fields__) - {"root", "origins"}
    for name in options:
        if name not in known:
            raise UsageError(f"no option {name!r}; there are {', '.join(sorted(known))}")
    values = {name: _value(value) for name, value in options.items()}
    return (base or Config(root=os.getcwd())).with_options(values)


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _lint(
    inputs: Sequence[Input], problems: Sequence[InputProblem], config: Config, stdin: bytes | None = None
) -> list[Diagnostic]:
    report = lint(inputs, make_context(config, stdin), problems, jobs=1)
    for problem in report.problems:
        raise InputError(problem.path, problem.problem, problem.line, problem.column)
    return list(report.diagnostics)
