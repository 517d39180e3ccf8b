"""Lint a live module: trace one run of it, then check the graph with the rules for source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from orderlint.engine.check import check
from orderlint.engine.loader import load_rules
from orderlint.trace.tracing import trace_module

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn

    from orderlint.diagnostic import Diagnostic


def lint_module(
    model: nn.Module, inputs: Tensor | Sequence[Any] | Mapping[str, Any], *, entry: str = ""
) -> list[Diagnostic]:
    """The findings of the rules that are on by default, in one run of a live module, in train mode.

    Args:
        model: any module whose `forward` is Python; it is left as it was found.
        inputs: one tensor, positional arguments in a sequence, or keyword arguments in a mapping.
        entry: what the model is called in messages; its class by default.

    Raises:
        UsageError: the model does not run on the inputs.
    """
    args, kwargs = arguments(inputs)
    rules = [rule for rule in load_rules() if rule.enabled]
    return check(trace_module(model, args, kwargs, entry), rules)


def arguments(inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs as positional and keyword arguments."""
    if isinstance(inputs, Tensor):
        return (inputs,), {}
    if hasattr(inputs, "keys"):
        return (), dict(inputs)
    return tuple(inputs), {}
