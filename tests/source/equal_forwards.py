"""Programs in which modules that are alike are applied again and again: in the same way, or alike but for
something that is easily missed.

Each is a body of a module; `Net` is its model. The first lines are shared by all.
"""

from __future__ import annotations

HEAD = """
import torch
import torch.nn as nn
import torch.nn.functional as F

class Stack(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
"""

BLOCK = """
class Block(nn.Module):
    def __init__(self, dim=8, drop=0.1):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)
        self.conv = nn.Conv2d(dim, dim, 3)
        self.drop = nn.Dropout(drop)
    def forward(self, x, skip=None):
        y = self.drop(F.relu(self.conv(self.norm(x))))
        if skip is not None:
            y = torch.cat([y, skip], 1)
        return x + y
"""

ONCE = {
    "plain": f"""{BLOCK}
def Net():
    return Stack([Block() for _ in range(5)])
""",
    "one block applied again": f"""{BLOCK}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
    def forward(self, x):
        for _ in range(4):
            x = self.block(x)
        return x
""",
    "called from several lines": f"""{BLOCK}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Block(), Block()
        self.c = Block()
        self.last = nn.Sequential(Block(), Block())
    def forward(self, x):
        x = self.a(x)
        y = self.b(x)
        return self.last(self.c(x, skip=y)) + self.c(y, x)
""",
    "a rate that a caller may set": """
class Block(nn.Module):
    def __init__(self, dim, drop):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.drop = nn.Dropout(drop) if drop > 0 else nn.Identity()
        self.norm = nn.BatchNorm1d(dim)
    def forward(self, x):
        return self.norm(self.drop(self.fc(x)))
class Net(nn.Module):
    def __init__(self, drop_rate=0.0, depth=4):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(8, drop_rate) for _ in range(depth)])
    def forward(self, x):
        return self.blocks(x)
""",
    "rates of their own": """
class Block(nn.Module):
    def __init__(self, dim, drop):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.rate = drop
    def forward(self, x):
        if self.rate > 0 and self.training:
            keep = 1 - self.rate
            x = x / keep * torch.empty(x.shape[0], 1, 1).bernoulli_(keep)
        return self.fc(x)
class Net(nn.Module):
    def __init__(self, drop_rate=0.0, depth=4):
        super().__init__()
        rates = [r.item() for r in torch.linspace(0, drop_rate, depth)]
        self.blocks = nn.Sequential(*[Block(8, r) for r in rates])
    def forward(self, x):
        return self.blocks(x)
""",
    "a norm with a counter, of a class of its own": """
class Norm(nn.BatchNorm2d):
    def forward(self, x):
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
        x = F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training)
        return F.relu(x, inplace=True)
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(8, 8, 3), Norm(8)
    def forward(self, x):
        return self.norm(self.conv(x))
def Net():
    return nn.Sequential(*[Block() for _ in range(4)])
""",
    "gates and a static function": """
class Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.sigmoid(x)
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.down, self.up = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)
    @staticmethod
    def squeeze(x):
        return x.mean((2, 3), keepdim=True)
    def forward(self, x):
        x = Gate.apply(self.conv(x))
        return x * torch.sigmoid(self.up(F.relu(self.down(self.squeeze(x)))))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 1)
        self.blocks = nn.ModuleList(Block() for _ in range(4))
    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x) + x
        return x
""",
    "several inputs and results": """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(8, 8), nn.Linear(8, 8)
        self.rnn = nn.GRU(8, 8)
    def forward(self, x, state, scale=None):
        y, state = self.rnn(self.left(x) + self.right(state))
        return {"out": y, "rest": [x, (state, None)]}, y.view(-1)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(4))
    def forward(self, x, state):
        for block in self.blocks:
            out, flat = block(x, state)
            x, state = out["out"], out["rest"][1][0] + out["rest"][0]
            state = state + F.relu(flat)
        return F.dropout(x, 0.3), state
""",
    "tensors that overlap, or come from several layers": """
class Block(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.fc = nn.Linear(8, 8)
    def forward(self, parts, x):
        return self.fc(torch.cat(parts, 1)) + x
class Net(nn.Module):
    def __init__(self, wide: bool = False):
        super().__init__()
        self.wide = wide
        self.a, self.b, self.norm = nn.Linear(8, 8), nn.Linear(8, 8), nn.BatchNorm1d(8)
        self.blocks = nn.ModuleList(Block(0) for _ in range(5))
    def forward(self, x):
        y = self.a(x)
        if self.wide:
            y = self.norm(F.dropout(y))
        for block in self.blocks:
            y = block([y, x], y)
        for block in self.blocks:
            x = block([x, y, x], x)
        return x
""",
    "a table that all are given": """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
    def forward(self, x, table, mode="plain"):
        return self.fc(x) * table
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(4))
    def forward(self, x):
        table = torch.arange(8) + torch.rand(8)
        for block in self.blocks:
            x = block(x, table, mode="plain")
        return x
""",
    "hooks, and layers in plain lists": """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.more = [nn.Linear(8, 8)]
        self.unused = nn.Linear(8, 8)
    def forward(self, x):
        return self.more[0](self.fc(x))
def after(module, args, result):
    return F.relu(result)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block() for _ in range(4)])
        for block in self.blocks:
            block.register_forward_hook(after)
    def forward(self, x):
        return self.blocks(x)
""",
}

LEAF = """
class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
"""

AGAIN = {
    "another rate": f"""{LEAF}
    def forward(self, x):
        return F.dropout(self.fc(x), self.rate)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
        for index, block in enumerate(self.blocks):
            block.rate = 0.1 * index + 0.1
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
""",
    "a state that is kept": f"""{LEAF}
    last = None
    def forward(self, x):
        x = self.fc(x)
        if self.last is not None:
            x = x + self.last
        self.last = F.relu(x)
        return x
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
    def forward(self, x):
        return self.block(self.block(self.block(x)))
""",
    "a list that is filled": f"""{LEAF}
    def forward(self, x, kept):
        x = self.fc(x)
        kept.append(x)
        return x
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
    def forward(self, x):
        kept = []
        for block in self.blocks:
            x = block(x, kept)
        return torch.cat(kept)
""",
    "a setting that changes between": f"""
SETTINGS = {{"drop": False}}
{LEAF}
    def forward(self, x):
        x = self.fc(x)
        return F.dropout(x) if SETTINGS["drop"] else F.relu(x)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
            SETTINGS["drop"] = not SETTINGS["drop"]
        return x
""",
    "a class attribute that changes between": f"""{LEAF}
    rate = 0.1
    def forward(self, x):
        return F.dropout(self.fc(x), self.rate)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
            Block.rate = Block.rate + 0.1
        return x
""",
    "a write into what is given": f"""{LEAF}
    def forward(self, x):
        x.relu_()
        return self.fc(x)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
    def forward(self, x):
        y = x
        for block in self.blocks:
            y = x + block(x)
        return y
""",
    "what is given is a gate": f"""{LEAF}
    def forward(self, x, gate):
        return x * gate
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
    def forward(self, x):
        for block in self.blocks:
            x = block(x, torch.sigmoid(x))
        return x
""",
    "a variable around a function": f"""
def made(count):
    def inner(x):
        nonlocal count
        count += 1
        return F.dropout(x) if count % 2 else F.relu(x)
    return inner
{LEAF}
    def forward(self, x):
        return self.fc(self.step(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
        step = made(0)
        for block in self.blocks:
            block.step = step
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
""",
    "something that is not followed": f"""
import elsewhere
{LEAF}
    def forward(self, x):
        return elsewhere.step(self.fc(x))
def Net():
    return Stack([Block() for _ in range(3)])
""",
    "a layer made while it runs": f"""{LEAF}
    def forward(self, x):
        return nn.Dropout(0.2)(self.fc(x))
def Net():
    return Stack([Block() for _ in range(3)])
""",
    "functions that are gone when the next one is made": f"""{LEAF}
    def forward(self, x, step):
        return step(self.fc(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = Block(), Block(), Block()
    def forward(self, x):
        x = self.a(x, lambda t: F.relu(t))
        x = self.b(x, lambda t: F.dropout(t))
        return self.c(x, lambda t: F.gelu(t))
""",
    "a mask drawn outside": f"""{LEAF}
    def forward(self, x, mask):
        return self.fc(x) * mask
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
    def forward(self, x):
        mask = torch.bernoulli(torch.full((8,), 0.9))
        for block in self.blocks:
            x = block(x, mask)
        return x
""",
    "other modules": f"""{LEAF}
    def forward(self, x):
        return self.act(self.fc(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
        for block, act in zip(self.blocks, [nn.ReLU(), nn.GELU(), nn.Dropout(0.1)]):
            block.act = act
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
""",
    "one module in two places": f"""{LEAF}
    def forward(self, x):
        return self.b(F.relu(self.a(x)))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        first, second = self.blocks
        first.a, first.b = nn.Linear(8, 8), nn.Linear(8, 8)
        second.a = second.b = nn.Linear(8, 8)
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
""",
}
