"""A layer applied to a tensor, in the source: `self.norm(x)`, `F.relu(x)`, `x.relu()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.arguments import binds_tightly
from orderlint.fixes.changes import Change, NotCleanError

if TYPE_CHECKING:
    from orderlint.fixes.tree import Fragment

DATA_NAMES = frozenset({"input", "x", "inputs"})
"""What functions and modules of torch call the tensor they are applied to."""

CARRIERS = (cst.Arg, cst.Assign, cst.Return, cst.Expr, cst.Element)
"""What an expression can stand in, whatever it is, without parentheses."""


@dataclass(frozen=True, slots=True)
class Application:
    """A call, and the tensor in it: its first argument, or what its method is called on (`receiver`)."""

    fragment: Fragment
    call: cst.Call
    data: cst.BaseExpression
    receiver: bool

    @property
    def head(self) -> tuple[int, int]:
        """The stretch before the tensor."""
        return self.fragment.span(self.call)[0], self.fragment.outer(self.data)[0]

    @property
    def tail(self) -> tuple[int, int]:
        """The stretch behind the tensor."""
        return self.fragment.outer(self.data)[1], self.fragment.span(self.call)[1]

    def text(self, span: tuple[int, int]) -> str:
        return self.fragment.source.text[span[0] : span[1]]


def application(fragment: Fragment, call: cst.Call, op: str) -> Application:
    """The call as a layer applied to one tensor.

    Raises:
        NotCleanError: it is not plain which of its parts the tensor is.
    """
    if op.startswith("torch.Tensor."):
        if not isinstance(call.func, cst.Attribute) or call.func.attr.value != op.rpartition(".")[2]:
            raise NotCleanError("no plain call of a method")
        return Application(fragment, call, call.func.value, True)
    data = call.args[0] if call.args else None
    named = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value in DATA_NAMES]
    if data is None or data.star or (data.keyword is not None and named != [data]):
        raise NotCleanError("no plain argument")
    if not op.startswith("torch.nn.functional.") and op.startswith("torch.nn.") and len(call.args) != 1:
        raise NotCleanError("a module is given more than a tensor")
    return Application(fragment, call, data.value, False)


def swapped(inner: Application, outer: Application) -> list[Change]:
    """Apply the layers in the other order: what is before and behind the tensors changes places.

    Raises:
        NotCleanError: parentheses would be needed, or comments stand between.
    """
    if outer.receiver and not binds_tightly(inner.data):
        raise NotCleanError("parentheses would be needed")
    parts = [part for layer in (inner, outer) for part in (layer.head, layer.tail)]
    if any("#" in inner.text(part) for part in parts):
        raise NotCleanError("a comment would be moved")
    change = inner.fragment.change
    return [
        change(*inner.head, outer.text(outer.head)),
        change(*inner.tail, outer.text(outer.tail)),
        change(*outer.head, inner.text(inner.head)),
        change(*outer.tail, inner.text(inner.tail)),
    ]


def unwrapped(layer: Application) -> list[Change]:
    """Leave the tensor alone in the place of the call.

    Raises:
        NotCleanError: a comment would be lost.
    """
    if "#" in layer.text(layer.head) or "#" in layer.text(layer.tail):
        raise NotCleanError("a comment would be lost")
    fragment, data = layer.fragment, layer.data
    carried = isinstance(fragment.parents[layer.call], CARRIERS)
    left, right = ("", "") if carried or data.lpar or binds_tightly(data) else ("(", ")")
    return [fragment.change(*layer.head, left), fragment.change(*layer.tail, right)]
