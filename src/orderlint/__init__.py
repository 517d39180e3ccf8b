"""orderlint: a static linter for the layer order of neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Diagnostic",
    "Rule",
    "__version__",
    "check_first_batch",
    "graph_of",
    "lint_module",
    "lint_onnx",
    "lint_path",
    "lint_source",
    "measure",
]

if TYPE_CHECKING:
    from orderlint.api import graph_of, lint_module, lint_onnx, lint_path, lint_source
    from orderlint.diagnostic import Diagnostic
    from orderlint.engine.schema import Rule
    from orderlint.trace.first_batch import check_first_batch
    from orderlint.trace.measure import measure

_HOMES = {
    "Diagnostic": "orderlint.diagnostic",
    "Rule": "orderlint.engine.schema",
    "check_first_batch": "orderlint.trace.first_batch",
    "graph_of": "orderlint.api",
    "lint_module": "orderlint.api",
    "lint_onnx": "orderlint.api",
    "lint_path": "orderlint.api",
    "lint_source": "orderlint.api",
    "measure": "orderlint.trace.measure",
}


def __getattr__(name: str) -> Any:
    """Import what is public when it is first asked for, so that `import orderlint` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
