"""Masks of random numbers: dropout written by hand, gates, and what is multiplied by them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderlint.graph.kinds import WEIGHT
from orderlint.source import constants, operator_attributes, operators
from orderlint.source.tensors import Noise, Tensor

if TYPE_CHECKING:
    from orderlint.graph.catalogue import FunctionSpec
    from orderlint.graph.model import Node
    from orderlint.source.interpreter import Interpreter
    from orderlint.source.values import Value

NOT_UNIFORM = ("randn", "normal", "randint", "randperm", "multinomial")
MIXING = WEIGHT | {"matmul", "attention", "avg_pool"}
"""Kinds whose result is a mix of the elements, no mask of them."""

REORDERING = frozenset(
    ["sum", "prod", "cumsum", "cumprod", "argsort", "argmax", "argmin", "sort", "topk", "nonzero", "softmax"]
)
ABOVE, BELOW = ("gt", "ge"), ("lt", "le")
THRESHOLDS = frozenset([*ABOVE, *BELOW, "floor", "round", "bernoulli"])
SCALES = frozenset(["mul", "div", "truediv", "multiply", "divide", "true_divide"])


def gated(it: Interpreter, flowing: list[Tensor]) -> tuple[Tensor, str] | None:
    """`x * sigmoid(x)` is one activation of x (SiLU, Hardswish, ...)."""
    if len(flowing) != 2:
        return None
    for x, gate in (flowing, flowing[::-1]):
        sources = gate.sources()
        if len(sources) == 1:
            (node,) = sources
            op = gate_of(it.graph.nodes[node])
            if op and set(it.graph.predecessors[node]) == x.sources():
                if not it.graph.successors[node]:
                    it.graph.nodes[node].kind = "other"
                return x, op
    return None


def gate_of(node: Node) -> str:
    """The function that makes a gate, where a node is one; "" elsewhere."""
    op = node.op.rpartition(".")[2].lower().rstrip("_")
    return op if op in operators.GATES else ""


def noise_of(
    it: Interpreter, spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]
) -> Noise | None:
    """Whether the result is random: fresh noise, thresholded noise (a mask), or an operator on either."""
    leaf = spec.leaf
    if spec.result == "random":
        return fresh(leaf, spec, inputs, bound)
    known = None
    for tensor in inputs:
        if tensor.sources():
            return None
        if known is None and tensor.noise is not None:
            known = tensor
    if known is None or known.noise is None:
        return None
    if spec.kind in MIXING or leaf in REORDERING:
        return None
    values = list(bound.values())
    if spec.kind == "multiply" and known.noise.mask and all(type(v) is Tensor for v in values):
        known.noise.uses.append(
            (it.place(), known.noise.inverted, None)
        )  # what it hides may be a start value
    return after(leaf, spec, known.noise, known, values)


def fresh(leaf: str, spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]) -> Noise | None:
    if leaf.startswith(NOT_UNIFORM):
        return None
    source = inputs[0] if inputs else None
    grain = constants.grain(constants.sizes_of(spec, bound) or (source.sizes if source else None))
    keep = bound.get("p", source.data[0] if source is not None and source.data else None)
    return Noise("bernoulli" in leaf, grain, constants.complement(keep))


def after(leaf: str, spec: FunctionSpec, noise: Noise, tensor: Tensor, values: list[Value]) -> Noise:
    """The noise of `tensor` behind an elementwise operator or a change of shape."""
    bare = leaf.strip("_")
    other = next((v for v in values if v is not tensor), None)
    if not noise.mask and bare in ("add", "radd", "iadd"):
        return replace(noise, rate=constants.complement(other))  # floor(keep + u) is 0 with 1 - keep
    if bare in THRESHOLDS or spec.result == "int":
        return replace(noise, mask=True, rate=threshold(bare, noise, other))
    reversed_ = bare.startswith("r") and bare[1:] in ("sub", "truediv", "div", "mul")
    bare = bare[1:] if reversed_ or (bare[:1] == "i" and bare[1:] in SCALES | {"sub"}) else bare
    if bare in ("invert", "logical_not") or (bare == "sub" and (reversed_ or values[:1] != [tensor])):
        return replace(noise, inverted=not noise.inverted, rate=constants.complement(noise.rate))
    if bare in SCALES and not (type(other) is Tensor and other.noise is not None):
        return replace(noise, scaled=True)
    return noise


def threshold(bare: str, noise: Noise, limit: Value) -> Value:
    """How often a mask is 0: `u > p` with p, `u < p` with 1 - p; what is known already stays."""
    if noise.mask or bare not in ABOVE + BELOW:
        return noise.rate
    return limit if bare in ABOVE else constants.complement(limit)


def masked(it: Interpreter, op: str, flowing: list[Tensor], noise: Noise, rank: int | None) -> Tensor:
    """A multiplication by a random 0/1 mask: a dropout, or a drop path where the mask has one value a
    sample.

    A mask that is used in several places and nowhere divided by the probability to keep chooses between
    tensors, or hides some for a task (`mask * a + (1 - mask) * b`): all its uses only scale.
    """
    attrs: dict[str, object] = {
        "p": operator_attributes.rate(it, noise.rate),
        "functional": True,
        "grain": noise.grain,
        "custom": True,
    }
    attrs["training"] = "train" if it.in_train_guard() else "always"
    kind = "drop_path" if noise.grain == "sample" else "dropout"
    out = it.emit("identity" if attrs["p"] == 0 else kind, op, flowing, attrs, rank=rank)
    noise.uses.extend((it.place(), noise.inverted, node) for node in out.producers)
    if chooses(it, noise):
        only_scale(it, noise)
    return out


def only_scale(it: Interpreter, noise: Noise) -> None:
    for node in nodes_of(noise):
        it.graph.nodes[node].kind = "scale"


def given_back(it: Interpreter, results: list[Tensor]) -> None:
    """A mask that a model gives back with its results tells a task what was hidden; it is no dropout's,
    which nothing else needs, unless what it leaves is scaled.
    """
    for noise in [t.noise for t in results if t.noise is not None and not t.sources()]:
        if noise.mask and not noise.scaled and not any(rescaled(it, node) for node in nodes_of(noise)):
            only_scale(it, noise)


def chooses(it: Interpreter, noise: Noise) -> bool:
    """Whether a mask is no dropout's: it stands in several places, and none makes up for what it drops."""
    places = {(place, inverted) for place, inverted, _ in noise.uses}
    return len(places) > 1 and not noise.scaled and not any(rescaled(it, node) for node in nodes_of(noise))


def nodes_of(noise: Noise) -> list[int]:
    return [node for _, _, node in noise.uses if node is not None]


def rescaled(it: Interpreter, node: int) -> bool:
    """Whether what a mask is multiplied with, or the product, is scaled by a number."""
    beside = [*it.graph.producers(node), *it.graph.consumers(node)]
    scales = [n.op.rpartition(".")[2].strip("_").lstrip("ri") for n in beside if n.kind == "scale"]
    return any(name in SCALES for name in scales)
