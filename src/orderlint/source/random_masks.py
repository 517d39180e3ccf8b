"""Masks of random numbers: dropout written by hand, gates, and what is multiplied by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source import constants, operator_attributes, operators
from orderlint.source.values import (
    Noise,
    Tensor,
    Value,
)

if TYPE_CHECKING:
    from orderlint.graph.catalogue import FunctionSpec
    from orderlint.source.interpreter import Interpreter


def gated(it: Interpreter, flowing: list[Tensor]) -> tuple[Tensor, str] | None:
    """`x * sigmoid(x)` is one activation of x (SiLU, Hardswish, ...)."""
    if len(flowing) != 2:
        return None
    for x, gate in (flowing, flowing[::-1]):
        sources = gate.sources()
        if len(sources) == 1:
            (node,) = sources
            op = it.graph.nodes[node].op.rpartition(".")[2].lower().rstrip("_")
            if op in operators.GATES and set(it.graph.predecessors[node]) == x.sources():
                if not it.graph.successors[node]:
                    it.graph.nodes[node].kind = "other"
                return x, op
    return None


def masked(it: Interpreter, op: str, flowing: list[Tensor], noise: Noise, rank: int | None) -> Tensor:
    """A multiplication by a random 0/1 mask: a dropout, or a drop path where the mask has one value a
    sample.
    """
    kind = "drop_path" if noise.grain == "sample" else "dropout"
    attrs: dict[str, object] = {
        "p": operator_attributes.rate(it, noise.rate),
        "functional": True,
        "grain": noise.grain,
        "custom": True,
    }
    attrs["training"] = "train" if it.in_train_guard() else "always"
    if attrs["p"] == 0:
        kind = "identity"
    return it.emit(kind, op, flowing, attrs, rank=rank)


def noise_of(
    it: Interpreter, spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]
) -> Noise | None:
    """Whether the result is random: fresh noise, thresholded noise (a mask), or an operator on either."""
    leaf = spec.name.rpartition(".")[2]
    if spec.result == "random":
        mask = "bernoulli" in leaf
        if leaf.startswith(("randn", "normal")):
            return None
        source = inputs[0] if inputs else None
        grain = constants.grain(constants.sizes_of(spec, bound) or (source.sizes if source else None))
        keep = bound.get("p", source.data[0] if source is not None and source.data else None)
        return Noise(mask, grain, constants.complement(keep))
    known = next((t.noise for t in inputs if t.noise is not None and not t.sources()), None)
    if known is None or any(t.sources() for t in inputs):
        return None
    if spec.result == "int" or leaf in (
        "floor",
        "floor_",
        "round",
        "round_",
        "lt",
        "gt",
        "ge",
        "le",
        "bernoulli",
    ):
        return Noise(True, known.grain, known.rate)
    return known
