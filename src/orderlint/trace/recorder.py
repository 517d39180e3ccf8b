"""One run of a live model, recorded: torch functions by a function mode, module calls by a wrapper."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from orderlint.graph.catalogue import layers
from orderlint.graph.kinds import NORM
from orderlint.graph.model import Node
from orderlint.trace.calls import ModuleCalls
from orderlint.trace.constructors import built_place
from orderlint.trace.frames import called_by_torch, user_places
from orderlint.trace.layers import call_attrs, class_name, is_on, layer_name, module_attrs, runs_own_forward
from orderlint.trace.masks import Masks, dropped_kind
from orderlint.trace.operators import NO_FLOW, bound, data_of, operator_of
from orderlint.trace.provenance import Provenance, tensors_in, version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orderlint.trace.operators import Operator

GATES = frozenset({"sigmoid", "tanh", "hardsigmoid"})
"""Activations that, multiplied with their own input, make another activation (swish, hard swish)."""

SWITCHED = frozenset({"dropout", "attention", "batch_norm", "rnn"})
"""Kinds that work otherwise in evaluation."""


class Recorder(TorchFunctionMode):
    """Records nodes and edges while it is active; `layers`: kinds of the user's own layer classes by name."""

    def __init__(self, model: nn.Module, layers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.calls = ModuleCalls(model)
        self.nodes: list[Node] = []
        self.inputs: list[list[int]] = []
        self.created: set[int] = set()
        self._layers = layers or {}
        self._tensors = Provenance()
        self._masks = Masks()
        self._atomic = 0

    def note_built(self, module: nn.Module) -> None:
        """A module was built while the model ran."""
        self.created.add(id(module))

    def call_module(self, module: nn.Module, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run a module, knowing that it runs; a layer of the user's own catalogue becomes one node."""
        self.calls.counts[id(module)] += 1
        self.calls.running.append(module)
        kind = self._layers.get(class_name(module)) if self._layers and not self._atomic else None
        try:
            return self._one_node(module, kind, call, args, kwargs) if kind else call(*args, **kwargs)
        finally:
            self.calls.running.pop()

    def _one_node(self, module: nn.Module, kind: str, call: Any, args: Any, kwargs: Any) -> Any:
        sources = self.producers(tensors_in((args[1:], kwargs)))
        self._atomic += 1
        try:
            result = call(*args, **kwargs)
        finally:
            self._atomic -= 1
        if sources:
            attrs = module_attrs(module, kind)
            node = self._node(kind, class_name(module), sources, attrs, built_place(module))
            for tensor in tensors_in(result):
                self._tensors.write(tensor, node)
        return result

    def feed(self, name: str, value: Any) -> None:
        """Every tensor in a value becomes an input of the model."""
        for tensor in tensors_in(value):
            self._tensors.produce(tensor, self._append(Node(len(self.nodes), "input", "input", name), []))

    def producers(self, tensors: Iterable[Tensor]) -> list[int]:
        """The nodes that produced the tensors, each once, in order."""
        found = (self._tensors.producer(tensor) for tensor in tensors)
        return list(dict.fromkeys(node for node in found if node is not None))

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        operator = operator_of(func)
        if self._atomic or (operator.result in NO_FLOW and operator.key != "setitem"):
            return func(*args, **kwargs)
        taken = list(tensors_in((args, kwargs)))
        before = [version(tensor) for tensor in taken]
        result = func(*args, **kwargs)
        changed = [tensor for tensor, old in zip(taken, before, strict=True) if old != version(tensor)]
        made = list(tensors_in(result))
        if made or changed:
            self._observe(operator, args, kwargs, made, changed)
        return result

    def _observe(
        self, operator: Operator, args: Any, kwargs: Any, made: list[Tensor], changed: list[Tensor]
    ) -> None:
        data = list(tensors_in(data_of(operator, args, kwargs)))
        masked = [tensor for tensor in data if self._masks.of(tensor)]
        others = [tensor for tensor in data if not self._masks.of(tensor)]
        constants = not self.producers(others)
        if mask := self._masks.result(operator, args, constants):
            if operator.kind == "multiply" and masked and others and (factor := self._masks.of(masked[0])):
                factor.use_on_constant(next(iter(user_places(sys._getframe(1))), None))
            for tensor in made:
                self._tensors.keep(tensor)
            self._masks.mark(made, mask)
        elif operator.result not in ("constant", "random") or operator.spec is None:
            sources = self.producers(others)
            if sources:
                written = [t for t in changed if operator.kind not in NORM or any(t is d for d in data)]
                self._apply(operator, args, kwargs, (sources, others, masked), (made, written))

    def _apply(
        self,
        operator: Operator,
        args: Any,
        kwargs: Any,
        taken: tuple[list[int], list[Tensor], list[Tensor]],
        given: tuple[list[Tensor], list[Tensor]],
    ) -> None:
        sources, data, masks = taken
        made, written = given
        mask = None
        if made and not any(tensor.is_floating_point() or tensor.is_complex() for tensor in made):
            kind, sources, attrs = self._without_values(operator, sources, data)
        elif operator.kind == "multiply" and masks and (mask := self._masks.of(masks[0])) and mask.steps:
            kind, attrs = dropped_kind(masks[0], data[0]), {"p": mask.rate, "training": "train"}
        else:
            kind, attrs = self._refined(operator, args, kwargs, sources), {}
            if kind == "activation" and operator.kind == "multiply":
                sources = self._ungated(sources)
        node = self._layer(kind, operator, args, kwargs, sources, attrs)
        if mask is not None:
            mask.use(self.nodes[node], self._neighbours)
        for tensor in made:
            self._tensors.produce(tensor, node)
        for tensor in written:
            self._tensors.write(tensor, node)

    def _neighbours(self, node: int) -> list[Node]:
        """What a node takes from and gives to."""
        before = [self.nodes[i] for i in self.inputs[node]]
        return before + [n for n in self.nodes[node + 1 :] if node in self.inputs[n.id]]

    def _without_values(
        self, operator: Operator, sources: list[int], data: list[Tensor]
    ) -> tuple[str, list[int], dict[str, object]]:
        """Integers made of real values carry none of them on, and start afresh; others are passed on."""
        if any(tensor.is_floating_point() for tensor in data):
            return "input", [], {}
        return ("embedding" if operator.kind == "embedding" else "shape"), sources, {}

    def _refined(self, operator: Operator, args: Any, kwargs: Any, sources: list[int]) -> str:
        """The kind of this very call: an addition of a constant scales, a gate on its own input activates."""
        kind = operator.kind
        if kind == "add" and len(sources) < 2:
            return "scale"
        if kind == "multiply":
            if len(sources) == 2 and self._ungated(sources) != sources:
                return "activation"
            operands = [item for item in args[:2] if isinstance(item, Tensor) and self.producers([item])]
            return "multiply" if len(sources) > 1 else "scale" if len(operands) < 2 else "other"
        if operator.key == "max":
            second = args[1] if len(args) > 1 else kwargs.get("dim", kwargs.get("other"))
            return "other" if second is None or isinstance(second, Tensor) else kind
        return kind

    def _ungated(self, sources: list[int]) -> list[int]:
        """`x * sigmoid(x)` has one source, x; other products keep theirs."""
        for gate, value in (sources, sources[::-1]) if len(sources) == 2 else ():
            node = self.nodes[gate]
            key = node.op.rpartition(".")[2].lower().strip("_")
            if node.kind == "activation" and key in GATES and self.inputs[gate] == [value]:
                return [value]
        return sources

    def _layer(
        self,
        kind: str,
        operator: Operator,
        args: Any,
        kwargs: Any,
        sources: list[int],
        attrs: dict[str, object],
    ) -> int:
        module, op, built = self.calls.innermost, operator.name, None
        values = bound(operator, args, kwargs)
        attrs = {**call_attrs(kind, values), **attrs}
        name = layer_name(module) if module is not None else None
        own = module is not None and called_by_torch(sys._getframe(1))
        if module is not None and name and layers()[name].kind in (kind, operator.kind):
            built = built_place(module)
            attrs = {**attrs, **module_attrs(module, kind), **({"p": attrs["p"]} if "p" in attrs else {})}
            attrs["created_in_forward"] = id(module) in self.created
            own = own and runs_own_forward(module)
            op = name if own else op
        attrs |= {"functional": not own, "in_module": module is not None}
        if operator.kind in SWITCHED and kind == operator.kind:
            kind = self._switch(kind, values, attrs)
        return self._node(kind, op, sources, attrs, built)

    def _switch(self, kind: str, values: dict[str, Any], attrs: dict[str, object]) -> str:
        """Say whether a layer with two modes is on; a dropout that is off changes nothing."""
        on = is_on(kind, values, attrs)
        attrs["training"] = "train" if on else "never"
        return "identity" if kind == "dropout" and not on else kind

    def _node(self, kind: str, op: str, sources: list[int], attrs: dict[str, object], built: Any) -> int:
        places = user_places(sys._getframe(1))
        name = self.calls.name(self.calls.innermost)
        used = places[0] if places else None
        node = Node(len(self.nodes), kind, op, name, attrs, built, used, frames=places)
        return self._append(node, sources)

    def _append(self, node: Node, sources: list[int]) -> int:
        self.nodes.append(node)
        self.inputs.append(sources)
        return node.id
