"""Frames: what is running, where it is, and what it returned on some branches; and the places of nodes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.graph.model import Place

if TYPE_CHECKING:
    from orderlint.graph.model import Condition
    from orderlint.source.branches import LoopState
    from orderlint.source.values import Function, PythonModule, Scope, Value


class Frame:
    """A running function, class body or module. Made for every call, and so no dataclass, whose `__init__`
    takes twice as long.
    """

    __slots__ = (
        "catches_import",
        "forks",
        "function",
        "instance",
        "loops",
        "module",
        "node",
        "returns",
        "scope",
        "told",
        "train_guard",
        "yields",
    )

    def __init__(
        self,
        module: PythonModule,
        scope: Scope,
        node: ast.AST | None = None,
        function: Function | None = None,
        instance: Value = None,
    ) -> None:
        self.module, self.scope, self.node = module, scope, node
        self.function, self.instance = function, instance
        self.returns: list[tuple[Condition, Value]] = []
        self.yields: list[Value] | None = None
        self.loops: list[LoopState] = []
        self.catches_import = 0
        self.train_guard = False
        self.forks = 0  # nested branches with unknown conditions that its call is on
        self.told = 0  # how much was unresolved when a branch last returned


def place_of(path: str, node: ast.AST) -> Place:
    """The place of a syntax node (remembered on it); its columns count code points from 0."""
    known: Place | None = getattr(node, "_orderlint_place", None)
    if known is not None and known.path == path:
        return known
    end = getattr(node, "end_col_offset", None)
    place = Place(
        path,
        getattr(node, "lineno", 1),
        getattr(node, "col_offset", 0) + 1,
        getattr(node, "end_lineno", None),
        None if end is None else end + 1,
    )
    node._orderlint_place = place  # type: ignore[attr-defined]
    return place


def source_text(node: ast.AST) -> str:
    """A syntax node as source (remembered on it): what conditions call a test that has no other name."""
    known: str | None = getattr(node, "_orderlint_text", None)
    if known is None:
        known = node._orderlint_text = ast.unparse(node)  # type: ignore[attr-defined]
    return known
