"""Syntax trees of the statements that findings lie in, with the offset of every node.

Only the top-level statement that holds a place is parsed by libcst: positions cost more than parsing, and
most of a file does not matter to a fix.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from orderlint.fixes.changes import Change, NotCleanError
from orderlint.fixes.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from libcst.metadata import CodeRange

    from orderlint.graph.model import Place

Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(slots=True, eq=False)
class Fragment:
    """One top-level statement, parsed: where its nodes are, and what each lies in."""

    source: SourceText
    before: int
    positions: Mapping[cst.CSTNode, CodeRange]
    parents: dict[cst.CSTNode, cst.CSTNode]

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end of a node, without the parentheses around it."""
        place = self.positions[node]
        start = self.source.offset(place.start.line + self.before, place.start.column + 1)
        return start, self.source.offset(place.end.line + self.before, place.end.column + 1)

    def outer(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end of an expression with the parentheses around it."""
        left, right = getattr(node, "lpar", ()), getattr(node, "rpar", ())
        start, end = self.span(node)
        if left:
            start = min(start, self.span(left[0])[0])
        return start, max(end, self.span(right[-1])[1]) if right else end

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, without the parentheses around it."""
        start, end = self.span(node)
        return self.source.text[start:end]

    def change(self, start: int, end: int, text: str) -> Change:
        return Change(self.source.path, start, end, text)

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a node lies in, from the innermost outwards."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def nearest(self, node: cst.CSTNode, kind: type[Node]) -> Node | None:
        """The innermost node of a class that a node lies in."""
        return next((parent for parent in self.above(node) if isinstance(parent, kind)), None)

    def all(self, kind: type[Node], below: cst.CSTNode | None = None) -> Iterator[Node]:
        """Every node of a class, or those within another node, in the order of the text."""
        found = (node for node in self.positions if isinstance(node, kind))
        inside = (node for node in found if below is None or below in self.above(node))
        return iter(sorted(inside, key=self.span))


@dataclass(slots=True, eq=False)
class SourceFile:
    """A file's text, its statements by `ast`, and the fragments parsed so far."""

    source: SourceText
    body: ast.Module
    fragments: dict[int, Fragment] = field(default_factory=dict)

    @staticmethod
    def of(path: str, content: bytes) -> SourceFile:
        """Read a file.

        Raises:
            NotCleanError: it cannot be decoded or parsed.
        """
        source = SourceText.of(path, content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return SourceFile(source, ast.parse(source.text))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise NotCleanError(f"the file cannot be parsed: {error}") from error

    def call_at(self, place: Place | None) -> tuple[Fragment, cst.Call]:
        """The call that spans a place.

        Raises:
            NotCleanError: there is no such call.
        """
        if place is None or place.path != self.source.path:
            raise NotCleanError("no place in this file")
        span = self.source.span(place)
        fragment = self.fragment(place.line)
        for node in fragment.positions:
            if isinstance(node, cst.Call) and fragment.span(node) == span:
                return fragment, node
        raise NotCleanError("no call at this place")

    def fragment(self, line: int) -> Fragment:
        """The top-level statement around a line, parsed.

        Raises:
            NotCleanError: no statement is there, or libcst does not give back its text.
        """
        first, last = next((span for span in self._spans() if span[0] <= line <= span[1]), (0, 0))
        if not first:
            raise NotCleanError("no statement at this line")
        if first not in self.fragments:
            text = self.source.text[self.source.offset(first, 1) : self.source.offset(last + 1, 1)]
            self.fragments[first] = _parsed(self.source, text, first - 1)
        return self.fragments[first]

    def _spans(self) -> Iterator[tuple[int, int]]:
        """First and last lines of the top-level statements; those that share a line count as one."""
        first = last = 0
        for statement in self.body.body:
            decorators = getattr(statement, "decorator_list", ())
            start = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
            if last and start > last:
                yield first, last
                first = 0
            first, last = first or start, statement.end_lineno or start
        if last:
            yield first, last


def _parsed(source: SourceText, text: str, before: int) -> Fragment:
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
    except Exception as error:  # ParserSyntaxError, and whatever else libcst's builders raise
        raise NotCleanError(f"libcst cannot parse this: {error}") from error
    if wrapper.module.code != text:
        raise NotCleanError("libcst does not give back this text")
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    todo: list[cst.CSTNode] = [wrapper.module]
    while todo:
        node = todo.pop()
        parents.update(dict.fromkeys(node.children, node))
        todo.extend(node.children)
    return Fragment(source, before, positions, parents)
