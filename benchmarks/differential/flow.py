"""Features of control flow: loops, branches whose conditions are known, exceptions, generators, early returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .layers import layer
from .writer import Text, Writer

if TYPE_CHECKING:
    from .writer import Step


def layer_list(writer: Writer, count: int | None = None) -> str:
    """An attribute that is a ModuleList of layers."""
    number = count or writer.chance.randint(1, 4)
    items = ", ".join(layer(writer) for _ in range(number))
    return writer.attribute(f"nn.ModuleList([{items}])", "layers")


def over_list(writer: Writer, value: str) -> str:
    layers, out, each = layer_list(writer), writer.variable(value), writer.fresh("m")
    over = writer.chance.choice(
        (
            "{l}",
            "reversed({l})",
            "list({l})",
            "{l}[1:]",
            "{l}[:-1]",
            "{l}[::-1]",
            "{l}.children()",
            "iter({l})",
        )
    )
    with writer.forward.block(f"for {each} in {over.format(l=layers)}:"):
        writer.forward.line(f"{out} = {each}({out})")
        if writer.chance.random() < 0.3:
            writer.forward.line(f"{out} = {writer.some(out)}")
    return out


def over_indices(writer: Writer, value: str) -> str:
    layers, out, index = layer_list(writer, 3), writer.variable(value), writer.fresh("i")
    over = writer.chance.choice(
        ("range(3)", "range(len({l}))", "range(2, -1, -1)", "(2, 0)", "range(0, 3, 2)")
    )
    with writer.forward.block(f"for {index} in {over.format(l=layers)}:"):
        writer.forward.line(f"{out} = {layers}[{index}]({out})")
    return out


def over_pairs(writer: Writer, value: str) -> str:
    first, second = layer_list(writer, 2), layer_list(writer, 3)
    out, left, right = writer.variable(value), writer.fresh("a"), writer.fresh("b")
    form = writer.chance.choice(
        (
            f"for {left}, {right} in zip({first}, {second}):",
            f"for {left}, {right} in zip({second}, reversed({first})):",
            f"for {left}, {right} in itertools.zip_longest({first}, {second}[:2]):",
            f"for ({left}, {right}) in itertools.product({first}, {second}[:1]):",
        )
    )
    with writer.forward.block(form):
        writer.forward.line(f"{out} = {right}({left}({out}))")
    return out


def enumerated(writer: Writer, value: str) -> str:
    layers, out = layer_list(writer, 3), writer.variable(value)
    index, each = writer.fresh("i"), writer.fresh("m")
    with writer.forward.block(f"for {index}, {each} in enumerate({layers}):"):
        condition = writer.chance.choice(
            ("{i} == 1", "{i} % 2", "{i} > 0", "not {i}", "{i} in (0, 2)", "0 < {i} < 2")
        )
        with writer.forward.block(f"if {condition.format(i=index)}:"):
            writer.forward.line(writer.chance.choice(("continue", "break", f"{out} = {writer.some(out, 1)}")))
        writer.forward.line(f"{out} = {each}({out})")
    if writer.chance.random() < 0.3:
        writer.forward.lines.insert(len(writer.forward.lines), "    " * writer.forward.depth + "else:")
        writer.forward.depth += 1
        writer.forward.line(f"{out} = {writer.some(out, 1)}")
        writer.forward.depth -= 1
    return out


def counted(writer: Writer, value: str) -> str:
    out, count = writer.variable(value), writer.fresh("n")
    writer.forward.line(f"{count} = {writer.chance.randint(1, 3)}")
    with writer.forward.block(writer.chance.choice((f"while {count} > 0:", f"while {count}:"))):
        writer.forward.line(f"{out} = {writer.some(out)}")
        writer.forward.line(f"{count} -= 1")
    return out


def endless(writer: Writer, value: str) -> str:
    out, count = writer.variable(value), writer.fresh("n")
    writer.forward.line(f"{count} = 0")
    with writer.forward.block("while True:"):
        writer.forward.line(f"{out} = {writer.some(out, 1)}")
        writer.forward.line(f"{count} += 1")
        with writer.forward.block(f"if {count} >= {writer.chance.randint(1, 3)}:"):
            writer.forward.line("break")
    return out


CONDITIONS = (
    "self.training",
    "not self.training",
    "self.flag",
    "not self.flag",
    "self.depth > 1",
    "self.depth == 2 and self.flag",
    "self.flag or self.training",
    "self.mode == 'pre'",
    "self.mode in ('post', 'none')",
    "self.mode is not None",
    "self.missing is None",
    "self.missing",
    "self.rate > 0",
    "0 < self.rate < 1",
    "hasattr(self, 'flag')",
    "hasattr(self, 'nothing')",
    "getattr(self, 'nothing', False)",
    "isinstance(self.depth, int)",
    "isinstance(self, nn.Module)",
    "callable(self.forward)",
    "len(self.sizes) > 2",
    "any(s > 2 for s in self.sizes)",
    "all(s > 2 for s in self.sizes)",
    "self.depth % 2 == 0",
    "torch.jit.is_scripting()",
    "self.sizes[-1] == max(self.sizes)",
    "isinstance({x}, torch.Tensor)",
    "torch.is_tensor({x})",
    "{x} is None",
    "{x} is not None",
)
SETTINGS = (
    ("flag", ("True", "False")),
    ("depth", ("1", "2", "3")),
    ("mode", ("'pre'", "'post'", "None")),
    ("missing", ("None",)),
    ("rate", ("0.0", "0.25")),
    ("sizes", ("[1, 2, 3]", "(4, 2)", "[3]")),
)


def settings(writer: Writer) -> None:
    """Give the class the attributes that conditions read, from parameters with defaults or as constants."""
    if "setting" in writer.parameters or any("self.sizes =" in line for line in writer.init.lines):
        return
    lines = []
    for name, values in SETTINGS:
        chosen = writer.chance.choice(values)
        if writer.chance.random() < 0.5:
            writer.parameters.append(f"{name}={chosen}")
            lines.append(f"self.{name} = {name}")
        else:
            lines.append(f"self.{name} = {chosen}")
    writer.init.lines[:0] = ["    " * 2 + line for line in lines]


def condition(writer: Writer, value: str) -> str:
    settings(writer)
    return writer.chance.choice(CONDITIONS).format(x=value)


def branched(writer: Writer, value: str) -> str:
    out = writer.variable(value)
    with writer.forward.block(f"if {condition(writer, out)}:"):
        writer.forward.line(f"{out} = {writer.some(out)}")
    if writer.chance.random() < 0.4:
        with writer.forward.block(f"elif {condition(writer, out)}:"):
            writer.forward.line(f"{out} = {writer.some(out, 1)}")
    if writer.chance.random() < 0.6:
        with writer.forward.block("else:"):
            writer.forward.line(f"{out} = {writer.some(out)}")
    return out


def conditional(writer: Writer, value: str) -> str:
    value = writer.variable(value)
    return f"({writer.attribute(layer(writer))}({value}) if {condition(writer, value)} else {value})"


def early_return(writer: Writer, value: str) -> str:
    """A method that returns on one of several paths."""
    name, method = writer.fresh("step"), Text()
    test = condition(writer, "x")
    with method.block(f"def {name}(self, x):"), writer.inside(method):
        with method.block(f"if {test}:"):
            method.line(f"return {writer.some('x', 1)}")
        method.line(f"x = {writer.some('x', 1)}")
        if writer.chance.random() < 0.5:
            with method.block("for turn in range(3):"):
                method.line(f"x = {writer.some('x', 1)}")
                with method.block("if turn == 1:"):
                    method.line("return x")
        method.line("return x")
    writer.members.append("\n".join(method.lines))
    return f"self.{name}({value})"


def attempted(writer: Writer, value: str) -> str:
    out = writer.variable(value)
    raising, caught = writer.chance.choice(
        (
            ("self.nothing", "AttributeError"),
            ("{}['key']", "KeyError"),
            ("[][0]", "(IndexError, KeyError)"),
            ("int('a')", "ValueError"),
            ("1 // 0", "ZeroDivisionError as error"),
            ("next(iter([]))", "StopIteration"),
            ("None.relu", "Exception"),
            ("self.training", "Exception"),
        )
    )
    with writer.forward.block("try:"):
        writer.forward.line(f"{out} = {writer.some(out, 1)}")
        writer.forward.line(raising)
        writer.forward.line(f"{out} = {writer.some(out, 1)}")
    with writer.forward.block(f"except {caught}:"):
        writer.forward.line(f"{out} = {writer.some(out, 1)}")
    if writer.chance.random() < 0.4:
        with writer.forward.block("else:"):
            writer.forward.line(f"{out} = {writer.some(out, 1)}")
    if writer.chance.random() < 0.4:
        with writer.forward.block("finally:"):
            writer.forward.line(f"{out} = {writer.some(out, 1)}")
    return out


def contextual(writer: Writer, value: str) -> str:
    out = writer.variable(value)
    manager = writer.chance.choice(
        ("torch.no_grad()", "torch.enable_grad()", "torch.autograd.set_detect_anomaly(False)",
         "torch.autocast('cpu', enabled=False)", "torch.set_grad_enabled(False)")
    )  # fmt: skip
    with writer.forward.block(f"with {manager}:"):
        writer.forward.line(f"{out} = {writer.some(out)}")
    return out


def generated(writer: Writer, value: str) -> str:
    """A generator method that yields what each layer made of the one before."""
    name, method, layers = writer.fresh("stages"), Text(), layer_list(writer, 3)
    with method.block(f"def {name}(self, x):"), method.block(f"for m in {layers}:"):
        method.line("x = m(x)")
        method.line("yield x")
    writer.members.append("\n".join(method.lines))
    form = writer.chance.choice(
        ("sum(self.{n}({x}))", "list(self.{n}({x}))[-1]", "list(self.{n}({x}))[0]", "dict(enumerate(self.{n}({x})))[1]",
         "functools.reduce(torch.add, self.{n}({x}))", "torch.stack(tuple(self.{n}({x}))).mean(0)",
         "[*self.{n}({x})][1]", "functools.reduce(lambda a, b: a * b, self.{n}({x}))")
    )  # fmt: skip
    return form.format(n=name, x=value)


def matched(writer: Writer, value: str) -> str:
    settings(writer)
    out = writer.variable(value)
    with writer.forward.block("match self.mode:"):
        for pattern in ("'pre'", "'post' | 'late'", "_"):
            with writer.forward.block(f"case {pattern}:"):
                writer.forward.line(f"{out} = {writer.some(out, 1)}")
    return out


def walrus(writer: Writer, value: str) -> str:
    value, name = writer.variable(value), writer.fresh("w")
    return f"({name} := {writer.attribute(layer(writer))}({value})) + {name}"


FLOW: dict[str, Step] = {
    "over list": over_list,
    "over indices": over_indices,
    "over pairs": over_pairs,
    "enumerated": enumerated,
    "counted": counted,
    "endless": endless,
    "branched": branched,
    "conditional": conditional,
    "early return": early_return,
    "attempted": attempted,
    "contextual": contextual,
    "generated": generated,
    "matched": matched,
    "walrus": walrus,
}
