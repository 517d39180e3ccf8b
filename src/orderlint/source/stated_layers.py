"""Layers of the user's own catalogue that cannot be followed: `layers = { "lib.FusedNorm" = "batch_norm" }`.

A stated name of a package that is not found, or of a class whose bases are not, is called without tensors to
build the layer, and with tensors to apply it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph.catalogue import LayerSpec
from orderlint.graph.kinds import DROPOUT
from orderlint.source import layer_classes
from orderlint.source.operator_attributes import rate
from orderlint.source.operator_inputs import tensors

if TYPE_CHECKING:
    from orderlint.graph.catalogue import Params
    from orderlint.source.interpreter import Interpreter
    from orderlint.source.values import Class, Value

OPEN: Params = (("*args", ()), ("**kwargs", {}))
RATES = ("p", "drop_prob", "drop_rate", "dropout", "dropout_p", "rate")
"""Keywords that a dropout's rate is passed by."""


def call(it: Interpreter, name: str, kind: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """What a call of a stated name gives: a layer, or the result of applying it."""
    flowing = [tensor for tensor in tensors([*args, *kwargs.values()]) if tensor.sources()]
    if not flowing:
        named = {"p" if key in RATES else key: value for key, value in kwargs.items()}
        return it.call(layer_class(it, name, kind), args, named if kind in DROPOUT else kwargs)
    attrs: dict[str, object] = {"functional": True, "in_module": bool(it.modules)}
    if kind in DROPOUT:
        known = next((kwargs[key] for key in RATES if key in kwargs), args[1] if len(args) > 1 else None)
        attrs |= {"p": rate(it, known), "training": "train"}
    return it.emit(kind, name, flowing, attrs)


def layer_class(it: Interpreter, name: str, kind: str) -> Class:
    """The class of a stated layer; of its arguments only a dropout's rate is known."""
    known = it.importer.layer_classes
    if name not in known:
        own: Params = (("p", 0.5),) if kind in DROPOUT else ()
        spec = LayerSpec(name, ("torch.nn.Module",), kind, (*own, *OPEN))
        known[name] = layer_classes.make_class(it.importer, spec)
    return known[name]
