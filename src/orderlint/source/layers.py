"""Layer classes of the catalogue: construction, attributes, and application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph import catalogue
from orderlint.source import forward_replay, layer_classes, ranks
from orderlint.source.operator_attributes import rate
from orderlint.source.operator_inputs import tensors
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Class,
    Instance,
    Native,
    Raised,
    Sequence,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.graph.catalogue import LayerSpec
    from orderlint.graph.model import Node
    from orderlint.source.interpreter import Interpreter


# ---- construction ------------------------------------------------------------------------------------------


# ---- attributes of any module ------------------------------------------------------------------------------


def module_attribute(it: Interpreter, value: Instance, name: str) -> Value:
    """Attributes that `torch.nn.Module.__init__` sets; ABSENT for others."""
    if name == "training":
        return TRAINING
    if name == "_parameters":
        return {k: v for k, v in value.attrs.items() if type(v) is Tensor and v.parameter}
    if name == "_buffers":
        return {k: v for k, v in value.attrs.items() if type(v) is Tensor and not v.parameter}
    if name.startswith("_") and name.endswith(("_hooks", "_hooks_with_kwargs")):
        return value.attrs.setdefault(name, {})
    if name in ("__call__", "_call_impl", "_wrapped_call_impl"):
        return Native(name, lambda it, args, kwargs: call_module(it, value, args, kwargs), binds=False)
    return ABSENT


# ---- application -------------------------------------------------------------------------------------------


def call_module(it: Interpreter, module: Instance, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`module(*args)`: its `forward`, and the hooks registered on it."""
    it.applied.add(id(module))
    if forward_replay.eligible(it, module):
        return forward_replay.call(it, module, args, kwargs, lambda: follow(it, module, args, kwargs))
    return follow(it, module, args, kwargs)


def follow(it: Interpreter, module: Instance, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Walk through what a call of a module runs."""
    own = module.attrs.get("forward", ABSENT)
    method = own if own is not ABSENT else module.cls.find("forward")
    kind = stated_kind(it, module.cls)
    it.modules.append(module)
    start = len(it.graph.nodes)
    try:
        args, kwargs = before(it, module, args, kwargs)
        if kind is not None:
            result = leaf_node(it, module, kind, module.cls.qualname, list(_tensors(args, kwargs)), None)
        elif method is ABSENT:
            if not module.cls.open_bases:
                raise Raised("NotImplementedError", None, f"{module.cls.name} has no forward")
            from orderlint.source.operators import opaque

            result = opaque(
                it,
                module.cls.name,
                args,
                kwargs,
                f"{module.cls.name} derives from a class that was not found",
            )
        else:
            result = it.call(method, args if own is not ABSENT else [module, *args], kwargs)
        for hook in list(module.attrs.get("_forward_hooks", {}).values()):
            changed = it.call(hook, [module, tuple(args), result])
            result = result if changed is None or isinstance(changed, Unknown) else changed
        if not module.cls.library and start < len(it.graph.nodes):
            collapse_activation(it, module, start, [*args, *kwargs.values()], result)
        return result
    finally:
        it.modules.pop()


ELEMENTWISE = frozenset({"activation", "scale", "other", "multiply", "add", "identity"})
PLAIN = frozenset({"activation", "scale", "identity"})


def collapse_activation(
    it: Interpreter, module: Instance, start: int, args: list[Value], result: Value
) -> None:
    """A module that only computes an elementwise function of its one input is one activation, applied where
    it is called.

    A module that merely hands its input to layers or functions one after another, scaled or shifted at most,
    is no activation of its own; nor is one that adds its input to what they make of it, a residual block.
    One that applies a gated unit is an activation, as where the product is written out.
    """
    nodes = it.graph.nodes[start:]
    if (
        not 0 < len(nodes) <= 12
        or any(n.kind not in ELEMENTWISE for n in nodes)
        or not any(map(bends, nodes))
    ):
        return
    if (
        len(args) != 1
        or type(args[0]) is not Tensor
        or type(result) is not Tensor
        or not any(n.attrs.get("functional") for n in nodes)
    ):
        return
    last, taken = nodes[-1], args[0].sources()
    if last.kind == "activation" and all(n.kind in PLAIN for n in nodes) and not is_unit(nodes):
        return
    if result.sources() != {last.id} or any(n.op == "?" for n in nodes):
        return
    producers = {n.id: [p.id for p in it.graph.producers(n.id)] for n in nodes}
    if any(not taken.isdisjoint(producers[n.id]) for n in adds_behind(nodes, producers)):
        return
    if sum(n.kind == "activation" for n in nodes) > 1 and all(len(p) < 2 for p in producers.values()):
        return
    for node in nodes:
        if node.kind == "activation":
            node.kind = "other"
    places = it.call_places(4, skip=module)
    last.kind, last.built, last.name = "activation", module.built, it.names.get(id(module), "")
    last.used, last.frames = (places[0] if places else last.used), places[1:]
    it.owners[last.id], it.depths[last.id] = module, it.user_depth()
    if any(frame.instance is module for frame in it.frames):
        it.taint()


def adds_behind(nodes: list[Node], producers: dict[int, list[int]]) -> list[Node]:
    """The adds among these nodes that read what an activation among them made."""
    bent: set[int] = set()
    for node in nodes:
        if bends(node) or not bent.isdisjoint(producers[node.id]):
            bent.add(node.id)
    return [n for n in nodes if n.kind == "add" and not bent.isdisjoint(producers[n.id])]


UNITS = frozenset({"gelu", "silu", "mish", "hardswish", "hardsigmoid"})
"""Functions that stand for a product or quotient that other code writes out: `x * sigmoid(x)`."""


def is_unit(nodes: list[Node]) -> bool:
    """Whether the last of these nodes is a gated unit, and the one activation among them."""
    last = nodes[-1]
    named = last.built is None and last.op.rpartition(".")[2].rstrip("_") in UNITS
    return named and sum(n.kind == "activation" for n in nodes) == 1


def bends(node: Node) -> bool:
    """Whether an elementwise node is not linear: an activation, or a clamp (of which hard sigmoids are
    made).
    """
    return node.kind == "activation" or node.op.rpartition(".")[2].rstrip("_") in ("clamp", "clip")


def before(
    it: Interpreter, module: Instance, args: list[Value], kwargs: dict[str, Value]
) -> tuple[list[Value], dict[str, Value]]:
    for hook in list(module.attrs.get("_forward_pre_hooks", {}).values()):
        changed = it.call(hook, [module, tuple(args)])
        if isinstance(changed, tuple):
            args = list(changed)
        elif changed is not None and not isinstance(changed, Unknown):
            args = [changed]
    return args, kwargs


def stated_kind(it: Interpreter, cls: Class) -> str | None:
    """The kind that the user's own catalogue gives a class."""
    if not it.importer.user_layers:
        return None
    for parent in cls.mro:
        for name in (parent.qualname, parent.name):
            if name in it.importer.user_layers:
                return it.importer.user_layers[name]
    return None


def _tensors(args: list[Value], kwargs: dict[str, Value]) -> list[Tensor]:
    return list(tensors([*args, *kwargs.values()]))


def forward(spec: LayerSpec, it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`forward` of a layer of the catalogue."""
    self, given = args[0], args[1:]
    if type(self) is not Instance:
        return Unknown(f"forward of {spec.name}")
    leaf = spec.leaf
    inputs = _tensors(given, kwargs)
    if not inputs:
        from orderlint.source.operator_inputs import unknown_inputs

        inputs = unknown_inputs(it, given, kwargs)
    if spec.name == "torch.nn.Identity":
        return given[0] if given else next(iter(kwargs.values()), None)
    rank = spec.rank if spec.rank is not None else ranks.of_layer(spec.kind, leaf, inputs)
    if isinstance(pattern := self.attrs.get("pattern"), str):
        rank = ranks.of_pattern(pattern)
    elif leaf in ("Unflatten", "Fold", "Unfold"):
        rank = spec.rank
    elif leaf == "Flatten":
        rank = ranks.after(
            "flatten", inputs[:1], {k: self.attrs.get(k) for k in ("start_dim", "end_dim")}, None
        )
    out = leaf_node(it, self, spec.kind, spec.name, inputs, rank)
    if self.attrs.get("inplace") is True and inputs and out is not inputs[0]:
        it.touch(inputs[0])
        return inputs[0].write(out.producers, min(out.producers) if len(out.producers) == 1 else None)
    return packed(spec, leaf, self, out)


def convolve(spec: LayerSpec, it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`self._conv_forward(input, weight, bias)`: only the input is data."""
    given = args[1] if len(args) > 1 else kwargs.get("input")
    return forward(spec, it, [args[0], given], {})


def packed(spec: LayerSpec, leaf: str, self: Instance, out: Tensor) -> Value:
    """Layers that return more than one tensor."""
    if leaf == "MultiheadAttention":
        return (out, Tensor(out.producers))
    if spec.kind == "rnn":
        if leaf == "LSTM":
            return (out, (Tensor(out.producers), Tensor(out.producers)))
        if leaf in ("GRU", "RNN", "RNNBase"):
            return (out, Tensor(out.producers))
        if leaf == "LSTMCell":
            return (out, Tensor(out.producers))
    if self.attrs.get("return_indices") is True:
        return (out, Tensor())
    if leaf == "AdaptiveLogSoftmaxWithLoss":
        return (out, Tensor(out.producers))
    return out


def leaf_node(
    it: Interpreter, layer: Instance, kind: str, op: str, inputs: list[Tensor], rank: int | None
) -> Tensor:
    """Add the node of a layer's application."""
    attrs = node_attributes(it, layer, kind)
    if kind == "dropout" and (attrs["p"] == 0 or attrs["training"] == "never"):
        kind = "identity"
    if kind == "batch_norm" and attrs["training"] == "never":
        kind = "scale"
    if kind == "identity" and attrs.get("p") != 0 and "training" not in attrs:
        return inputs[0] if inputs else Tensor()
    return it.emit(kind, op, inputs, attrs, layer=layer, rank=rank)


def node_attributes(it: Interpreter, layer: Instance, kind: str) -> dict[str, object]:
    """Evaluated attributes of a layer's application."""
    attrs: dict[str, object] = {"module": layer.number, "in_module": True}
    for name in layer_classes.NUMBERS:
        if name not in layer.attrs:
            continue
        value = layer.attrs[name]  # a symbol is no number: its default need not be what this layer gets
        if isinstance(value, (bool, int, float)) or (isinstance(value, tuple) and whole(value)):
            attrs[name] = value
    for name, own in layer_classes.OTHER_NAMES:
        if own in attrs and name not in attrs:
            attrs[name] = attrs[own]
    if layer.attrs.get("inplace") is True:
        attrs["inplace"] = True
    if "__bias__" in layer.attrs:
        bias = layer.attrs["__bias__"]
        attrs["bias"] = (
            layer.attrs.get("bias") is not None if isinstance(bias, bool) else bias if bias is None else True
        )
    if kind == "dropout":
        attrs["p"] = rate(it, layer.attrs.get("p", layer.attrs.get("drop_prob", 0.5)))
        attrs["literal_p"] = bool(layer.attrs.get("__rate_literal__"))
        attrs["p_text"] = layer.attrs.get("__rate_text__", "")
        attrs["created_in_forward"] = layer.in_forward
    elif kind in ("attention", "rnn"):
        known = rate(it, layer.attrs.get("dropout", 0.0))
        if known != 0:
            attrs["p"] = known
    elif kind == "activation" and "dim" in layer.attrs:
        attrs["dim"] = layer.attrs["dim"] if isinstance(layer.attrs["dim"], int) else None
    if kind in ("dropout", "batch_norm"):
        attrs["training"] = training(it, layer, kind)
    return attrs


def whole(values: tuple[Value, ...]) -> bool:
    for value in values:  # noqa: SIM110 - asked for several attributes of every layer that is applied
        if not isinstance(value, int):
            return False
    return True


def training(it: Interpreter, layer: Instance, kind: str) -> str:
    """When a layer works in training mode: its own flag, or always for a batch norm without running
    statistics.
    """
    if kind == "batch_norm" and layer.attrs.get("track_running_stats") is False:
        return "always"
    flag = layer.attrs.get("training", TRAINING)
    return "never" if flag is False or flag is NOT_TRAINING else "train"


__all__ = ["Sequence", "call_module", "catalogue", "module_attribute"]
