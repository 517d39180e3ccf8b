"""Operators: functions and methods of tensors applied by the catalogue, and what comes out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph import catalogue
from orderlint.graph.kinds import NORM, WEIGHT
from orderlint.graph.pooling import pools_globally
from orderlint.source import (
    constants,
    folding,
    layers,
    operator_attributes,
    operator_inputs,
    random_masks,
    ranks,
)
from orderlint.source.operator_results import Pair, paired, several
from orderlint.source.tensors import Noise, Tensor
from orderlint.source.values import ABSENT, Dims, External, Instance, Sequence, TensorMethod, Unknown, Value

if TYPE_CHECKING:
    from orderlint.graph.catalogue import FunctionSpec
    from orderlint.source.interpreter import Interpreter

VIEWS = frozenset(
    [
        "view",
        "reshape",
        "flatten",
        "unflatten",
        "permute",
        "transpose",
        "t",
        "T",
        "mT",
        "squeeze",
        "unsqueeze",
        "expand",
        "expand_as",
        "chunk",
        "split",
        "unbind",
        "narrow",
        "select",
        "__getitem__",
        "detach",
        "view_as",
        "reshape_as",
        "swapaxes",
        "swapdims",
        "movedim",
        "moveaxis",
        "tensor_split",
        "diagonal",
        "ravel",
        "unfold",
    ]
)
"""Operators whose result shares the memory of their argument: a write to one is seen through the other."""

LAYERS = WEIGHT | NORM | {"dropout", "embedding", "activation"}
"""Kinds that are worth a node of their own where indices are all that goes in."""

GATES = ("sigmoid", "tanh", "hardsigmoid")
TRUE_PROPERTIES = frozenset({"is_contiguous", "is_floating_point", "is_leaf", "is_tensor"})
FALSE_PROPERTIES = frozenset(
    [
        "is_cuda",
        "is_mkldnn",
        "is_quantized",
        "is_sparse",
        "is_sparse_csr",
        "is_nested",
        "is_meta",
        "is_mps",
        "is_xpu",
        "is_complex",
        "is_inference",
        "is_nonzero",
        "is_scripting",
    ]
)


def apply(
    it: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value], *, found: bool = True
) -> Value:
    """Apply a named operator; returns its result and adds its node if data flows through it."""
    target = kwargs.get("out")
    if type(target) is Tensor:
        without = {key: value for key, value in kwargs.items() if key != "out"}
        return stored(it, target, apply(it, name, args, without, found=found))
    special = constants.SPECIAL.get(name)
    if special is not None:
        result = special(it, args, kwargs)
        if result is not ABSENT:
            return result
    spec = catalogue.functions().get(catalogue.canonical(name))
    if spec is None:
        return unlisted(it, name, args, kwargs, found)
    bound = operator_inputs.bind(spec, args, kwargs)
    inputs = operator_inputs.data_inputs(spec, args, kwargs, bound)
    mask = random_masks.noise_of(it, spec, inputs, bound)
    if spec.kind in LAYERS and not inputs:
        inputs = operator_inputs.unknown_inputs(it, args, kwargs)
    if not operator_inputs.flows(inputs):
        return without_data(it, spec, args, kwargs, bound, inputs, mask)
    return result_of(it, spec, inputs, bound)


def stored(it: Interpreter, target: Tensor, result: Value) -> Value:
    """`out=`: the tensor that an operator writes its result into, as far as data flows through it."""
    if type(result) is not Tensor or not result.producers:
        return result
    it.touch(target)
    return target.write(result.producers, None)


def unlisted(it: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value], found: bool) -> Value:
    """A name that the catalogue does not list."""
    if not found:
        return opaque(it, name, args, kwargs, f"{name} is not found")
    if name.startswith("torch.Tensor.__"):
        return Unknown(f"operator {name}", data=True)
    if name.startswith("torch"):
        flowing = [t for t in operator_inputs.tensors(list(args) + list(kwargs.values())) if t.sources()]
        if flowing:
            return it.emit("other", name, flowing)
    return opaque(it, name, args, kwargs, f"call of {name}")


def opaque(it: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value], reason: str) -> Value:
    """A call that cannot be followed: tensors flow through it, a module comes back as it was, the reason is
    kept.
    """
    values = list(args) + list(kwargs.values())
    flowing = [t for t in operator_inputs.tensors(values) if t.sources()]
    if flowing:
        it.unresolve(reason)
        return it.emit("other", name, flowing)
    from orderlint.source.classes import is_module

    modules = [v for v in values if type(v) is Instance and is_module(v.cls)]
    if len(modules) == 1 and values and values[0] is modules[0]:
        it.unresolve(reason)
        return modules[0]
    return Unknown(reason)


CASTS = frozenset(
    ["float", "half", "double", "bfloat16", "to", "type", "type_as", "clone", "contiguous", "detach"]
)
"""Operators that leave the sizes of a tensor as they are, and give another tensor."""


def without_data(
    it: Interpreter,
    spec: FunctionSpec,
    args: list[Value],
    kwargs: dict[str, Value],
    bound: dict[str, Value],
    inputs: list[Tensor],
    mask: Noise | None,
) -> Value:
    """An operator on constants and parameters only makes another constant."""
    leaf = spec.leaf
    if spec.result in ("shape", "bool", "number", "object", "none"):
        return plain_result(spec, leaf, inputs, bound)
    if any(t.data is not None for t in inputs) and not spec.inplace:
        folded = folding.fold(leaf, bound) if not bound.get("return_counts") else None
        if folded is not None:
            return Tensor(rank=1, data=folded)
    shape = constants.sizes_of(spec, bound) if spec.result in ("constant", "random") else None
    if shape is None and leaf in CASTS and inputs:
        shape = inputs[0].sizes
    told = shape is not None and not any(isinstance(size, Sequence) for size in shape)
    rank = len(shape) if shape is not None and told else ranks.after(leaf, inputs, bound, None)
    out = Tensor(noise=mask, sizes=shape, rank=rank)
    if leaf in VIEWS and inputs:
        out.storage, out.stamp = inputs[0].storage, inputs[0].stamp
    if spec.inplace and inputs:
        target = written(spec, inputs, bound)
        if target.noise is not mask or target.data is not None:  # counters of batches hold nothing known
            it.touch(target)
            target.noise = mask
            target.data = None
        return target
    if spec.result == "tensors":
        return several(leaf, out, bound)
    if spec.result == "pair" and paired(leaf, bound):
        return Pair(out, Tensor())
    if bound.get("return_counts") is True or bound.get("return_inverse") is True:
        return folding.unique_with_counts(bound) or (out, Tensor(rank=1))
    return out


def result_of(it: Interpreter, spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]) -> Value:
    """The result of an operator that data flows through."""
    leaf = spec.leaf
    if spec.result in ("shape", "bool", "number", "object", "none") and not spec.inplace:
        return plain_result(spec, leaf, inputs, bound)
    rank = ranks.after(leaf, inputs, bound, spec.rank)
    if spec.result == "int":
        return Tensor(rank=rank, live=True)
    if spec.result in ("constant", "random"):
        return Tensor(
            rank=rank,
            sizes=constants.sizes_of(spec, bound),
            noise=random_masks.noise_of(it, spec, inputs, bound),
        )
    if constants.casts_to_integer(leaf, bound):
        return Tensor(rank=rank, live=True)
    if not any(t.sources() for t in inputs) and spec.kind not in LAYERS:
        return passed_on(spec, leaf, inputs, bound, rank)
    out = emit(it, spec, leaf, inputs, bound, rank)
    if leaf in VIEWS and inputs:
        out.storage = inputs[0].storage
    if spec.inplace or bound.get("inplace") is True:
        target = written(spec, inputs, bound)
        it.touch(target)
        layer = bound.get("inplace") is True or (spec.inplace and spec.kind in ("activation", "dropout"))
        mode = layer and len(out.producers) == 1
        written_ = target.write(out.producers, min(out.producers) if mode else None)
        return None if spec.result == "none" else written_
    if spec.result == "tensors":
        return several(leaf, out, bound)
    if spec.result == "pair" and paired(leaf, bound):
        return Pair(out, Tensor(rank=rank, live=True))
    return out


def passed_on(
    spec: FunctionSpec, leaf: str, inputs: list[Tensor], bound: dict[str, Value], rank: int | None
) -> Value:
    """The result of an operator on indices: more of them."""
    out = Tensor(rank=rank, live=True)
    if spec.result == "tensors":
        return several(leaf, out, bound)
    if spec.inplace:
        return written(spec, inputs, bound)
    return Pair(out, out) if spec.result == "pair" and paired(leaf, bound) else out


def written(spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]) -> Tensor:
    """The tensor that an in-place operator writes: its first argument, which need not be one it reads
    (`copy_`).
    """
    first = bound.get(spec.params[0][0]) if spec.params else None
    return first if type(first) is Tensor else inputs[0]


def plain_result(spec: FunctionSpec, leaf: str, inputs: list[Tensor], bound: dict[str, Value]) -> Value:
    """Results that are no tensors: sizes, truth values and numbers."""
    tensor = inputs[0] if inputs else None
    if spec.result == "shape":
        dims = Dims(tensor.rank if tensor else None, tensor.sizes if tensor else None)
        if leaf == "size" and bound.get("dim") is not None:
            from orderlint.source.subscripts import of_dims

            return (
                of_dims(dims, bound["dim"])
                if isinstance(bound["dim"], int)
                else Unknown("a size of a tensor", data=True)
            )
        return dims
    if spec.result == "bool":
        if leaf in TRUE_PROPERTIES:
            return True
        return False if leaf in FALSE_PROPERTIES else Unknown(f"{leaf} of a tensor", data=True)
    if leaf in ("dim", "ndim", "ndimension") and tensor is not None and tensor.rank is not None:
        return tensor.rank
    if leaf == "item" and tensor is not None and tensor.data and len(tensor.data) == 1:
        return tensor.data[0]
    if leaf == "tolist" and tensor is not None and tensor.data is not None:
        return list(tensor.data)
    if leaf in ("__len__", "numel", "nelement") and tensor is not None and tensor.data is not None:
        return len(tensor.data)
    return None if spec.result == "none" else Unknown(f"{leaf} of a tensor", data=True)


# ---- nodes -------------------------------------------------------------------------------------------------


def emit(
    it: Interpreter,
    spec: FunctionSpec,
    leaf: str,
    inputs: list[Tensor],
    bound: dict[str, Value],
    rank: int | None,
) -> Tensor:
    """Add the node of an operator."""
    kind = spec.kind
    flowing = [t for t in inputs if t.sources()]
    if kind in ("add", "multiply"):
        gate = random_masks.gated(it, flowing) if kind == "multiply" else None
        if gate is not None:
            return it.emit("activation", f"x * {gate[1]}(x)", [gate[0]], rank=rank)
        masks = [t for t in inputs if t.noise is not None and not t.sources()]
        if kind == "multiply" and masks and masks[0].noise is not None and masks[0].noise.mask:
            return random_masks.masked(it, spec.name, flowing, masks[0].noise, rank)
        if len(flowing) < 2:
            kind = "scale"
        elif kind == "add":
            note_overwritten(it, spec.name, flowing)
    attrs = operator_attributes.attributes(it, spec, kind, bound)
    if kind == "dropout" and (attrs["p"] == 0 or attrs["training"] == "never"):
        kind = "identity"
    if kind == "batch_norm" and attrs["training"] == "never":
        kind = "scale"
    if kind == "matmul" and len(flowing) > 1:
        attrs["of_data"] = True
    if leaf == "mean" and pools_globally(bound.get("dim"), inputs[0].rank if inputs else None):
        attrs["output_size"] = 1
    layer = own_layer(it, spec.kind)
    if layer is not None:
        attrs = layers.node_attributes(it, layer, spec.kind) | attrs
    return it.emit(kind, spec.name, flowing or inputs, attrs, layer=layer, rank=rank)


def own_layer(it: Interpreter, kind: str) -> Instance | None:
    """A functional conv in the forward of a subclass of `nn.Conv2d` is that module's application."""
    if not it.modules or kind not in LAYERS or kind == "activation":
        return None
    spec = next((c.spec for c in it.modules[-1].cls.mro if c.spec is not None), None)
    return it.modules[-1] if spec is not None and spec.kind == kind else None


def note_overwritten(it: Interpreter, op: str, flowing: list[Tensor]) -> None:
    """An add that reads a tensor by a name from before a layer overwrote it in place: the shortcut is not
    what it says.
    """
    for tensor in flowing:
        writer = tensor.overwritten_by()
        if writer is not None and any(t is not tensor and t.overwritten_by() is None for t in flowing):
            node = it.graph.nodes[writer]
            name, here = op.rpartition(".")[2].replace("__i", "__").strip("_"), it.place()
            reader = f"the {name} on line {here.line}" if here else f"a later {name}"
            it.fact("inplace_before_skip", node.name, node.op, node.built or node.used, reader=reader)


def tensor_attribute(it: Interpreter, tensor: Tensor, name: str) -> Value:
    """An attribute of a tensor: a property at once, a method when it is called."""
    full = f"torch.Tensor.{name}"
    spec = catalogue.functions().get(full)
    if name == "layout":
        return External("torch.strided")
    if name == "data":  # the same memory
        return apply(it, "torch.Tensor.detach", [tensor], {})
    if spec is not None and not spec.params:
        if name in ("grad", "T", "mT", "H", "mH", "real", "imag"):
            return result_of(it, spec, [tensor], {}) if tensor.sources() else tensor
        return plain_result(spec, name, [tensor], {})
    if spec is None and not name.startswith("_"):
        if tensor.sources():  # an input may be a record of tensors
            return Tensor(tensor.sources())
        return Unknown(f"attribute {name} of a tensor", data=True)
    return TensorMethod(tensor, name)
