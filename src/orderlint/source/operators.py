"""Operators: functions and methods of tensors applied by the catalogue, and what comes out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph import catalogue
from orderlint.graph.catalogue import REQUIRED, FunctionSpec
from orderlint.graph.kinds import NORM, WEIGHT
from orderlint.graph.model import Rate
from orderlint.graph.pooling import pools_globally
from orderlint.source import constants, folding, layers, ranks
from orderlint.source.values import (
    ABSENT,
    NOT_TRAINING,
    TRAINING,
    Choice,
    Dims,
    Instance,
    Iteration,
    Noise,
    Sequence,
    Symbol,
    Tensor,
    TensorMethod,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    special = constants.SPECIAL.get(name)
    if special is not None:
        result = special(it, args, kwargs)
        if result is not ABSENT:
            return result
    spec = catalogue.functions().get(catalogue.canonical(name))
    if spec is None:
        return unlisted(it, name, args, kwargs, found)
    bound = bind(spec, args, kwargs)
    inputs = data_inputs(spec, args, kwargs, bound)
    noise = noise_of(it, spec, inputs, bound)
    if spec.kind in LAYERS and not inputs:
        inputs = unknown_inputs(it, args, kwargs)
    if not any(t.sources() or t.live for t in inputs):
        return without_data(it, spec, args, kwargs, bound, inputs, noise)
    return result_of(it, spec, inputs, bound)


def unlisted(it: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value], found: bool) -> Value:
    """A name that the catalogue does not list."""
    if not found:
        return opaque(it, name, args, kwargs, f"{name} is not found")
    if name.startswith("torch.Tensor.__"):
        return Unknown(f"operator {name}", data=True)
    if name.startswith("torch"):
        flowing = [t for t in tensors(list(args) + list(kwargs.values())) if t.sources()]
        if flowing:
            return it.emit("other", name, flowing)
    return opaque(it, name, args, kwargs, f"call of {name}")


def opaque(it: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value], reason: str) -> Value:
    """A call that cannot be followed: tensors flow through it, a module comes back as it was, the reason is
    kept.
    """
    values = list(args) + list(kwargs.values())
    flowing = [t for t in tensors(values) if t.sources()]
    if flowing:
        it.unresolve(reason)
        return it.emit("other", name, flowing)
    from orderlint.source.classes import is_module

    modules = [v for v in values if type(v) is Instance and is_module(v.cls)]
    if len(modules) == 1 and values and values[0] is modules[0]:
        it.unresolve(reason)
        return modules[0]
    return Unknown(reason)


def tensors(values: Value, depth: int = 0) -> Iterator[Tensor]:
    """Every tensor among values and inside containers, in order."""
    if depth > 6:
        return
    for value in values:
        if type(value) is Tensor:
            yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors(value, depth + 1)
        elif isinstance(value, dict):
            yield from tensors(value.values(), depth + 1)
        elif type(value) is Choice:
            yield from tensors([v for _, v in value.options], depth + 1)
        elif type(value) is Sequence:
            yield from tensors([*value.prefix, value.element], depth + 1)
        elif type(value) is Iteration:
            items = list(value.items)
            value.items = iter(items)
            yield from tensors(items, depth + 1)


def bind(spec: FunctionSpec, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    """Arguments by parameter name; defaults are not filled in."""
    out: dict[str, Value] = {}
    names = [n for n, _ in spec.params if not n.startswith("**")]
    star = next((i for i, n in enumerate(names) if n.startswith("*")), len(names))
    for index, value in enumerate(args):
        if index < star:
            out[names[index]] = value
        else:
            out.setdefault(names[star] if star < len(names) else "*args", []).append(value)
    out.update(kwargs)
    return out


def data_inputs(
    spec: FunctionSpec, args: list[Value], kwargs: dict[str, Value], bound: dict[str, Value]
) -> list[Tensor]:
    if spec.data:
        chosen = [bound[n] for n in spec.data if n in bound]
        if chosen or not args:
            return list(tensors(chosen))
    return list(tensors(list(args) + list(kwargs.values())))


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
    noise: Noise | None,
) -> Value:
    """An operator on constants and parameters only makes another constant."""
    leaf = spec.name.rpartition(".")[2]
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
    out = Tensor(noise=noise, sizes=shape, rank=rank)
    if leaf in VIEWS and inputs:
        out.storage, out.stamp = inputs[0].storage, inputs[0].stamp
    if spec.inplace and inputs:
        target = written(spec, inputs, bound)
        it.touch(target)
        target.noise = noise
        target.data = None
        return target
    if spec.result == "tensors":
        return several(leaf, out, bound)
    if spec.result == "pair" and paired(leaf, bound):
        return (out, Tensor())
    if bound.get("return_counts") is True or bound.get("return_inverse") is True:
        return folding.unique_with_counts(bound) or (out, Tensor(rank=1))
    return out


def result_of(it: Interpreter, spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]) -> Value:
    """The result of an operator that data flows through."""
    leaf = spec.name.rpartition(".")[2]
    if spec.result in ("shape", "bool", "number", "object", "none") and not spec.inplace:
        return plain_result(spec, leaf, inputs, bound)
    rank = ranks.after(leaf, inputs, bound, spec.rank)
    if spec.result == "int":
        return Tensor(rank=rank, live=True)
    if spec.result in ("constant", "random"):
        return Tensor(
            rank=rank, sizes=constants.sizes_of(spec, bound), noise=noise_of(it, spec, inputs, bound)
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
        mode = bound.get("inplace") is True and len(out.producers) == 1
        written_ = target.write(out.producers, min(out.producers) if mode else None)
        return None if spec.result == "none" else written_
    if spec.result == "tensors":
        return several(leaf, out, bound)
    if spec.result == "pair" and paired(leaf, bound):
        return (out, Tensor(rank=rank, live=True))
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
    return (out, out) if spec.result == "pair" and paired(leaf, bound) else out


def written(spec: FunctionSpec, inputs: list[Tensor], bound: dict[str, Value]) -> Tensor:
    """The tensor that an in-place operator writes: its first argument, which need not be one it reads
    (`copy_`).
    """
    first = bound.get(spec.params[0][0]) if spec.params else None
    return first if type(first) is Tensor else inputs[0]


def paired(leaf: str, bound: dict[str, Value]) -> bool:
    if leaf not in catalogue.PAIR_WITH_DIM:
        return True
    return "dim" in bound and not isinstance(bound["dim"], Tensor)


def several(leaf: str, out: Tensor, bound: dict[str, Value]) -> Value:
    """The parts that `chunk`, `split` and the like give."""
    count = None
    if leaf == "chunk" and isinstance(bound.get("chunks"), int):
        count = bound["chunks"]
    sections = bound.get("split_size_or_sections", bound.get("split_size", bound.get("indices_or_sections")))
    if isinstance(sections, (list, tuple)):
        count = len(sections)
    elif leaf == "tensor_split" and isinstance(sections, int):
        count = sections

    def part() -> Tensor:
        return Tensor(out.producers, out.storage, out.rank, noise=out.noise, live=out.live)

    if count is not None and 0 < count <= 4096:
        return tuple(part() for _ in range(count))
    return Sequence(part())


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
        gate = gated(it, flowing) if kind == "multiply" else None
        if gate is not None:
            return it.emit("activation", f"x * {gate[1]}(x)", [gate[0]], rank=rank)
        masks = [t for t in inputs if t.noise is not None and not t.sources()]
        if kind == "multiply" and masks and masks[0].noise is not None and masks[0].noise.mask:
            return masked(it, spec.name, flowing, masks[0].noise, rank)
        if len(flowing) < 2:
            kind = "scale"
        elif kind == "add":
            note_overwritten(it, spec.name, flowing)
    attrs = attributes(it, spec, kind, bound)
    if kind == "dropout" and (attrs["p"] == 0 or attrs["training"] == "never"):
        kind = "identity"
    if kind == "batch_norm" and attrs["training"] == "never":
        kind = "scale"
    if leaf == "mean" and pools_globally(bound.get("dim"), inputs[0].rank if inputs else None):
        attrs["output_size"] = 1
    layer = own_layer(it, spec.kind)
    if layer is not None:
        attrs = layers.node_attributes(it, layer, spec.kind) | attrs
    return it.emit(kind, spec.name, flowing or inputs, attrs, layer=layer, rank=rank)


def unknown_inputs(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> list[Tensor]:
    """What a layer is applied to where it is not known: a tensor out of nowhere, and the reason is kept."""
    unknown = next((v for v in [*args, *kwargs.values()] if isinstance(v, Unknown)), None)
    if unknown is None:
        return []
    it.unresolve(unknown.reason)
    return [Tensor(live=True)]


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
            it.fact("inplace_before_skip", node.name, node.op, node.built or node.used, reader=op)


def gated(it: Interpreter, flowing: list[Tensor]) -> tuple[Tensor, str] | None:
    """`x * sigmoid(x)` is one activation of x (SiLU, Hardswish, ...)."""
    if len(flowing) != 2:
        return None
    for x, gate in (flowing, flowing[::-1]):
        sources = gate.sources()
        if len(sources) == 1:
            (node,) = sources
            op = it.graph.nodes[node].op.rpartition(".")[2].lower().rstrip("_")
            if op in GATES and set(it.graph.predecessors[node]) == x.sources():
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
        "p": rate(it, noise.rate),
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


def attributes(it: Interpreter, spec: FunctionSpec, kind: str, bound: dict[str, Value]) -> dict[str, object]:
    """Evaluated attributes of a functional call."""
    attrs: dict[str, object] = {"functional": True}
    if kind == "dropout":
        default = next((d for n, d in spec.params if n == "p"), 0.5)
        attrs["p"] = rate(it, bound.get("p", 0.5 if default is REQUIRED else default))
        attrs["literal_p"] = constants.literal_argument(it, "p", 1)
        attrs["p_text"] = constants.argument_text(it, "p", 1)
        attrs["inplace"] = bound.get("inplace") is True
        # F.alpha_dropout and F.feature_alpha_dropout are off unless told
        on = next((d for n, d in spec.params if n == "training"), True) is not False
        training_attributes(it, bound.get("training", bound.get("train", ABSENT)), attrs, default=on)
    elif kind == "batch_norm":
        training_attributes(it, bound.get("training", ABSENT), attrs, default=False)
        if bound.get("running_mean", ABSENT) is None:
            attrs["track_running_stats"] = False
    elif kind == "attention":
        known = rate(it, bound.get("dropout_p", 0.0))
        if known != 0:
            attrs["p"] = known
        flag = bound.get("training", ABSENT)
        if flag is ABSENT:
            attrs["training"] = (
                "train" if it.in_train_guard() or constants.mentions_training(it, "dropout_p") else "always"
            )
        else:
            training_attributes(it, flag, attrs, default=True)
    elif kind in ("conv", "linear"):
        attrs["bias"] = bound.get("bias") is not None
    elif kind in ("activation", "concat", "avg_pool", "max_pool"):
        if kind != "activation" or any(n == "dim" for n, _ in spec.params):
            attrs["dim"] = (
                bound.get("dim")
                if isinstance(bound.get("dim"), int)
                else ("given" if bound.get("dim") is not None else None)
            )
        if bound.get("inplace") is True or spec.inplace:
            attrs["inplace"] = True
        if "output_size" in bound:
            attrs["output_size"] = bound["output_size"]
    attrs["in_module"] = bool(it.modules)
    return attrs


def training_attributes(it: Interpreter, flag: Value, attrs: dict[str, object], *, default: bool) -> None:
    """When a dropout or batch norm works in training mode: `always`, `train` or `never`."""
    flag = it.resolve(flag)
    if flag is TRAINING or isinstance(flag, (Unknown, Test, Choice, Symbol, Tensor)):
        attrs["training"] = "train"
    elif flag is NOT_TRAINING:
        attrs["training"] = "never"
    else:
        on = default if flag is ABSENT else bool(flag)
        attrs["training"] = ("train" if it.in_train_guard() else "always") if on else "never"
        attrs["training_literal"] = flag is True and constants.literal_argument(it, "training", 2)


def rate(it: Interpreter, value: Value) -> float | Rate | None:
    """A dropout rate as an attribute: known, symbolic, or unknown."""
    value = it.resolve(value)
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    if type(value) is Symbol:
        return Rate(value.text, float(value.default) if isinstance(value.default, (int, float)) else None)
    if type(value) is Tensor and value.data is not None and len(value.data) == 1:
        return rate(it, value.data[0])
    if type(value) is Choice:
        return rate_of_choice([rate(it, v) for _, v in value.options])
    if type(value) is Unknown and value.text:
        return Rate(value.text, None)
    return None


def rate_of_choice(rates: list[float | Rate | None]) -> float | Rate | None:
    symbolic = [r for r in rates if isinstance(r, Rate)]
    if symbolic:
        return symbolic[0]
    known = [r for r in rates if isinstance(r, float)]
    return max(known) if len(known) == len(rates) and known else None


def tensor_attribute(it: Interpreter, tensor: Tensor, name: str) -> Value:
    """An attribute of a tensor: a property at once, a method when it is called."""
    full = f"torch.Tensor.{name}"
    spec = catalogue.functions().get(full)
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
