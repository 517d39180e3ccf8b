"""What torch's modules are called in a file, and the import that gives one a name where it has none."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from orderlint.fixes.changes import Change, NotCleanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.fixes.tree import SourceFile

IMPORTS = {
    "torch": ("torch", "import torch"),
    "torch.nn": ("nn", "from torch import nn"),
    "torch.nn.functional": ("F", "import torch.nn.functional as F"),
}
"""The customary name of each module, and how it is imported."""


def name_of(file: SourceFile, module: str) -> tuple[str, tuple[Change, ...]]:
    """An expression for a torch module, and the changes that make it mean that: maybe an import.

    Raises:
        NotCleanError: the customary name means something else, and no import is at hand.
    """
    bound, given = bindings(file.body), Counter(imported(file.body))
    known = {name: target for (name, target), times in given.items() if bound[name] == times}
    own = [name for name, target in known.items() if target == module]
    if own:
        return own[0], ()
    name, statement = IMPORTS[module]
    if not bound[name]:
        return name, (_import(file, statement),)
    for prefix, target in known.items():
        if module.startswith(f"{target}."):
            return prefix + module[len(target) :], ()
    raise NotCleanError(f"`{name}` means something else in this file")


def bindings(tree: ast.AST) -> Counter[str]:
    """How often each name is bound anywhere in a file."""
    return Counter(name for node in ast.walk(tree) for name in _bound(node))


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name


def imported(body: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that the file's own import statements, outside all blocks, give to modules of torch."""
    for statement in body.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            for alias in statement.names:
                yield alias.asname or alias.name, f"{statement.module}.{alias.name}"


def _import(file: SourceFile, statement: str) -> Change:
    """Put an import beside the others of torch: behind the last `import torch…`, else before the first `from
    torch…`; an import of names behind the first of those.

    Raises:
        NotCleanError: the file imports nothing of torch in a statement of its own.
    """
    plain, of_names = [], []
    for node in file.body.body:
        if isinstance(node, ast.Import) and node.names[0].name.partition(".")[0] == "torch":
            plain.append(node)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "torch":
            of_names.append(node)
    source = file.source
    if plain or (of_names and statement.startswith("from")):
        node = (plain or of_names)[-1]
        end = source.line_end(source.offset(node.end_lineno or node.lineno, 1))
        return Change(source.path, end, end, source.newline + statement)
    if of_names:
        start = source.offset(of_names[0].lineno, 1)
        return Change(source.path, start, start, statement + source.newline)
    raise NotCleanError("no import of torch to put another beside")
