"""Wrap plain containers of layers, so that the layers are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.changes import NotCleanError
from orderlint.fixes.names import name_of
from orderlint.fixes.statements import assigned_name, function_of, simple_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.fixes.case import Case
    from orderlint.fixes.changes import Change
    from orderlint.fixes.tree import Fragment

LISTS = (cst.List, cst.Tuple, cst.ListComp)
MAPPINGS = (cst.Dict, cst.DictComp)


def wrap_in_module_container(case: Case) -> Iterator[Change]:
    """`self.layers = […]` → `self.layers = nn.ModuleList([…])`; a mapping becomes a ModuleDict."""
    file, fragment, call = case.call(case.diagnostic.place)
    value = _assigned(fragment, call)
    nn, imports = name_of(file, "torch.nn")
    yield from imports
    container = "ModuleDict" if isinstance(value, MAPPINGS) else "ModuleList"
    start, end = fragment.outer(value)
    if isinstance(value, cst.List) and not value.elements and "#" not in fragment.code(value):
        yield fragment.change(start, end, f"{nn}.{container}()")
        return
    yield fragment.change(start, start, f"{nn}.{container}(")
    yield fragment.change(end, end, ")")


def _assigned(fragment: Fragment, call: cst.Call) -> cst.BaseExpression:
    """The container that an attribute of `self` is given, of which the call builds a member.

    Raises:
        NotCleanError: it cannot be found, or holds more than layers.
    """
    display = _display(fragment, call)
    if display is None:
        return _grown(fragment, call)
    if not all(_builds(member) for member in _members(display)):
        raise NotCleanError("the container may hold more than layers")
    statement = simple_statement(fragment, display)
    if _attribute(statement, display) is not None:
        return display
    local = assigned_name(statement, display)
    if local is None:
        raise NotCleanError("the container is not assigned to an attribute")
    return _kept(fragment, display, local)


def _display(fragment: Fragment, call: cst.Call) -> cst.BaseExpression | None:
    """The list, tuple, mapping or comprehension of which the call is a member."""
    member: cst.CSTNode = call
    if isinstance(fragment.parents[member], cst.Element | cst.DictElement):
        member = fragment.parents[member]
    display = fragment.parents[member]
    return display if isinstance(display, LISTS + MAPPINGS) else None


def _members(display: cst.BaseExpression) -> Iterator[cst.CSTNode]:
    match display:
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            for element in elements:
                yield element.value if isinstance(element, cst.Element) else element
        case cst.ListComp(elt=member):
            yield member
        case cst.Dict(elements=pairs):
            for pair in pairs:
                yield pair.value if isinstance(pair, cst.DictElement) and _is_name(pair.key) else pair
        case cst.DictComp(key=key, value=member):
            yield member if _is_name(key) else key


def _is_name(key: cst.BaseExpression) -> bool:
    """Whether a key can name a module: a string without dots, a formatted one, or `str(…)`."""
    if isinstance(key, cst.SimpleString):
        return "." not in key.value
    called = isinstance(key, cst.Call) and isinstance(key.func, cst.Name) and key.func.value == "str"
    return called or isinstance(key, cst.FormattedString)


def _builds(member: cst.CSTNode) -> bool:
    """Whether a member is built by a call, or read from an attribute: neither a number nor a container."""
    return isinstance(member, cst.Call | cst.Attribute)


def _attribute(statement: cst.SimpleStatementLine, value: cst.CSTNode) -> str | None:
    """The attribute (`self.layers`) to which a statement assigns exactly this value."""
    assignment = statement.body[0]
    if (
        not isinstance(assignment, cst.Assign)
        or assignment.value is not value
        or len(assignment.targets) != 1
    ):
        return None
    target = assignment.targets[0].target
    if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
        return f"{target.value.value}.{target.attr.value}"
    return None


def _kept(fragment: Fragment, node: cst.CSTNode, local: str) -> cst.BaseExpression:
    """The use of a local list where an attribute is given it, if nothing is done with it afterwards.

    Raises:
        NotCleanError: there is none, or more than one.
    """
    names = [name for name in fragment.all(cst.Name, function_of(fragment, node)) if name.value == local]
    last = names[-1]
    if (
        not isinstance(fragment.parents[last], cst.Assign)
        or _attribute(simple_statement(fragment, last), last) is None
    ):
        raise NotCleanError("the list is not last used to give it to an attribute")
    return last


def _grown(fragment: Fragment, call: cst.Call) -> cst.BaseExpression:
    """The list to which a call's result is appended: the empty list that an attribute starts as, or a local
    list given to one in the end.

    Raises:
        NotCleanError: there is none, or more than one.
    """
    adding = fragment.parents[fragment.parents[call]]
    if (
        not isinstance(adding, cst.Call)
        or not isinstance(adding.func, cst.Attribute)
        or adding.func.attr.value != "append"
    ):
        raise NotCleanError("the layer is no member of a container here")
    grown = fragment.code(adding.func.value)
    if isinstance(adding.func.value, cst.Name):
        return _kept(fragment, call, grown)
    empty = [
        node
        for node in fragment.all(cst.Assign, function_of(fragment, call))
        if fragment.code(node.targets[0].target) == grown
    ]
    if len(empty) != 1 or not isinstance(empty[0].value, cst.List) or empty[0].value.elements:
        raise NotCleanError("the list does not start empty, once")
    return empty[0].value
