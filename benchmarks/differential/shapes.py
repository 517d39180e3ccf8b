"""Features of other shapes: token sequences with attention and recurrent layers, and the head of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .writer import CHANNELS, Writer

if TYPE_CHECKING:
    from .writer import Step

C = CHANNELS
TOKENS = ("{x}.flatten(2).transpose(1, 2)", "{x}.view(2, 4, 36).permute(0, 2, 1)", "torch.flatten({x}, 2).mT",
          "{x}.permute(0, 2, 3, 1).reshape(2, -1, 4)")  # fmt: skip
MAPS = ("{t}.transpose(1, 2).reshape(2, 4, 6, 6)", "{t}.transpose(1, 2).unflatten(2, (6, 6))", "{t}.mT.view(2, 4, 6, 6)",
        "{t}.permute(0, 2, 1).contiguous().view(2, 4, 6, 6)")  # fmt: skip
TOKEN_LAYERS = (
    ("nn.Linear(4, 4)", "{m}({t})"),
    ("nn.Linear(4, 4, bias=False)", "{m}({t})"),
    ("nn.LayerNorm(4)", "{m}({t})"),
    ("nn.RMSNorm(4)", "{m}({t})"),
    ("nn.Dropout(0.1)", "{m}({t})"),
    ("nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Dropout(0.1), nn.Linear(8, 4))", "{m}({t})"),
    ("nn.Sequential(nn.Linear(4, 8), nn.GLU())", "{m}({t})"),
    ("nn.MultiheadAttention(4, 2, batch_first=True)", "{m}({t}, {t}, {t})[0]"),
    ("nn.MultiheadAttention(4, 2, dropout=0.1, batch_first=True)", "{m}({t}, {t}, {t}, need_weights=False)[0]"),
    ("nn.LSTM(4, 4, batch_first=True)", "{m}({t})[0]"),
    ("nn.GRU(4, 2, batch_first=True, bidirectional=True)", "{m}({t})[0]"),
    ("nn.RNN(4, 4, num_layers=2, dropout=0.1, batch_first=True)", "{m}({t})[0]"),
    ("nn.Conv1d(4, 4, 1)", "{m}({t}.mT).mT"),
    ("nn.BatchNorm1d(4)", "{m}({t}.transpose(1, 2)).transpose(1, 2)"),
    ("nn.Identity()", "F.scaled_dot_product_attention({t}, {t}, {t})"),
    ("nn.Identity()", "F.scaled_dot_product_attention({t}, {t}, {t}, dropout_p=0.1)"),
    ("nn.Identity()", "F.layer_norm({t}, (4,))"),
    ("nn.Linear(4, 12)", "(lambda q, k, v: (q @ k.mT).softmax(-1) @ v)(*{m}({t}).chunk(3, dim=-1))"),
    ("nn.Linear(4, 12)", "F.dropout(torch.softmax({m}({t})[..., :4] @ {m}({t})[..., 4:8].mT, -1), 0.1, self.training) @ {t}"),
    ("nn.Embedding(10, 4)", "{t} + {m}(torch.arange(36))"),
    ("nn.Parameter(torch.zeros(1, 36, 4))", "{t} + {m}"),
    ("nn.Parameter(torch.zeros(1, 1, 4))", "torch.cat([{m}.expand(2, -1, -1), {t}], dim=1)[:, 1:]"),
)  # fmt: skip


def tokens(writer: Writer, value: str) -> str:
    """A feature map as a sequence of tokens, through a few layers, and back."""
    name, value = writer.fresh("t"), writer.variable(value)
    writer.forward.line(f"{name} = {writer.chance.choice(TOKENS).format(x=value)}")
    for _ in range(writer.chance.randint(1, 3)):
        built, use = writer.chance.choice(TOKEN_LAYERS)
        made = writer.attribute(built.replace("(10, 4)", "(36, 4)"), "token")
        result = use.format(m=made, t=name)
        writer.forward.line(
            f"{name} = {name} + {result}" if writer.chance.random() < 0.3 else f"{name} = {result}"
        )
    return writer.chance.choice(MAPS).format(t=name)


POOLED = ("F.adaptive_avg_pool2d({x}, 1).flatten(1)", "{x}.mean((2, 3))", "{x}.mean([-1, -2])", "torch.flatten(F.max_pool2d({x}, 6), 1)",
          "{x}.flatten(2).max(-1)[0]", "{x}.amax(dim=(2, 3))", "F.avg_pool2d({x}, {x}.size()[2:]).view(2, -1)",
          "self.pool({x}).squeeze(-1).squeeze(-1)", "self.pool({x}).view({x}.size(0), -1)", "torch.mean({x}, dim=(-2, -1))")  # fmt: skip
HEADS = ("nn.Linear(4, 4)", "nn.BatchNorm1d(4)", "nn.Dropout(0.5)", "nn.ReLU()", "nn.LayerNorm(4)", "nn.Tanh()", "nn.Softmax(-1)",
         "nn.LogSoftmax(dim=1)", "nn.Linear(4, 4, bias=False)", "nn.Hardswish(inplace=True)", "nn.Flatten()")  # fmt: skip


def head(writer: Writer, value: str) -> str:
    """What `forward` returns: pooled features through a few layers, alone or beside the feature map."""
    value, name = writer.variable(value), writer.fresh("v")
    writer.init.line("self.pool = nn.AdaptiveAvgPool2d(1)")
    writer.forward.line(f"{name} = {writer.chance.choice(POOLED).format(x=value)}")
    for _ in range(writer.chance.randint(0, 4)):
        writer.forward.line(f"{name} = {writer.attribute(writer.chance.choice(HEADS), 'head')}({name})")
    return writer.chance.choice(
        ("{v}", "{v}", "({v}, {x})", "{{'logits': {v}, 'map': {x}}}", "[{v}, {v}.argmax(1)]", "{x}")
    ).format(v=name, x=value)


SHAPES: dict[str, Step] = {"tokens": tokens}
