"""Statements around a call: which follows which, what hands a tensor on, and how one is taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.changes import NotCleanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderlint.fixes.application import Application
    from orderlint.fixes.changes import Change
    from orderlint.fixes.tree import Fragment


def simple_statement(fragment: Fragment, node: cst.CSTNode) -> cst.SimpleStatementLine:
    """The statement line that a node stands in, alone on its line.

    Raises:
        NotCleanError: it stands in the head of a block, or the line holds several statements.
    """
    for parent in fragment.above(node):
        if isinstance(parent, cst.SimpleStatementLine):
            if len(parent.body) == 1:
                return parent
            break
        if isinstance(parent, cst.BaseCompoundStatement | cst.Lambda | cst.BaseComp):
            break
    raise NotCleanError("not a statement of its own")


def siblings(fragment: Fragment, statement: cst.SimpleStatementLine) -> Sequence[cst.CSTNode]:
    """The statements of the block that a statement stands in."""
    block = fragment.parents[statement]
    return block.body if isinstance(block, cst.IndentedBlock) else ()


def follows(fragment: Fragment, first: cst.SimpleStatementLine, second: cst.SimpleStatementLine) -> bool:
    """Whether the second statement is the next one in the block of the first."""
    body = list(siblings(fragment, first))
    return second in body and body.index(first) + 1 == body.index(second)


def assigned_name(statement: cst.SimpleStatementLine, value: cst.CSTNode) -> str | None:
    """The one plain name to which a statement assigns exactly this value."""
    assignment = statement.body[0]
    if not isinstance(assignment, cst.Assign) or assignment.value is not value:
        return None
    target = assignment.targets[0].target
    return target.value if len(assignment.targets) == 1 and isinstance(target, cst.Name) else None


def hands_on(fragment: Fragment, first: cst.Call, outer: Application) -> bool:
    """Whether a statement assigns a call's result to a name, and nothing but the layer applied in the next
    statement reads it."""
    one, two = simple_statement(fragment, first), simple_statement(fragment, outer.call)
    name = assigned_name(one, first)
    if name is None or not follows(fragment, one, two):
        return False
    if not isinstance(outer.data, cst.Name) or outer.data.value != name:
        return False
    rebound = isinstance(two.body[0], cst.Assign) and any(
        isinstance(target.target, cst.Name) and target.target.value == name for target in two.body[0].targets
    )
    if reads(fragment, name, two) != 1:
        return False
    function = function_of(fragment, two)
    return rebound or _leaves(fragment, two, function) or reads(fragment, name, function) == 1


def _leaves(fragment: Fragment, statement: cst.SimpleStatementLine, function: cst.CSTNode) -> bool:
    """Whether a statement ends the function, and nothing in it can run later: other reads were earlier."""
    if not isinstance(statement.body[0], cst.Return):
        return False
    later = (cst.Lambda, cst.GeneratorExp, cst.FunctionDef, cst.ClassDef, cst.Try)
    return not any(node is not function for kind in later for node in fragment.all(kind, function))


def function_of(fragment: Fragment, node: cst.CSTNode) -> cst.CSTNode:
    """The function that a node stands in.

    Raises:
        NotCleanError: there is none.
    """
    function = fragment.nearest(node, cst.FunctionDef)
    if function is None:
        raise NotCleanError("not in a function")
    return function


def reads(fragment: Fragment, name: str, below: cst.CSTNode) -> int:
    """How often a name is read within a node."""
    names = (node for node in fragment.all(cst.Name, below) if node.value == name)
    return sum(not _other_use(fragment, node) for node in names)


def _other_use(fragment: Fragment, node: cst.Name) -> bool:
    """Whether a name is the target of an assignment, an attribute's, a keyword or a parameter."""
    parent = fragment.parents[node]
    match parent:
        case cst.AssignTarget() | cst.Param():
            return parent.children[0] is node
        case cst.Attribute():
            return parent.attr is node
        case cst.Arg():
            return parent.keyword is node
    return False


def removed(fragment: Fragment, statement: cst.SimpleStatementLine) -> Change:
    """Take a statement out, with its lines and the comment behind it.

    Raises:
        NotCleanError: it is the only one of its block.
    """
    body = siblings(fragment, statement)
    source = fragment.source
    start, end = fragment.span(statement)
    if len(body) < 2 or source.text[source.line_start(start) : start].strip():
        raise NotCleanError("the block would be empty")
    return fragment.change(source.line_start(start), source.next_line(end), "")
