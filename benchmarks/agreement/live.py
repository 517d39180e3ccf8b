"""Build the model of an entry for real and trace it, on inputs tried in turn until one runs."""

from __future__ import annotations

import ast
import contextlib
import importlib
import re
import sys
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from orderlint.errors import UsageError
from orderlint.trace.constructors import recording_constructors
from orderlint.trace.frames import call_user_code
from orderlint.trace.tracing import trace_module

from .torchvision_operators import define_operators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderlint.graph.model import Model

_LIBRARIES: list[Any] = []


def trace_entry(entry: str, roots: list[str]) -> Model:
    """The traced graph of what an entry's last expression builds.

    Raises:
        UsageError: no input that was tried runs.
    """
    _prepare(roots)
    torch.manual_seed(0)
    with recording_constructors():
        model = call_user_code(evaluate, entry)
    problems: list[str] = []
    for inputs in candidates(model):
        try:
            return trace_module(model, *inputs(), entry=entry)
        except UsageError as error:
            problems.append(str(error))
    raise UsageError("; ".join(dict.fromkeys(problems)))


def _prepare(roots: list[str]) -> None:
    torch.set_num_threads(1)
    for root in reversed(roots):
        if root not in sys.path:
            sys.path.insert(0, root)
    if not _LIBRARIES:
        _LIBRARIES.append(define_operators())
    with contextlib.suppress(ImportError):
        importlib.import_module("torchvision")
    for name, module in list(sys.modules.items()):
        if name.startswith("torchvision.") and hasattr(module, "_has_ops"):
            vars(module)["_has_ops"] = lambda: True


def evaluate(entry: str) -> nn.Module:
    """Run a snippet whose dotted names may start with modules that it does not import.

    Raises:
        ImportError: such a module cannot be imported.
    """
    tree = ast.parse(entry)
    *statements, last = _ModuleNames().visit(tree).body
    namespace: dict[str, Any] = {"import_module": importlib.import_module}
    exec(compile(ast.Module(statements, []), "<entry>", "exec"), namespace)
    try:
        built = eval(compile(ast.Expression(last.value), "<entry>", "eval"), namespace)
    except NameError as error:
        importlib.import_module(error.name)  # says why it is no module
        raise
    assert isinstance(built, nn.Module), type(built)
    return built


class _ModuleNames(ast.NodeTransformer):
    """Turns the dotted name of a module into an import of it, also where a function of that name hides it."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Attribute):  # what is called is no module
            node.func.value = self.visit(node.func.value)
            node.args = [self.visit(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        dotted = ast.unparse(node)
        if re.fullmatch(r"[\w.]+", dotted) and _is_module(dotted):
            return ast.copy_location(ast.parse(f"import_module({dotted!r})", mode="eval").body, node)
        return self.generic_visit(node)


def _is_module(dotted: str) -> bool:
    try:
        importlib.import_module(dotted)
    except (ImportError, ValueError):
        return False
    return True


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def candidates(model: nn.Module) -> Iterator[Callable[[], Arguments]]:
    """Inputs that vision models take, small ones first; each is made when it is tried."""
    size = (getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None) or {}).get(
        "input_size"
    )
    if size:
        yield lambda: ((torch.randn(2, *size),), {})
    for side in (64, 128, 224, 299, 256, 384):
        yield lambda side=side: ((torch.randn(2, 3, side, side),), {})  # type: ignore[misc]
    yield lambda: (([torch.rand(3, 128, 128)] * 2, [_target()] * 2), {})
    yield lambda: ((torch.randn(1, 3, 16, 112, 112),), {})
    yield lambda: ((torch.randn(1, 3, 16, 224, 224),), {})
    yield lambda: ((torch.randn(1, 3, 128, 128), torch.randn(1, 3, 128, 128)), {})


def _target() -> dict[str, torch.Tensor]:
    """What a detection model learns from: one box, with its mask and key points."""
    return {
        "boxes": torch.tensor([[8.0, 8.0, 96.0, 96.0]]),
        "labels": torch.ones(1, dtype=torch.long),
        "masks": torch.ones(1, 128, 128, dtype=torch.uint8),
        "keypoints": torch.full((1, 17, 3), 40.0),
    }
