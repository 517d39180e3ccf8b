"""Layer classes of the catalogue: how they are made, constructed, and what weights they own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from orderlint.graph.catalogue import REQUIRED, LayerSpec
from orderlint.source import branches, constants, layers
from orderlint.source.tensors import Tensor
from orderlint.source.values import ABSENT, Choice, Class, Instance, Native, OpenDict, Raised, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.importer import Importer
    from orderlint.source.interpreter import Interpreter


TUPLES = {"1d": 1, "2d": 2, "3d": 3}
CONVOLUTION_SIZES = frozenset({"kernel_size", "stride", "dilation", "padding"})


NUMBERS = [
    "in_channels",
    "out_channels",
    "in_features",
    "out_features",
    "num_features",
    "groups",
    "num_layers",
    "num_groups",
    "num_channels",
    "normalized_shape",
    "embed_dim",
    "num_heads",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "input_size",
    "hidden_size",
    "dim",
    "num_embeddings",
    "embedding_dim",
    "eps",
    "momentum",
    "affine",
    "track_running_stats",
    "negative_slope",
    "bidirectional",
    "output_size",
    "start_dim",
    "end_dim",
]


OTHER_NAMES = (
    ("in_channels", "in_features"),
    ("out_channels", "out_features"),
    ("num_features", "num_channels"),
)
"""Attributes of a node, each with what some layers call it."""


IDLE = (
    "reset_parameters",
    "_reset_parameters",
    "reset_running_stats",
    "_check_input_dim",
    "flatten_parameters",
)
"""Methods of layers that change nothing but numbers."""


def make_class(importer: Importer, spec: LayerSpec) -> Class:
    """The class of a catalogue layer, as the interpreter sees it."""
    from orderlint.source.classes import linearise

    bases = [b for b in (base_class(importer, name) for name in spec.bases) if b is not None]
    namespace: dict[str, Value] = {
        "__init__": Native(f"{spec.name}.__init__", functools.partial(construct, spec)),
        "forward": Native(f"{spec.name}.forward", functools.partial(layers.forward, spec)),
    }
    for name in IDLE:
        namespace[name] = Native(f"{spec.name}.{name}", lambda it, args, kwargs: None)
    if spec.kind == "conv":
        namespace["_conv_forward"] = Native(
            f"{spec.name}._conv_forward", functools.partial(layers.convolve, spec)
        )
    module, _, name = spec.name.rpartition(".")
    cls = Class(name, spec.name, module, tuple(bases), namespace, spec=spec, library=True)
    cls.mro = linearise(cls, bases)
    return cls


def base_class(importer: Importer, name: str) -> Class | None:
    if name == "torch.nn.Module":
        home = importer.find("torch.nn")
        found = home.scope.variables.get("Module") if home is not None else None
        return found if type(found) is Class else None
    return importer.layer_class(name)


def construct(spec: LayerSpec, it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`__init__` of a layer: its parameters become attributes, its weights and biases tensors."""
    self, given = args[0], args[1:]
    if type(self) is not Instance:
        return None
    values = bind(it, spec, given, kwargs)
    leaf = spec.leaf
    it.touch(self)
    convolves = leaf.startswith(("Conv", "LazyConv"))
    for name, value in values.items():
        self.attrs[name] = tuples(leaf, value) if convolves and name in CONVOLUTION_SIZES else value
    if spec.kind == "dropout":
        self.attrs["__rate_literal__"] = constants.literal_argument(it, "p", 0)
        self.attrs["__rate_text__"] = constants.argument_text(it, "p", 0)
    if spec.kind == "conv" and leaf[-2:] in TUPLES:
        self.attrs.setdefault("transposed", "Transpose" in leaf)
        self.attrs.setdefault("output_padding", (0,) * TUPLES[leaf[-2:]])
    weights(it, self, spec, values)
    return None


def bind(it: Interpreter, spec: LayerSpec, given: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    """The constructor's arguments by name, defaults filled in."""
    names = spec.names
    out: dict[str, Value] = {}
    if len(given) > len(names) and not spec.stars:
        raise Raised(
            "TypeError", None, f"{spec.name} takes {len(names)} arguments but {len(given)} were given"
        )
    out.update(zip(names, given, strict=False))
    open_ = "**" in spec.stars or type(kwargs) is OpenDict
    for key, value in kwargs.items():
        if key not in names and not open_ and branches.may_be_absent(value):
            continue  # given on branches that make a layer of another sort
        if key not in names and not open_:
            raise Raised("TypeError", None, f"{spec.name} got an unexpected keyword argument '{key}'")
        out[key] = value
    for name, default in spec.params:
        if name in out:
            if branches.may_be_absent(out[name]):
                out[name] = branches.choose(
                    [(c, default if v is ABSENT else v) for c, v in out[name].options]
                )
            continue
        if name.startswith("*"):
            continue
        if default is REQUIRED and type(kwargs) is OpenDict and it.symbolic:
            out[name] = it.assume.get(name, Unknown(f"the argument {name} of {spec.name}", text=name))
            continue
        if default is REQUIRED:
            raise Raised("TypeError", None, f"{spec.name} missing a required argument: '{name}'")
        out[name] = Unknown(f"the default of {name}") if default is Ellipsis else default
    return out


def tuples(leaf: str, value: Value) -> Value:
    """Convolutions keep their sizes as tuples."""
    if isinstance(value, int):
        return (value,) * TUPLES.get(leaf[-2:], 2)
    return tuple(value) if isinstance(value, list) else value


def weights(it: Interpreter, self: Instance, spec: LayerSpec, values: dict[str, Value]) -> None:
    """The parameters and buffers that user code asks a layer for."""
    kind, leaf = spec.kind, spec.leaf

    def known() -> Tensor:
        return Tensor(parameter=True)

    if kind in ("conv", "linear", "embedding", "rnn") or leaf == "PReLU":
        self.attrs["weight"] = Tensor(
            parameter=True, rank=weight_rank(leaf), sizes=weight_sizes(leaf, self.attrs)
        )
    if kind in ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "other_norm"):
        affine = values.get("affine", values.get("elementwise_affine", True))
        self.attrs["weight"] = known() if affine is not False else None
        self.attrs["bias"] = (
            known() if affine is not False and values.get("bias", True) is not False else None
        )
        if kind in ("batch_norm", "instance_norm"):
            tracked = values.get("track_running_stats", True)
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.attrs[name] = known() if tracked is not False else None
    elif "bias" in values and kind != "rnn":
        bias = it.resolve(values["bias"])
        if kind == "attention":
            attention_weights(it, self, values)
        else:
            self.attrs["bias"] = (
                known()
                if isinstance(bias, Tensor)
                or bias is True
                or (bias and not isinstance(bias, (Unknown, Choice)))
                else bias
                if bias
                else None
            )
            self.attrs["__bias__"] = bias


def weight_rank(leaf: str) -> int | None:
    return 2 if leaf == "Linear" else {"1d": 3, "2d": 4, "3d": 5}.get(leaf[-2:])


def weight_sizes(leaf: str, attrs: dict[str, Value]) -> tuple[Value, ...] | None:
    if leaf == "Linear":
        return (attrs.get("out_features"), attrs.get("in_features"))
    if leaf in ("Conv1d", "Conv2d", "Conv3d") and isinstance(attrs.get("kernel_size"), tuple):
        inside, groups = attrs.get("in_channels"), attrs.get("groups", 1)
        if isinstance(inside, int) and isinstance(groups, int) and groups:
            return (attrs.get("out_channels"), inside // groups, *attrs["kernel_size"])
    return None


def attention_weights(it: Interpreter, self: Instance, values: dict[str, Value]) -> None:
    for name in (
        "in_proj_weight",
        "in_proj_bias",
        "q_proj_weight",
        "k_proj_weight",
        "v_proj_weight",
        "bias_k",
        "bias_v",
    ):
        self.attrs[name] = Tensor(parameter=True)
    linear = it.importer.layer_class("torch.nn.Linear")
    if linear is not None:
        child = Instance(linear, {"_modules": {}}, self.built, depth=self.depth)
        construct(linear.spec, it, [child, values["embed_dim"], values["embed_dim"]], {})  # type: ignore[arg-type]
        self.attrs["_modules"]["out_proj"] = child
