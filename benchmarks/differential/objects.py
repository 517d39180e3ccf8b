"""Features of objects: classes with arguments, inheritance, closures, decorators, partial calls, properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .layers import FUNCTIONS, layer
from .writer import CHANNELS, Text, Writer

if TYPE_CHECKING:
    from .writer import Step

C = CHANNELS
NORMS = ("nn.BatchNorm2d", "nn.InstanceNorm2d", "partial(nn.GroupNorm, 2)", "partial(nn.BatchNorm2d, eps=1e-3)",
         "functools.partial(nn.GroupNorm, num_groups=1, num_channels=4) and nn.BatchNorm2d", "lambda c: nn.GroupNorm(1, c)",
         "nn.Identity")  # fmt: skip
ACTIVATIONS = (
    "nn.ReLU",
    "nn.GELU",
    "nn.SiLU",
    "partial(nn.ReLU, inplace=True)",
    "nn.Sigmoid",
    "lambda: nn.Tanh()",
)


def configured(writer: Writer, value: str) -> str:
    """A block whose layers are given by its arguments, each with a default."""
    name = writer.fresh("Conv")
    order = writer.chance.choice(("[conv, norm, act, drop]", "[norm, act, conv]", "[conv, drop, norm, act]"))
    writer.program.define(
        f"class {name}(nn.Module):\n"
        f"    def __init__(self, width=4, norm_layer=nn.BatchNorm2d, act=None, p=0.1, *, pre=False, **kwargs):\n"
        f"        super().__init__()\n"
        f"        norm = norm_layer(width) if norm_layer is not None else nn.Identity()\n"
        f"        conv = nn.Conv2d(width, width, 3, padding=1, bias=norm_layer is None, **kwargs)\n"
        f"        act = act() if act else nn.Identity()\n"
        f"        drop = nn.Dropout(p) if p > 0 else nn.Identity()\n"
        f"        layers = {order}\n"
        f"        if pre:\n"
        f"            layers = layers[::-1]\n"
        f"        self.body = nn.Sequential(*layers)\n\n"
        f"    def forward(self, x):\n"
        f"        return self.body(x)"
    )
    arguments = [
        choice
        for choice in (
            f"norm_layer={writer.chance.choice((*NORMS, 'None'))}",
            f"act={writer.chance.choice(ACTIVATIONS)}",
            f"p={writer.chance.choice(('0', '0.5', '1 / 4'))}",
            f"pre={writer.chance.choice(('True', 'len(str(12)) > 2'))}",
            f"groups={writer.chance.choice('124')}",
        )
        if writer.chance.random() < 0.5
    ]
    call = writer.chance.choice(
        ("{n}({a})", "{n}(**dict({a}))", "partial({n}, {a})()" if arguments else "{n}()")
    )
    return f"{writer.attribute(call.format(n=name, a=', '.join(arguments)), 'block')}({value})"


def inherited(writer: Writer, value: str) -> str:
    """A subclass that overrides, extends or reuses parts of its base."""
    base, derived = writer.fresh("Base"), writer.fresh("Derived")
    a, b, c = layer(writer), layer(writer), layer(writer)
    parent = writer.chance.choice(("nn.Module", "Mixin, nn.Module"))
    writer.program.define(
        f"class {base}({parent}):\n"
        f"    kind = 'plain'\n"
        f"    factor: int = 2\n\n"
        f"    def __init__(self):\n"
        f"        super().__init__()\n"
        f"        self.first = {a}\n"
        f"        self.second = self.make()\n\n"
        f"    def make(self):\n"
        f"        return {b}\n\n"
        f"    def inner(self, x):\n"
        f"        return self.second(x)\n\n"
        f"    def forward(self, x):\n"
        f"        return self.inner(self.first(x))"
    )
    member = writer.chance.choice(
        (f"def make(self):\n    return {c}", f"def make(self):\n    return nn.Sequential(super().make(), {c})",
         "def forward(self, x):\n    return super().forward(x) + x",
         "def inner(self, x):\n    return x if self.kind == 'plain' else super().inner(x)",
         f"kind = 'other'\n\ndef inner(self, x):\n    return super({derived}, self).inner(x) * self.factor",
         f"def __init__(self):\n    super().__init__()\n    self.first = {c}",
         f"def __init__(self):\n    {base}.__init__(self)\n    del self.second\n    self.second = {c}",
         (f"def __init__(self, extra=True):\n    super().__init__()\n    self.extra = {c} if extra else None\n\n"
         f"def forward(self, x):\n    x = {base}.forward(self, x)\n    return self.extra(x) if self.extra is not None else x"),
         "def __call__(self, x):\n    return super().__call__(x).relu()",
         "pass")
    )  # fmt: skip
    body = member.replace("\n", "\n    ")
    writer.program.define(f"class {derived}({base}):\n    {body}")
    return f"{writer.attribute(derived + '()', 'block')}({value})"


def sequential_subclass(writer: Writer, value: str) -> str:
    name = writer.fresh("Stack")
    form = writer.chance.choice(
        ("def __init__(self):\n        super().__init__({a}, {b})",
         "def __init__(self, *layers):\n        super().__init__({a}, *layers, {b})",
         "def __init__(self):\n        super().__init__()\n        self.add_module('a', {a})\n        self.b = {b}",
         ("def __init__(self):\n        super().__init__(OrderedDict(one={a}, two={b}))\n\n"
         "    def forward(self, x):\n        return x + super().forward(x)"),
         ("def __init__(self):\n        super().__init__({a}, {b})\n\n"
         "    def forward(self, x):\n        for m in self:\n            x = m(x)\n        return x"),
         ("def __init__(self):\n        super().__init__({a}, {b})\n\n"
         "    def forward(self, x):\n        for name, m in self.named_children():\n            x = m(x) if name != '0' else x\n        return x"))
    )  # fmt: skip
    writer.program.define(
        f"class {name}(nn.Sequential):\n    {form.format(a=layer(writer), b=layer(writer))}"
    )
    return f"{writer.attribute(name + '()', 'stack')}({value})"


def helper(writer: Writer, value: str) -> str:
    """A function outside the class: applied to a tensor, or one that builds a layer."""
    name = writer.fresh("helper")
    if writer.chance.random() < 0.5:
        template = writer.chance.choice([f for f in FUNCTIONS if "self." not in f])
        writer.program.define(f"def {name}(x, scale=1.0):\n    return {template.format(x='x')}")
        return writer.chance.choice(("{n}({x})", "{n}(x={x})", "{n}(*[{x}])", "{n}(**{{'x': {x}}})")).format(
            n=name, x=value
        )
    form = writer.chance.choice(
        ("def {n}(width, *more, **options):\n    return nn.Sequential({a}, *more, {b})",
         "def {n}(width, deep=True):\n    layers = [{a}]\n    if deep:\n        layers.append({b})\n    return nn.Sequential(*layers)",
         "def {n}(width):\n    def inner():\n        return {a}\n    return nn.Sequential(inner(), inner())",
         "{n} = lambda width: nn.Sequential({a}, {b})",
         "@decorated\ndef {n}(width):\n    return {a}",
         "TABLE['{n}'] = lambda width: {a}\n\ndef {n}(width):\n    return TABLE['{n}'](width)",
         "def {n}(width, _cache={{}}):\n    return _cache.setdefault(width, {a})")
    )  # fmt: skip
    writer.program.define(form.format(n=name, a=layer(writer), b=layer(writer)))
    return f"{writer.attribute(f'{name}({C})', 'made')}({value})"


def closure(writer: Writer, value: str) -> str:
    """A nested function in `forward`, which sees and may rebind what is around it."""
    value, name, held = writer.variable(value), writer.fresh("go"), writer.fresh("held")
    module = writer.attribute(layer(writer))
    form = writer.chance.choice(("plain", "nonlocal", "default", "lambda", "late", "list"))
    out = writer.forward
    out.line(f"{held} = {value}")
    if form == "plain":
        with out.block(f"def {name}(y):"):
            out.line(f"return {module}(y) + {held}")
        return f"{name}({value})"
    if form == "nonlocal":
        with out.block(f"def {name}():"):
            out.line(f"nonlocal {held}")
            out.line(f"{held} = {module}({held})")
        out.line(f"{name}()")
        out.line(f"{name}()")
        return held
    if form == "default":
        with out.block(f"def {name}(y, z={held}):"):
            out.line(f"return {module}(y) * z")
        out.line(f"{held} = {held} * 2")
        return f"{name}({held})"
    if form == "lambda":
        out.line(f"{name} = lambda y, m={module}: m(y) + {held}")
        return f"{name}({value})"
    if form == "late":
        out.line(f"{name} = [lambda y: {module}(y) * k for k in range(2)]")
        return f"{name}[0]({value})"
    out.line(f"{held} = [{held}]")
    with out.block(f"def {name}(y):"):
        out.line(f"{held}.append({module}(y))")
    out.line(f"{name}({value})")
    return f"{held}[-1]"


def method(writer: Writer, value: str) -> str:
    """A method of some sort: plain, static, of the class, a property, with defaults and star arguments."""
    name, module = writer.fresh("method"), writer.attribute(layer(writer))
    form, use = writer.chance.choice(
        (("def {n}(self, x):\n    return {m}(x)", "self.{n}({x})"),
         ("@staticmethod\ndef {n}(x, m):\n    return m(x)", "self.{n}({x}, {m})"),
         ("@classmethod\ndef {n}(cls, x, m=None):\n    return m(x) if m else x", "self.{n}({x}, m={m})"),
         ("@property\ndef {n}(self):\n    return {m}", "self.{n}({x})"),
         ("def {n}(self, *xs):\n    return sum({m}(x) for x in xs)", "self.{n}({x}, {x})"),
         ("def {n}(self, **xs):\n    return {m}(xs['x'])", "self.{n}(x={x})"),
         ("def {n}(self, x, times=2):\n    for _ in range(times):\n        x = {m}(x)\n    return x", "self.{n}({x})"),
         ("def {n}(self, x, depth=2):\n    return {m}(self.{n}(x, depth - 1)) if depth else x", "self.{n}({x})"),
         ("def {n}(self):\n    return {m}", "self.{n}()({x})"),
         ("def {n}(self, x):\n    return checkpoint({m}, x, use_reentrant=False)", "self.{n}({x})"),
         ("def {n}(self, x):\n    return {m}(x)", "type(self).{n}(self, {x})"),
         ("def {n}(self, x):\n    return {m}(x)", "getattr(self, '{n}')({x})"),
         ("@decorated\ndef {n}(self, x):\n    return {m}(x)", "self.{n}({x})"),
         ("@functools.lru_cache(None)\ndef {n}(self):\n    return {m}", "self.{n}()({x})"),
         ("def {n}(self, x, fn):\n    return fn({m}(x))", "self.{n}({x}, torch.relu)"))
    )  # fmt: skip
    writer.members.append(form.format(n=name, m=module))
    return use.format(n=name, m=module, x=writer.variable(value))


def dynamic(writer: Writer, value: str) -> str:
    """Attributes set and read by computed names."""
    init, stem, out = writer.init, writer.fresh("unit"), writer.variable(value)
    with init.block("for index in range(2):"):
        init.line(
            writer.chance.choice(
                (
                    f"setattr(self, f'{stem}_{{index}}', {layer(writer)})",
                    f"self.add_module('{stem}_' + str(index), {layer(writer)})",
                    f"self.register_module('{stem}_%d' % index, {layer(writer)})",
                    f"self.__setattr__('{stem}_{{}}'.format(index), {layer(writer)})",
                )
            )
        )
    form = writer.chance.randrange(3)
    if form == 0:
        with writer.forward.block("for index in range(2):"):
            writer.forward.line(f"{out} = getattr(self, f'{stem}_{{index}}')({out})")
        return out
    if form == 1:
        with writer.forward.block("for name, child in self.named_children():"):
            with writer.forward.block(f"if name.startswith('{stem}'):"):
                writer.forward.line(f"{out} = child({out})")
        return out
    return f"self.{stem}_1(self.{stem}_0({out}))"


def copied(writer: Writer, value: str) -> str:
    """A module shared, or copied, under another name."""
    value = writer.variable(value)
    first = writer.attribute(layer(writer))
    second = writer.attribute(writer.chance.choice((f"copy.deepcopy({first})", first, f"copy.copy({first})")))
    return f"{second}({first}({value}))"


def switched(writer: Writer, value: str) -> str:
    """A part put into evaluation mode, frozen or replaced after it was built."""
    body = writer.attribute(f"nn.Sequential({layer(writer)}, {layer(writer)})", "frozen")
    writer.init.line(
        writer.chance.choice(
            ("{b}.requires_grad_(False)", "for p in {b}.parameters(): p.requires_grad = False", "{b}.apply(lambda m: None)",
             "for m in {b}.modules(): m.extra = 1", "{b} = nn.Identity()", "{b}[0] = nn.Identity()", "{b}.train()",
             "self.alias = {b}")
        ).format(b=body)
    )  # fmt: skip
    return f"{body}({value})"


def parameter(writer: Writer, value: str) -> str:
    """A parameter or buffer of the module in arithmetic with the data."""
    value = writer.variable(value)
    form, use = writer.chance.choice(
        (("nn.Parameter(torch.ones(1, 4, 1, 1))", "{x} * {p}"), ("nn.Parameter(torch.zeros(4))", "{x} + {p}.view(1, -1, 1, 1)"),
         ("nn.Parameter(torch.randn(4, 4, 3, 3))", "F.conv2d({x}, {p}, padding=1)"), ("nn.Parameter(torch.ones(4))", "F.batch_norm({x}, None, None, {p}, {p}, True)"),
         ("nn.Parameter(torch.eye(4))", "torch.einsum('bchw,cd->bdhw', {x}, {p})"), ("nn.ParameterList([torch.ones(1)])", "{x} * {p}[0]"),
         ("nn.Parameter(torch.randn(4, 4))", "F.linear({x}.permute(0, 2, 3, 1), {p}).permute(0, 3, 1, 2)"),
         ("nn.Parameter(torch.randn(4, 4))", "({x}.transpose(1, 3) @ {p}).transpose(1, 3)"))
    )  # fmt: skip
    return use.format(x=value, p=writer.attribute(form, "weight"))


def configuration(writer: Writer, value: str) -> str:
    """A dataclass, an enumeration or a plain object that decides what is built."""
    name, attribute = writer.fresh("Config"), writer.fresh("cfg")
    form, read = writer.chance.choice(
        (("@dataclass\nclass {n}:\n    p: float = 0.2\n    act: str = 'relu'\n    sizes: list = field(default_factory=lambda: [1, 2])", "{n}().p"),
         ("class {n}:\n    def __init__(self, p=0.3):\n        self.p = p", "{n}(0.1).p"),
         ("class {n}(enum.Enum):\n    LOW = 0.1\n    HIGH = 0.5", "{n}.HIGH.value"),
         ("class {n}:\n    p = 0.4\n\n    @classmethod\n    def default(cls):\n        return cls()", "{n}.default().p"),
         ("{n} = namedtuple('{n}', 'p q')", "{n}(0.2, 1)._replace(p=0.3).p"), ("{n} = {{'p': {{'rate': 0.2}}}}", "{n}['p']['rate']"),
         ("class {n}(dict):\n    __getattr__ = dict.__getitem__", "{n}(p=0.2).p"))
    )  # fmt: skip
    writer.program.define(form.format(n=name))
    writer.init.line(f"{attribute} = {read.format(n=name)}")
    chosen = writer.chance.choice(
        (
            "nn.Dropout({c})",
            "nn.Dropout({c}) if {c} > 0.25 else nn.ReLU()",
            "nn.Sequential(nn.ReLU(), nn.Dropout2d(p={c}))",
        )
    )
    return f"{writer.attribute(chosen.format(c=attribute), 'chosen')}({value})"


def called_with(writer: Writer, value: str) -> str:
    """A module whose forward takes more than one argument, some of them optional."""
    name, value, text = writer.fresh("Two"), writer.variable(value), Text()
    first, second = layer(writer), layer(writer)
    with text.block(f"class {name}(nn.Module):"):
        with text.block("def __init__(self):"):
            text.line("super().__init__()")
            text.line(f"self.a, self.b = {first}, {second}")
        with text.block("def forward(self, x, skip=None, *, gate=None, return_all: bool = False):"):
            text.line("y = self.a(x)")
            with text.block("if skip is not None:"):
                text.line("y = y + self.b(skip)")
            text.line("y = y * gate if gate is not None else y")
            text.line("return (y, skip) if return_all else y")
    writer.program.define("\n".join(text.lines))
    use = writer.chance.choice(
        ("{m}({x})", "{m}({x}, {x})", "{m}({x}, skip={x})", "{m}({x}, gate={x}.sigmoid())", "{m}(*({x}, {x}))",
         "{m}({x}, return_all=True)[0]", "{m}(x={x}, **{{'skip': {x}}})", "{m}({x}, None, gate={x})")
    )  # fmt: skip
    return use.format(m=writer.attribute(name + "()", "two"), x=value)


OBJECTS: dict[str, Step] = {
    "configured": configured,
    "inherited": inherited,
    "sequential subclass": sequential_subclass,
    "helper": helper,
    "closure": closure,
    "method": method,
    "dynamic": dynamic,
    "copied": copied,
    "switched": switched,
    "parameter": parameter,
    "config object": configuration,
    "called with": called_with,
}
SHARED = """\
Pair = namedtuple("Pair", ["left", "right"])
TABLE = {}


@dataclass
class Record:
    first: torch.Tensor
    second: torch.Tensor = None


class Mixin:
    mixed = True

    def extra_repr(self):
        return "mixed"


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper"""
