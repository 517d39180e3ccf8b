"""For tests: `assert_clean(model)` fails where the linter finds something."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from orderlint.diagnostic import SEVERITY_ORDER, Severity

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic


def assert_clean(model: Any, inputs: Any = None, *, fail_on: Severity = "warning", **options: Any) -> None:
    """Fail with the findings of a model, if it has any.

    Args:
        model: a live module, a module class, or a path of a file, a folder or an ONNX file.
        inputs: for a live module, what it is run on once in train mode (a tensor, a sequence of positional or
            a mapping of keyword arguments). Without them its class is linted as source, and not run.
        fail_on: the least severity that fails.
        options: configuration keys with underscores, as `orderlint.lint_source` takes them; for a live module
            that is run, only `select`, `extend_select`, `ignore`, `profile`, `severity` and `order` matter.

    Raises:
        AssertionError: there are findings; each is a line of its text.
        InputError: a file cannot be read or parsed.
        UsageError: an option is wrong, or the model does not run on the inputs.
    """
    __tracebackhide__ = True
    least = SEVERITY_ORDER[fail_on]
    found = [item for item in _findings(model, inputs, options) if SEVERITY_ORDER[item.severity] >= least]
    if found:
        lines = (f"{item.place}: {item.severity}[{item.code}] {item.message}" for item in found)
        raise AssertionError("\n".join((f"orderlint: {len(found)} finding(s)", *lines)))


def _findings(model: Any, inputs: Any, options: dict[str, Any]) -> list[Diagnostic]:
    from orderlint.api import lint_class, lint_module, lint_path

    if isinstance(model, str | os.PathLike):
        return lint_path(model, **options)
    if inputs is not None:
        return lint_module(model, inputs, **options)
    return lint_class(model if inspect.isclass(model) else type(model), **options)
