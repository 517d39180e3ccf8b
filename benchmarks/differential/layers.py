"""Features of one line: layers built in `__init__`, functional calls, tensor methods, operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .writer import CHANNELS, Writer, module_class

if TYPE_CHECKING:
    from .writer import Step

C = CHANNELS
LAYERS = (
    f"nn.Conv2d({C}, {C}, 3, padding=1)",
    f"nn.Conv2d({C}, {C}, 3, 1, 1, bias=False)",
    f"nn.Conv2d({C}, {C}, kernel_size=1)",
    f"nn.Conv2d({C}, {C}, 3, padding='same', groups={C})",
    f"nn.ConvTranspose2d({C}, {C}, 3, padding=1)",
    f"nn.BatchNorm2d({C})",
    f"nn.BatchNorm2d({C}, affine=False)",
    f"nn.BatchNorm2d({C}, track_running_stats=False)",
    f"nn.GroupNorm(2, {C})",
    f"nn.InstanceNorm2d({C})",
    "nn.ReLU()",
    "nn.ReLU(inplace=True)",
    "nn.GELU()",
    "nn.SiLU(True)",
    "nn.Sigmoid()",
    "nn.LeakyReLU(0.1)",
    f"nn.PReLU({C})",
    "nn.Softmax(dim=1)",
    "nn.Softmax2d()",
    "nn.Dropout(0.3)",
    "nn.Dropout(p=0.0)",
    "Dropout(0.1, inplace=True)",
    "nn.Dropout2d(0.2)",
    "nn.AlphaDropout(0.1)",
    "nn.Identity()",
    "nn.MaxPool2d(3, 1, 1)",
    "nn.AvgPool2d(3, stride=1, padding=1)",
    "nn.Upsample(scale_factor=1)",
    "nn.ZeroPad2d(0)",
)
FUNCTIONS = (
    "F.relu({x})",
    "F.relu({x}, inplace=True)",
    "torch.relu({x})",
    "{x}.relu()",
    "F.gelu({x})",
    "F.silu({x})",
    "torch.sigmoid({x})",
    "{x}.sigmoid()",
    "torch.tanh({x})",
    "F.leaky_relu({x}, 0.2)",
    "F.elu({x})",
    "F.softmax({x}, dim=1)",
    "{x}.softmax(1)",
    "F.log_softmax({x}, dim=1)",
    "F.dropout({x}, 0.5, self.training)",
    "F.dropout({x}, p=0.2, training=self.training)",
    "F.dropout({x}, 0.2)",
    "F.dropout({x}, 0.2, training=False)",
    "F.dropout2d({x}, 0.4, self.training)",
    "F.max_pool2d({x}, 3, 1, 1)",
    "F.avg_pool2d({x}, 3, stride=1, padding=1)",
    "F.interpolate({x}, scale_factor=1)",
    "F.normalize({x}, dim=1)",
    "F.pad({x}, (0, 0))",
    "F.group_norm({x}, 2)",
    "F.instance_norm({x})",
    "torch.clamp({x}, 0, 6)",
    "{x}.clamp(min=-1.0)",
    "{x} * 0.5",
    "2 * {x}",
    "{x} + 1",
    "1 - {x}",
    "-{x}",
    "{x} / 3",
    "{x} ** 2",
    "abs({x})",
    "{x}.abs().sqrt()",
    "torch.exp({x})",
    "{x}.float()",
    "{x}.contiguous()",
    "{x}.clone()",
    "{x}.detach()",
    "{x}.to(torch.float32)",
    "{x}.to({x}.device)",
    "{x}.type_as({x})",
    "{x}.view({x}.shape)",
    "{x}.view({x}.size(0), -1).view({x}.size())",
    "{x}.reshape({x}.shape[0], -1).reshape(*{x}.shape)",
    "{x}.permute(0, 2, 3, 1).permute(0, 3, 1, 2)",
    "{x}.transpose(1, 2).transpose(1, 2)",
    "torch.flatten({x}, 1).unflatten(1, {x}.shape[1:])",
    "{x}.flip(-1)",
    "torch.roll({x}, 1, dims=2)",
    "{x}[:, :, :, :]",
    "{x}[..., torch.arange({x}.shape[-1])]",
    "{x}.unsqueeze(0).squeeze(0)",
    "{x}[None][0]",
    "torch.stack([{x}]).sum(0)",
    "torch.where({x} > 0, {x}, torch.zeros_like({x}))",
    "{x}.masked_fill({x} < 0, 0.0)",
    "torch.nan_to_num({x})",
    "({x} - {x}.mean()) / ({x}.std() + 1e-5)",
    "{x} * torch.sigmoid({x})",
    "{x} * F.adaptive_avg_pool2d({x}, 1)",
    "{x} * {x}.mean((2, 3), keepdim=True).sigmoid()",
    "torch.maximum({x}, {x} * 0.1)",
    "{x} + torch.randn_like({x})",
    "{x} * (torch.rand_like({x}) > 0.5).float()",
    "torch.einsum('bchw,bchw->bchw', {x}, {x})",
    "({x}.flatten(2) @ {x}.flatten(2).transpose(1, 2) @ {x}.flatten(2)).view_as({x})",
    "torch.cat([{x}, {x}], dim=1)[:, :4]",
    "torch.cat(({x}[:, :2], {x}[:, 2:]), 1)",
    "{x}.max(dim=1, keepdim=True)[0].expand_as({x})",
    "{x}.mean(1, keepdim=True).expand(-1, 4, -1, -1)",
    "{x}.mean(1, True).repeat(1, 4, 1, 1)",
    "{x}.new_zeros(1) + {x}",
    "{x}.mul(2).add(1)",
    "torch.add({x}, {x}, alpha=0.5)",
    "torch.mul({x}, 3)",
    "{x}.sub({x}.amin())",
    "torch.lerp({x}, {x} * 2, 0.5)",
    "sum([{x}, {x}])",
    "nn.functional.hardtanh({x})",
    "nn.ReLU()({x})",
    "nn.Dropout(0.2)({x})",
    "torch.nn.functional.gelu(input={x})",
    "F.threshold({x}, 0.0, 0.0)",
    "{x}.chunk(2, 1)[0].repeat(1, 2, 1, 1)",
    "{x}.unbind(1)[0].unsqueeze(1).expand_as({x})",
    "{x}.split([1, 3], dim=1)[1].mean(1, keepdim=True) + {x}",
)


def layer(writer: Writer) -> str:
    """The constructor call of a layer from a feature map to a feature map."""
    return writer.chance.choice(LAYERS)


def built(writer: Writer, value: str) -> str:
    return f"{writer.attribute(layer(writer))}({value})"


def functional(writer: Writer, value: str) -> str:
    template = writer.chance.choice(FUNCTIONS)
    if template.count("{x}") > 1 or "." in template.partition("{x}")[2][:1] or "inplace" in template:
        value = writer.variable(value)
    return template.format(x=value)


def sequential(writer: Writer, value: str) -> str:
    inside = ", ".join(layer(writer) for _ in range(writer.chance.randint(1, 4)))
    return f"{writer.attribute(f'nn.Sequential({inside})', 'block')}({value})"


def again(writer: Writer, value: str) -> str:
    """One module applied twice."""
    module = writer.attribute(layer(writer))
    return f"{module}({module}({value}))"


def own_class(writer: Writer, value: str) -> str:
    return f"{writer.attribute(module_class(writer) + '()', 'block')}({value})"


def residual(writer: Writer, value: str) -> str:
    value = writer.variable(value)
    branch = writer.some(value)
    shape = writer.chance.choice(("{a} + {b}", "torch.add({a}, {b})", "{a}.add({b})", "{b} + 0.1 * {a}"))
    return shape.format(a=value, b=f"({branch})")


def gated(writer: Writer, value: str) -> str:
    value = writer.variable(value)
    return f"{value} * torch.sigmoid({writer.some(value)})"


def concatenated(writer: Writer, value: str) -> str:
    value = writer.variable(value)
    other = writer.some(value)
    mix = writer.attribute(f"nn.Conv2d({2 * C}, {C}, 1)", "mix")
    return f"{mix}(torch.cat([{value}, {other}], 1))"


SIMPLE: dict[str, Step] = {
    "built": built,
    "built again": built,
    "functional": functional,
    "functional again": functional,
    "sequential": sequential,
    "applied twice": again,
}
NESTED: dict[str, Step] = {
    "own class": own_class,
    "residual": residual,
    "gated": gated,
    "concatenated": concatenated,
}
