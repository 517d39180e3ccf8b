"""A callback for Lightning that lints the model on the first batch of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from lightning.pytorch import Callback
except ModuleNotFoundError:
    from pytorch_lightning import Callback

from orderlint.trace.first_batch import warn, watch_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.diagnostic import Diagnostic


class LintFirstBatch(Callback):  # type: ignore[misc]  # no types where Lightning is not installed
    """`Trainer(callbacks=[LintFirstBatch()])` warns of what the linter finds in the modules that the first
    batch goes through; `report` is called with each finding instead of warning."""

    def __init__(self, report: Callable[[Diagnostic], None] = warn) -> None:
        self.report = report

    def on_fit_start(self, _trainer: Any, pl_module: Any) -> None:
        watch_parts(pl_module, self.report)
