"""Swap two neighbours: where a sequence lists them, or where forward applies them one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.application import application, swapped
from orderlint.fixes.arguments import comment_behind
from orderlint.fixes.changes import NotCleanError
from orderlint.fixes.statements import follows, hands_on, simple_statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderlint.diagnostic import DiagnosticLayer
    from orderlint.fixes.case import Case
    from orderlint.fixes.changes import Change
    from orderlint.fixes.tree import Fragment

ADDERS = frozenset({"append", "add_module", "register_module"})
"""Methods that put a layer behind the others of a sequence."""


def swap_neighbours(case: Case) -> Sequence[Change]:
    """Swap the last layer of the path and the one it reports before it."""
    named = [layer for layer in case.diagnostic.layers if layer.role != "between"]
    if len(named) < 2:
        raise NotCleanError("the finding names no two layers")
    before, behind = named[-2:]
    if before.built and behind.built and before.used == behind.used:
        return list(_listed(case, before, behind))
    return _applied(case, before, behind)


def _applied(case: Case, before: DiagnosticLayer, behind: DiagnosticLayer) -> list[Change]:
    """`self.norm(self.drop(x))`, or the same in two statements."""
    _, fragment, first = case.call(before.used)
    _, other, second = case.call(behind.used)
    if fragment is not other:
        raise NotCleanError("applied in different classes")
    inner, outer = application(fragment, first, before.op), application(fragment, second, behind.op)
    if outer.data is not first and not hands_on(fragment, first, outer):
        raise NotCleanError("applied to something else between")
    return swapped(inner, outer)


def _listed(case: Case, before: DiagnosticLayer, behind: DiagnosticLayer) -> Iterator[Change]:
    """Neighbours in `nn.Sequential(…)`, in a list, or added by two statements."""
    _, fragment, first = case.call(before.built)
    _, other, second = case.call(behind.built)
    if fragment is not other:
        raise NotCleanError("built in different classes")
    items = _neighbours(fragment, first, second)
    if items is not None:
        yield from exchanged(fragment, *items)
        return
    one, two = (_added(fragment, call) for call in (first, second))
    together = follows(fragment, simple_statement(fragment, one), simple_statement(fragment, two))
    if not together or fragment.code(one.func) != fragment.code(two.func):
        raise NotCleanError("not neighbours")
    yield from _traded(fragment, _arguments(fragment, one), _arguments(fragment, two))


def _arguments(fragment: Fragment, call: cst.Call) -> tuple[int, int]:
    return fragment.span(call.args[0])[0], fragment.outer(call.args[-1].value)[1]


def _neighbours(
    fragment: Fragment, first: cst.Call, second: cst.Call
) -> tuple[cst.CSTNode, cst.CSTNode] | None:
    """The items of one sequence that hold two calls, if they follow each other; None if no sequence does."""
    places = dict(containers(fragment, first))
    for container, item in containers(fragment, second):
        if container in places:
            items = items_of(container)
            if items.index(places[container]) + 1 != items.index(item):
                raise NotCleanError("not neighbours")
            return places[container], item
    return None


def containers(fragment: Fragment, call: cst.Call) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """The sequences of layers around a call, the innermost first, each with its item that holds it."""
    child: cst.CSTNode = call
    for parent in fragment.above(call):
        if isinstance(parent, cst.BaseStatement | cst.BaseSmallStatement | cst.Lambda):
            return
        if child in items_of(parent):
            yield parent, child
        child = parent


def items_of(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The items of a list or of a call that makes or starts a sequence; none for anything else."""
    if isinstance(node, cst.List):
        return list(node.elements)
    if isinstance(node, cst.Call) and (_last_name(node.func).endswith("Sequential") or _is_super_init(node)):
        return [] if any(arg.keyword for arg in node.args) else list(node.args)
    return []


def _is_super_init(node: cst.Call) -> bool:
    """Whether this is `super().__init__(…)`, to which a subclass of Sequential gives its layers."""
    func = node.func
    owner = func.value if isinstance(func, cst.Attribute) and func.attr.value == "__init__" else None
    return isinstance(owner, cst.Call) and _last_name(owner.func) == "super"


def _last_name(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def exchanged(fragment: Fragment, first: cst.CSTNode, second: cst.CSTNode) -> Iterator[Change]:
    """Trade two items, each with the comment behind it if both have lines of their own."""
    yield from _traded(fragment, _item(fragment, first), _item(fragment, second))
    source = fragment.source
    starts = [fragment.span(item)[0] for item in (first, second)]
    if all(not source.text[source.line_start(start) : start].strip() for start in starts):
        yield from _traded(fragment, comment_behind(fragment, first), comment_behind(fragment, second))


def _item(fragment: Fragment, item: cst.CSTNode) -> tuple[int, int]:
    value = item.value if isinstance(item, cst.Arg | cst.Element) else item
    return fragment.span(item)[0], fragment.outer(value)[1]


def _traded(fragment: Fragment, first: tuple[int, int], second: tuple[int, int]) -> Iterator[Change]:
    text = fragment.source.text
    yield fragment.change(*first, text[slice(*second)])
    yield fragment.change(*second, text[slice(*first)])


def _added(fragment: Fragment, call: cst.Call) -> cst.Call:
    """The call that adds a layer to a sequence, the only thing in its statement.

    Raises:
        NotCleanError: the layer is not added so, or the statements of the two do not follow each other.
    """
    statement = simple_statement(fragment, call)
    adding = statement.body[0]
    if not isinstance(adding, cst.Expr) or not isinstance(adding.value, cst.Call):
        raise NotCleanError("not added to a sequence")
    func = adding.value.func
    if not isinstance(func, cst.Attribute) or func.attr.value not in ADDERS:
        raise NotCleanError("not added to a sequence")
    return adding.value
