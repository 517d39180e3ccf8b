"""Take a layer out that does nothing, or does harm: from the sequence that lists it, or from forward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.application import application, unwrapped
from orderlint.fixes.arguments import remove_item
from orderlint.fixes.changes import NotCleanError
from orderlint.fixes.statements import removed, simple_statement
from orderlint.fixes.swap import containers, items_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.diagnostic import DiagnosticLayer
    from orderlint.fixes.application import Application
    from orderlint.fixes.case import Case
    from orderlint.fixes.changes import Change
    from orderlint.fixes.tree import Fragment, SourceFile


def remove_activation(case: Case) -> Iterator[Change]:
    """Take out the second of two activations, or the one that feeds what already holds it."""
    layer = case.last if case.last.role == "again" else case.first
    if layer is case.first and not case.evidence.sole_consumer(layer.place):
        raise NotCleanError("its result is used elsewhere too")
    case.whole(layer)
    if layer.built is not None:
        _, fragment, built = case.call(layer.built)
        for container, item in containers(fragment, built):
            items = items_of(container)
            if len(items) < 2 or _value(item) is not built:
                raise NotCleanError("the layer is no item of its own")
            yield remove_item(fragment, items, items.index(item))
            return
    yield from _from_forward(case, layer)


def _value(item: cst.CSTNode) -> cst.CSTNode | None:
    return item.value if isinstance(item, cst.Arg | cst.Element) else None


def _from_forward(case: Case, layer: DiagnosticLayer) -> Iterator[Change]:
    """`x = self.act(x)` goes; elsewhere the call leaves its tensor. So does a constructor nobody needs."""
    file, fragment, call = case.call(layer.used)
    if not case.evidence.covers(layer.used):
        raise NotCleanError("the same call applies layers that do not have this fault")
    applied = application(fragment, call, layer.op)
    if _assigned_to_itself(fragment, applied):
        yield removed(fragment, simple_statement(fragment, call))
    else:
        yield from unwrapped(applied)
    yield from _constructor(case, file, layer, call)


def _assigned_to_itself(fragment: Fragment, applied: Application) -> bool:
    """Whether the statement is `x = layer(x)`."""
    parent, data = fragment.parents[applied.call], applied.data
    if not isinstance(parent, cst.Assign) or not isinstance(data, cst.Name) or len(parent.targets) != 1:
        return False
    target = parent.targets[0].target
    return isinstance(target, cst.Name) and target.value == data.value


def _constructor(case: Case, file: SourceFile, layer: DiagnosticLayer, call: cst.Call) -> Iterator[Change]:
    """Take out `self.act = nn.ReLU()` where the call just removed was the only use of the name."""
    func = call.func
    if layer.built is None or layer.built.path != file.source.path or not isinstance(func, cst.Attribute):
        return
    _, fragment, built = case.call(layer.built)
    parent = fragment.parents[built]
    if not isinstance(parent, cst.Assign) or len(parent.targets) != 1:
        return
    target, name = parent.targets[0].target, func.attr.value
    mentions = re.findall(rf"(?:\.|['\"]){re.escape(name)}\b", file.source.text)
    if isinstance(target, cst.Attribute) and target.attr.value == name and len(mentions) <= 2:
        try:
            yield removed(fragment, simple_statement(fragment, built))
        except NotCleanError:
            return
