"""Operators with a meaning beyond the catalogue: small constant tensors, switches of torch, wrappers that
change no flow.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orderlint.source import enumerations, instances, paths
from orderlint.source.tensors import Tensor
from orderlint.source.training_rates import complement_name
from orderlint.source.values import ABSENT, Dims, External, Instance, Sequence, Symbol, Unknown, Value

if TYPE_CHECKING:
    from orderlint.graph.catalogue import FunctionSpec
    from orderlint.source.interpreter import Interpreter

Special = Callable[["Interpreter", list[Value], dict[str, Value]], Value]
SIZE_PARAMETERS = ("*size", "size", "shape", "*shape")
INTEGER_TYPES = frozenset(
    {
        "torch.long",
        "torch.int",
        "torch.int64",
        "torch.int32",
        "torch.int16",
        "torch.uint8",
        "torch.bool",
        "torch.int8",
    }
)


def linspace(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`torch.linspace(start, end, steps)` with a known number of steps: its elements."""
    names = ("start", "end", "steps")
    bound = dict(zip(names, args, strict=False)) | {k: v for k, v in kwargs.items() if k in names}
    start, end, steps = (it.resolve(bound.get(n)) for n in names)
    steps = it.default_of(steps)
    if not isinstance(steps, int) or steps > 4096 or steps < 0:
        return Tensor(rank=1, data=None) if steps is not None else ABSENT
    return Tensor(rank=1, data=[point(it, start, end, i, steps) for i in range(steps)])


def point(it: Interpreter, start: Value, end: Value, index: int, steps: int) -> Value:
    """Element `index` of a linear ramp; where the share of an end is 0, that end has no say."""
    share = index / (steps - 1) if steps > 1 else 0.0
    parts = [(start, 1 - share), (end, share)]
    live = [(it.resolve(v), w) for v, w in parts if w != 0 and not (isinstance(v, (int, float)) and v == 0)]
    if any(not isinstance(v, (int, float, Symbol)) for v, _ in live):
        return Unknown(
            "an element of linspace", text=next((v.text for v, _ in live if type(v) is Unknown), None)
        )
    total = sum(it.default_of(v) * w for v, w in live)
    names = [v.text for v, _ in live if type(v) is Symbol]
    return Symbol(" + ".join(dict.fromkeys(names)), total) if names else float(total)


def arange(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    bounds = [it.default_of(it.resolve(a)) for a in args[:3]]
    if (
        bounds
        and all(isinstance(b, int) and not isinstance(b, bool) for b in bounds)
        and not kwargs.keys() & {"start", "end", "step"}
    ):
        try:
            numbers = range(*bounds)
        except ValueError:
            return ABSENT
        if len(numbers) <= 4096:
            return Tensor(rank=1, data=list(numbers))
    return ABSENT


def literal_tensor(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`torch.tensor([...])` of numbers."""
    value = it.resolve(args[0] if args else kwargs.get("data"))
    if type(value) is Tensor:
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(v, (int, float, Symbol)) for v in value):
        return Tensor(rank=1, data=list(value))
    if isinstance(value, (int, float, Symbol)):
        return Tensor(rank=0, data=[value])
    return Tensor()


def fresh(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`torch.Tensor(...)`: of sizes, or of elements."""
    if args and all(isinstance(a, int) for a in args):
        return Tensor(rank=len(args), sizes=tuple(args))
    return literal_tensor(it, args, kwargs)


def parameter(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    source = args[0] if args else kwargs.get("data")
    return Tensor(
        parameter=True,
        rank=source.rank if type(source) is Tensor else None,
        sizes=source.sizes if type(source) is Tensor else None,
    )


def first(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Wrappers that give their argument back: `torch.jit.script`, `torch.compile`, weight norm, ..."""
    if args:
        return args[0]
    for name in ("module", "obj", "model", "fn", "func", "tensor"):
        if name in kwargs:
            return kwargs[name]
    return External("a decorator that changes nothing", found=True) if not kwargs else Identity


def second(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return args[1] if len(args) > 1 else kwargs.get("the_value")


def always(value: Value) -> Special:
    return lambda it, args, kwargs: value


def decorator_or_context(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`torch.no_grad` and the like: with a function it is that function; otherwise it wraps the next one."""
    from orderlint.source.values import Function

    return args[0] if args and type(args[0]) is Function else Identity


def is_tensor(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    value = it.resolve(args[0]) if args else None
    return value if isinstance(value, Unknown) else type(value) is Tensor


def initialise(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return args[0] if args else kwargs.get("tensor")


Identity = External("orderlint.identity")


def skip_init(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`torch.nn.utils.skip_init(nn.Linear, 3, 5)`: the module, its parameters left as they are."""
    return it.call(args[0], args[1:], kwargs) if args else ABSENT


def new(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`x.new(y)`: y itself, as the gradient multipliers of older code write it; of sizes a constant."""
    given = args[1] if len(args) > 1 else None
    return given if type(given) is Tensor and given.sources() else ABSENT


def container(host: type) -> Special:
    """`typing.OrderedDict()`: the container that an alias of typing makes."""

    def make(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        return it.call(host, args, kwargs)

    return make


SPECIAL: dict[str, Special] = {
    "torch.linspace": linspace,
    "torch.arange": arange,
    "torch.tensor": literal_tensor,
    "torch.as_tensor": literal_tensor,
    "torch.from_numpy": literal_tensor,
    "torch.Tensor": fresh,
    "torch.Tensor.new": new,
    "torch.FloatTensor": fresh,
    "torch.nn.Parameter": parameter,
    "torch.nn.parameter.Parameter": parameter,
    "torch.nn.Buffer": parameter,
    "torch.nn.UninitializedParameter": parameter,
    "orderlint.identity": first,
    "torch.jit.annotate": second,
    "torch.is_tensor": is_tensor,
    "torch._assert": always(None),
    "torch._check": always(None),
    "torch.manual_seed": always(None),
    "os.environ.get": paths.get_variable,
    "torch.nn.utils.skip_init": skip_init,
}
for _name in [
    "jit.script",
    "jit.ignore",
    "jit.unused",
    "jit.export",
    "jit.interface",
    "jit.script_if_tracing",
    "jit.trace",
    "fx.wrap",
    "compile",
    "compiler.disable",
    "compiler.allow_in_graph",
    "nn.utils.weight_norm",
    "nn.utils.weight_norm.weight_norm",
    "nn.utils.spectral_norm",
    "nn.utils.spectral_norm.spectral_norm",
    "nn.utils.parametrizations.weight_norm",
    "_dynamo.disable",
    "nn.utils.parametrizations.spectral_norm",
    "nn.utils.parametrizations.orthogonal",
    "nn.utils.remove_weight_norm",
    "nn.utils.remove_spectral_norm",
    "nn.utils.fusion.fuse_conv_bn_eval",
    "nn.SyncBatchNorm.convert_sync_batchnorm",
    "nn.parallel.DistributedDataParallel",
    "jit._overload_method",
    "jit._overload",
    "cuda.amp.custom_fwd",
    "cuda.amp.custom_bwd",
    "library.impl",
    "nn.utils.parametrize.register_parametrization",
]:
    SPECIAL[f"torch.{_name}"] = first
for _name in [
    "no_grad",
    "enable_grad",
    "inference_mode",
    "set_grad_enabled",
    "autocast",
    "cuda.amp.autocast",
    "amp.autocast",
    "autograd.no_grad",
]:
    SPECIAL[f"torch.{_name}"] = decorator_or_context
for _name in [
    "jit.is_scripting",
    "jit.is_tracing",
    "onnx.is_in_onnx_export",
    "compiler.is_compiling",
    "compiler.is_dynamo_compiling",
    "_C._get_tracing_state",
    "_C._is_tracing",
    "cuda.is_available",
    "backends.mps.is_available",
    "is_inference_mode_enabled",
    "is_autocast_enabled",
    "distributed.is_initialized",
    "distributed.is_available",
    "overrides.has_torch_function",
    "overrides.has_torch_function_unary",
    "_dynamo.is_compiling",
    "cuda.is_bf16_supported",
    "backends.cudnn.is_available",
    "backends.cuda.is_built",
    "fx._symbolic_trace.is_fx_tracing",
    "xpu.is_available",
    "npu.is_available",
]:
    SPECIAL[f"torch.{_name}"] = always(False)
SPECIAL["torch.is_grad_enabled"] = always(True)
SPECIAL |= {name: container(host) for name, host in instances.TYPING.items()}
SPECIAL |= {name: enumerations.functional(name) for name in enumerations.NAMES}
for _name in [
    "uniform_",
    "normal_",
    "constant_",
    "ones_",
    "zeros_",
    "eye_",
    "dirac_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "trunc_normal_",
    "orthogonal_",
    "sparse_",
    "uniform",
    "normal",
    "constant",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
]:
    SPECIAL[f"torch.nn.init.{_name}"] = initialise


# ---- sizes and arguments -----------------------------------------------------------------------------------


def sizes_of(spec: FunctionSpec, bound: dict[str, Value]) -> tuple[Value, ...] | None:
    """The sizes a constant is made with, where their number is known: `torch.rand(n, 1, 1)`,
    `x.new_empty(shape)`.
    """
    if spec.name.endswith("_like"):
        source = bound.get("input", bound.get("self"))
        return source.sizes if type(source) is Tensor else None
    size = next((bound[n] for n in SIZE_PARAMETERS if n in bound), None)
    if isinstance(size, list) and len(size) == 1 and not isinstance(size[0], (int, Symbol)):
        size = size[0]  # a shape; one that is not known may hold any number of sizes
    if isinstance(size, Sequence):
        return (*size.prefix, size)
    if type(size) is Dims and size.rank is not None:
        return size.sizes or (Unknown("a size", data=True),) * size.rank
    return tuple(size) if isinstance(size, (list, tuple)) else None


def grain(sizes: tuple[Value, ...] | None) -> str:
    """What a mask of these sizes drops: elements, channels (all but the first two sizes 1) or samples (all
    but the first 1).
    """
    if not sizes:
        return "element"
    ones = [_is_one(s) for s in sizes]
    if len(sizes) > 1 and all(ones[1:]) and not ones[0]:
        return "sample"
    if len(sizes) > 2 and all(ones[2:]):
        return "channel"
    return "element"


def _is_one(size: Any) -> bool:
    return (isinstance(size, Sequence) and size.element == 1) or (isinstance(size, int) and size == 1)


def complement(keep: Value) -> Value:
    """The drop rate of a keep probability."""
    if isinstance(keep, (int, float)):
        return 1 - keep
    if type(keep) is Symbol and isinstance(keep.default, (int, float)):
        return Symbol(complement_name(keep.text), 1 - keep.default, keep.training)
    return keep


def casts_to_integer(leaf: str, bound: dict[str, Value]) -> bool:
    """Whether `x.to(torch.long)`, `x.type(torch.int)` cut the flow of values."""
    if leaf not in ("to", "type"):
        return False
    values = [*bound.get("*args", []), bound.get("dtype"), bound.get("**kwargs")]
    return any(isinstance(v, External) and v.name in INTEGER_TYPES for v in values)


def call_node(it: Interpreter) -> ast.Call | None:
    """The call that is running in the innermost frame of user code."""
    for index in range(len(it.frames) - 1, -1, -1):
        frame = it.frames[index]
        if not frame.module.library:
            it.taint(depth=index)
            return frame.node if isinstance(frame.node, ast.Call) else None
    return None


def argument(node: ast.Call, name: str, position: int) -> ast.expr | None:
    """The syntax of an argument, by keyword or by position (of a function, not of a method)."""
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    return node.args[position] if len(node.args) > position else None


def literal_argument(it: Interpreter, name: str, position: int) -> bool:
    """Whether an argument of the running call stands as a literal in the source."""
    node = call_node(it)
    return node is not None and isinstance(argument(node, name, position), ast.Constant)


def argument_text(it: Interpreter, name: str, position: int) -> str:
    """The source text of an argument of the running call."""
    node = call_node(it)
    value = argument(node, name, position) if node is not None else None
    return ast.unparse(value) if isinstance(value, (ast.Name, ast.Attribute, ast.Constant, ast.BinOp)) else ""


def mentions_training(it: Interpreter, name: str) -> bool:
    """Whether an argument of the running call is an expression of a `training` flag."""
    node = call_node(it)
    if node is None:
        return False
    value = argument(node, name, 4)
    if value is None:
        return True
    if isinstance(value, ast.Constant):
        return value.value in (0, None)
    return not isinstance(value, ast.Attribute)


def children_of(value: Instance) -> dict[str, Value]:
    found: dict[str, Value] = value.attrs.get("_modules", {})
    return found
