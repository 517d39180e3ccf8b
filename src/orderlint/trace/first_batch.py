"""Lint a model in training on the first batch that it is given."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules
from orderlint.errors import OrderlintError
from orderlint.trace.tracing import trace_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import nn

    from orderlint.diagnostic import Diagnostic


class LayerOrderWarning(UserWarning):
    """A finding in a model that is being trained."""


def check_first_batch(model: nn.Module, report: Callable[[Diagnostic], None] | None = None) -> nn.Module:
    """Lint a model when it is first called, on what it is called with; training goes on as if nothing were.

    Args:
        model: the module that a training loop calls.
        report: called with each finding; by default findings that are more than information are warned of
            (`LayerOrderWarning`).

    Returns:
        The model, so that one line does: `model = orderlint.check_first_batch(Net())`.
    """
    _watch([model], model, report or warn)
    return model


def watch_parts(model: nn.Module, report: Callable[[Diagnostic], None]) -> None:
    """As `check_first_batch`, for a model that may be called whole or by its immediate parts."""
    _watch([model, *model.children()], model, report)


def warn(diagnostic: Diagnostic) -> None:
    """Warn of a finding that is more than information, at its place in the model."""
    if diagnostic.severity != "info":
        text, place = f"{diagnostic.code} {diagnostic.message}", diagnostic.place
        warnings.warn_explicit(text, LayerOrderWarning, place.path, place.line)


def _watch(modules: Iterable[nn.Module], whole: nn.Module, report: Callable[[Diagnostic], None]) -> None:
    """Lint each of these modules when it is first called; once `whole` is called, its parts no more."""
    handles: dict[nn.Module, Any] = {}
    rules = [rule for rule in load_rules() if rule.enabled]

    def first_call(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        handles.pop(module).remove()
        if module is whole:
            for handle in handles.values():
                handle.remove()
            handles.clear()
        try:
            found = check(trace_module(module, args, kwargs), rules)
        except OrderlintError as error:
            warnings.warn(f"orderlint could not trace the model: {error}", LayerOrderWarning, stacklevel=2)
            return
        for diagnostic in found:
            report(diagnostic)

    for module in modules:
        handles[module] = module.register_forward_pre_hook(first_call, with_kwargs=True)
