"""Features of memory: in-place operators and methods, writes through views, aliases of one tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .layers import layer

if TYPE_CHECKING:
    from .writer import Step, Writer

AUGMENTED = (
    "{x} += {y}",
    "{x} *= {y}",
    "{x} -= {y}",
    "{x} /= {y}",
    "{x} *= 2",
    "{x} += 1",
    "{x} += {y} * 0.5",
)
METHODS = ("{x}.add_({y})", "{x}.mul_({y})", "{x}.relu_()", "{x}.sigmoid_()", "{x}.mul_(0.5)", "{x}.clamp_(0, 1)",
           "torch.relu_({x})", "F.relu_({x})", "F.dropout({x}, 0.2, self.training, True)", "F.relu({x}, True)",
           "{x}.copy_({y})", "{x}.zero_()", "{x}.fill_(1.0)", "{x}.masked_fill_({x} > 0, 0.0)", "{x}.addcmul_({y}, {y})",
           "torch.add({x}, {y}, out={x})", "{x}.sub_({y}).mul_(2)", "{x}.set_({y})" , "nn.init.zeros_({x})")  # fmt: skip
WRITES = ("{x}[:] = {y}", "{x}[:, 0] = {y}[:, 1]", "{x}[:, :2] += {y}[:, :2]", "{x}[..., 0] = 0", "{x}[{x} > 0] = 0.0",
          "{x}[0].copy_({y}[0])", "{x}[:, 1:].relu_()", "{x}.view(-1)[:2] = 0", "{x}.unbind(0)[0].add_(1)",
          "{x}[:, :2] = {y}[:, 2:]", "{x}.chunk(2, 1)[0].mul_({y}[:, :2])", "{x}.data.mul_(2)", "{x}.flatten(1).add_(1)",
          "{x}.narrow(1, 0, 2).copy_({y}[:, 2:])", "{x}.select(1, 0).fill_(0)", "{x}[1:] *= {y}[1:]")  # fmt: skip


def in_place(writer: Writer, value: str) -> str:
    """An operator or method that changes a tensor, of which the value before may be kept."""
    value = writer.variable(value)
    other = writer.variable(writer.some(value, 1), "y")
    own = writer.variable(
        writer.chance.choice((f"{value}.clone()", value, f"{value} * 1", writer.some(value, 1))), "z"
    )
    writer.forward.line(writer.chance.choice((*AUGMENTED, *METHODS, *WRITES)).format(x=own, y=other))
    return writer.chance.choice(("{z}", "{z} + {x}", "{x}", "{z} * {y}")).format(z=own, x=value, y=other)


def aliased(writer: Writer, value: str) -> str:
    """Two names of one tensor, or a tensor and its view, of which one is changed."""
    value, alias, module = writer.variable(value), writer.fresh("alias"), writer.attribute(layer(writer))
    made = writer.chance.choice(
        ("{x}", "{x}.view_as({x})", "{x}[:]", "{x}.detach()", "{x}.clone()", "{x}.reshape({x}.shape)", "{x}.contiguous()",
         "{x}.permute(0, 1, 3, 2)", "{x}.expand_as({x})", "{x}.data", "{x}.unsqueeze(0)[0]")
    )  # fmt: skip
    writer.forward.line(f"{alias} = {made.format(x=value)}")
    if made == "{x}":
        writer.forward.line(f"{value} = {module}({value})")
        writer.forward.line(writer.chance.choice(METHODS[:6]).format(x=value, y=alias))
        return f"{value} + {alias}"
    change = writer.chance.choice(
        ("{a}.relu_()", "{a}.mul_(2)", "{a}.add_(1)", "{a} *= 0.5", "{a}.sigmoid_()", "{a}.tanh_()")
    )
    writer.forward.line(change.format(a=alias))
    return f"{module}({value})"


def rebound(writer: Writer, value: str) -> str:
    """Names that are swapped, chained, deleted or shadowed."""
    value = writer.variable(value)
    first, second = writer.fresh("p"), writer.fresh("q")
    one, two = writer.attribute(layer(writer)), writer.attribute(layer(writer))
    out = writer.forward
    form = writer.chance.randrange(5)
    if form == 0:
        out.line(f"{first}, {second} = {one}({value}), {two}({value})")
        out.line(f"{first}, {second} = {second}, {first}")
        return f"{first} - {second} * 2"
    if form == 1:
        out.line(f"{first} = {second} = {one}({value})")
        out.line(f"{second} = {two}({second})")
        return f"{first} + {second}"
    if form == 2:
        out.line(f"{first} = {one}({value})")
        out.line(f"{second} = {first}")
        out.line(f"del {first}")
        return f"{two}({second})"
    if form == 3:
        out.line(f"self.{first} = {one}({value})")
        out.line(f"self.{second} = self.{first} * 2")
        return f"{two}(self.{second}) + self.{first}"
    out.line(f"{first}: torch.Tensor = {one}({value})")
    out.line(f"{second} = [{first}, {two}({first})]")
    out.line(f"{second}[0], {second}[1] = {second}[1], {second}[0]")
    return f"{second}[0]"


ALIASES: dict[str, Step] = {"in place": in_place, "aliased": aliased, "rebound": rebound}
