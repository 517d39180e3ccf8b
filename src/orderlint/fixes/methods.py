"""Methods of modules: what `self` is called where a call stands, and whether it has a `training` mode."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.changes import NotCleanError
from orderlint.fixes.names import imported

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.fixes.tree import Fragment, SourceFile

MODULES = frozenset(
    {"torch.nn.Module", "torch.nn.Sequential", "torch.nn.ModuleList", "torch.jit.ScriptModule"}
    | {f"{package}.LightningModule" for package in ("pytorch_lightning", "lightning", "lightning.pytorch")}
)
"""Classes whose instances are modules, by their full names."""


def training_of(
    file: SourceFile, fragment: Fragment, node: cst.CSTNode, asked: Callable[[str, str], bool]
) -> str:
    """The expression (`self.training`) for the mode of the module in whose method a node stands.

    `asked(path, name)` says whether a class of a file is a module where its bases are not plainly one.

    Raises:
        NotCleanError: it stands in no method of a module, or the first parameter is bound anew.
    """
    method, owner = _method(fragment, node)
    parameters = [*method.params.posonly_params, *method.params.params]
    if not parameters or _decorated(method):
        raise NotCleanError("the method has no `self`")
    name = parameters[0].name.value
    _bound_once(fragment, method, name)
    if not is_module(file, fragment, owner, asked):
        raise NotCleanError(f"`{owner.name.value}` is no module")
    return f"{name}.training"


def _method(fragment: Fragment, node: cst.CSTNode) -> tuple[cst.FunctionDef, cst.ClassDef]:
    """The method around a node, functions within it left aside, and its class."""
    method: cst.FunctionDef | None = None
    for parent in fragment.above(node):
        if isinstance(parent, cst.FunctionDef):
            method = parent
        elif isinstance(parent, cst.ClassDef):
            if method is None:
                break
            return method, parent
    raise NotCleanError("not in a method")


def _decorated(method: cst.FunctionDef) -> bool:
    """Whether a method is static or of the class, so that its first parameter is no instance."""
    names = {cst.Module([]).code_for_node(decorator.decorator) for decorator in method.decorators}
    return bool(names & {"staticmethod", "classmethod"}) or any("custom_fwd" in name for name in names)


def _bound_once(fragment: Fragment, method: cst.FunctionDef, name: str) -> None:
    stores = [
        target
        for target in fragment.all(cst.AssignTarget, method)
        if isinstance(target.target, cst.Name) and target.target.value == name
    ]
    params = [param for param in fragment.all(cst.Param, method) if param.name.value == name]
    if stores or len(params) != 1:
        raise NotCleanError(f"`{name}` is bound anew")


def is_module(
    file: SourceFile, fragment: Fragment, owner: cst.ClassDef, asked: Callable[[str, str], bool]
) -> bool:
    """Whether a class derives from `torch.nn.Module`: by the bases it names, else by `asked`."""
    if any(_is_base(file, cst.Module([]).code_for_node(base.value), 0) for base in owner.bases):
        return True
    top = isinstance(fragment.parents[owner], cst.Module)
    return top and asked(file.source.path, owner.name.value)


def _is_base(file: SourceFile, base: str, depth: int) -> bool:
    """Whether a base, as a class of this file spells it, is a module; classes of the file are looked into."""
    first, dot, rest = base.partition(".")
    targets = dict(imported(file.body))
    if first in targets:
        return f"{targets[first]}{dot}{rest}" in MODULES
    for node in file.body.body:
        if isinstance(node, ast.ClassDef) and node.name == base and depth < len(file.body.body):
            return any(_is_base(file, ast.unparse(parent), depth + 1) for parent in node.bases)
    return False
