"""Programs in which blocks are built, and called, again and again: alike, or alike but for something that is
easily missed.

Each is a body of a module; `Net` is its model. The first lines, shared by all, define a plain block.
"""

from __future__ import annotations

HEAD = """
import copy, enum, functools, inspect, itertools, sys
from dataclasses import dataclass
import torch
import torch.nn as nn
import torch.nn.functional as F

class Attention(nn.Module):
    def __init__(self, dim, heads=4, drop=0.0):
        super().__init__()
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)
        self.drop = nn.Dropout(drop)
        self.table = [(i, j) for i in range(6) for j in range(6)]
        self.register_buffer("index", torch.arange(heads))
    def forward(self, x):
        return self.drop(self.proj(self.qkv(x)))

class Block(nn.Module):
    def __init__(self, dim, act=nn.GELU, drop=0.0, sizes=(3, 3)):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attn = Attention(dim, drop=drop)
        self.act = act()
        self.sizes = sizes
    def forward(self, x):
        return x + self.act(self.attn(self.norm(x)))

class Stack(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
"""

REPLAYED = {
    "plain": """
def Net():
    return Stack([Block(64) for _ in range(6)])
""",
    "a constructor of its own, called in turn": """
class Net(nn.Module):
    def __init__(self, depth=4, drop=0.1):
        super().__init__()
        self.first = Block(64, drop=0.2)
        self.stages = nn.Sequential(*[self.stage(64, depth) for _ in range(2)])
        self.last = Block(64, drop=0.2)
    def stage(self, dim, depth):
        return nn.Sequential(*[Block(dim, drop=0.2) for _ in range(depth)])
    def forward(self, x):
        return self.last(self.stages(self.first(x)))
""",
    "growing drop path: what is in the blocks is alike": """
class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p
    def forward(self, x):
        if self.p == 0.0 or not self.training:
            return x
        keep = 1 - self.p
        mask = x.new_empty((x.shape[0], 1, 1)).bernoulli_(keep)
        return x * mask / keep
class Layer(nn.Module):
    def __init__(self, dim, p):
        super().__init__()
        self.attn = Attention(dim, drop=0.1)
        self.path = DropPath(p)
    def forward(self, x):
        return x + self.path(self.attn(x))
def Net():
    return Stack([Layer(64, p) for p in (0.0, 0.1, 0.2, 0.3)])
""",
    "modified after building": """
def Net():
    first = Block(64, drop=0.1)
    second = Block(64, drop=0.1)
    second.act = nn.ReLU()
    third = Block(64, drop=0.1)
    first.attn.drop.p = 0.5
    fourth = Block(64, drop=0.1)
    fourth.attn = None
    fourth.forward = fourth.norm.forward
    fifth = Block(64, drop=0.1)
    return Stack([first, second, third, fourth, fifth])
""",
    "a shared submodule": """
class Uses(nn.Module):
    def __init__(self, dim, shared):
        super().__init__()
        self.shared = shared
        self.proj = nn.Linear(dim, dim)
        self.inner = Block(dim)
    def forward(self, x):
        return self.inner(self.proj(self.shared(x)))
def Net():
    shared = nn.Dropout(0.1)
    return Stack([Uses(8, shared) for _ in range(3)])
""",
    "a list of this call is kept and changed": """
class Keeps(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        self.fc = nn.Linear(4, 4)
        self.drop = nn.Dropout(0.1)
    def forward(self, x):
        for size in self.sizes:
            x = self.drop(self.fc(x))
        return x
def Net():
    kept = [[1, 2], [1, 2], [1, 2]]
    blocks = [Keeps(sizes) for sizes in kept]
    kept[1].append(3)
    blocks[2].sizes.pop()
    return Stack(blocks)
""",
    "attention of torch, recursion, an enumeration, a dictionary of layers": """
class Kind(enum.Enum):
    PLAIN = 1
    DEEP = 2
class Tree(nn.Module):
    def __init__(self, depth, kind=Kind.DEEP):
        super().__init__()
        self.kind = kind
        self.attn = nn.MultiheadAttention(8, 2, dropout=0.1)
        self.table = nn.ModuleDict({"a": nn.Linear(8, 8), "b": nn.BatchNorm1d(8)})
        self.left = Tree(depth - 1) if depth else nn.Identity()
        self.right = Tree(depth - 1) if depth else nn.Identity()
    def forward(self, x):
        x, _ = self.attn(x, x, x)
        if self.kind is Kind.DEEP:
            x = self.table["b"](self.table["a"](x))
        return self.left(x) + self.right(x)
def Net():
    return Tree(3)
""",
    "partials, functions and bound methods": """
class Made(nn.Module):
    def __init__(self, make, act):
        super().__init__()
        self.norm = make(8)
        self.act = act
        self.parts = [nn.Linear(8, 8), nn.Linear(8, 8)]
        self.first = self.parts[0]
        self.run = self.step
    def step(self, x):
        return self.act(self.first(self.norm(x)))
    def forward(self, x):
        return self.run(x)
def Net():
    return Stack([Made(functools.partial(nn.BatchNorm1d, eps=1e-3), torch.relu) for _ in range(4)])
""",
    "classes that derive from layers": """
class NormAct(nn.BatchNorm2d):
    def __init__(self, dim, eps=1e-5, act=nn.ReLU, drop=0.1):
        super().__init__(dim, eps=eps)
        self.act = act()
        self.drop = Dropped(drop) if drop else nn.Identity()
    def forward(self, x):
        return self.drop(self.act(super().forward(x)))
class Dropped(nn.Dropout):
    def __init__(self, rate):
        super().__init__(p=rate)
        self.rate = rate
class Same(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pad = nn.ZeroPad2d(self.kernel_size[0] // 2)
    def forward(self, x):
        return super().forward(self.pad(x))
def Net():
    layers = []
    for i in range(4):
        layers += [Same(8, 8, 3), NormAct(8), Dropped(0.2)]
    return Stack(layers)
""",
    "rates that are not known, tested while building and later": """
class Path(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p
    def forward(self, x):
        return F.dropout(x, 0.1) if self.p else x
class Layer(nn.Module):
    def __init__(self, dim, rate, act=None):
        super().__init__()
        self.attn = Attention(dim)
        self.path = Path(rate) if rate > 0.0 else nn.Identity()
        self.flag = rate * 2
        self.extra = nn.Dropout(0.2) if self.flag else nn.Identity()
        self.rates = (rate, [rate, act], {"rate": rate})
        self.drop = nn.Dropout(rate)
        self.kept = nn.Dropout(0.3) if rate else None
        self.scale = nn.Parameter(torch.zeros(4, rate))
    def forward(self, x):
        x = self.path(self.drop(self.attn(x)))
        if self.flag:
            x = self.extra(x)
        if self.rates[1][0]:
            x = self.kept(x)
        if self.rates[2]["rate"] is self.rates[0]:
            x = F.relu(x)
        return x.reshape(self.scale.shape[1])
class Net(nn.Module):
    def __init__(self, dim=8, drop=0.0, path=0.1):
        super().__init__()
        rates = torch.rand(6).tolist()
        chosen = [rates[i] if drop > 0 else None for i in range(4)]
        rate = rates[3]
        self.first = nn.Dropout(0.4) if rate else nn.Identity()
        self.layers = nn.ModuleList([Layer(dim, rates[i]) for i in range(4)])
        self.same = nn.ModuleList([Layer(dim, rates[0], rates[0]) for i in range(2)])
        self.more = nn.ModuleList([Layer(dim, rates[i], chosen[i]) for i in range(4)])
        self.last = Layer(dim, rate)
    def forward(self, x):
        for layer in [self.first, *self.layers, *self.same, *self.more]:
            x = layer(x)
        return self.last(x)
""",
    "unknown arguments that are one or two": """
class Pair(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.drop = nn.Dropout(0.1) if a is b else nn.GELU()
    def forward(self, x):
        return self.drop(x)
def Net():
    a, b, c, d = torch.rand(4).tolist()
    return Stack([Pair(a, b), Pair(a, a), Pair(b, a), Pair(c, d), Pair(d, d), Pair(a, c)])
""",
    "under conditions": """
class Net(nn.Module):
    def __init__(self, dim=8, rate=0.0):
        super().__init__()
        self.a = Block(dim, drop=rate)
        self.b = Block(dim, drop=rate)
        if rate > 0:
            self.c = Block(dim, drop=rate)
            self.d = Block(dim, drop=rate)
        else:
            self.c = Block(dim)
            self.d = Block(dim)
        self.e = Block(dim)
    def forward(self, x):
        return self.e(self.d(self.c(self.b(self.a(x)))))
""",
    "state, training, hooks, a dictionary, another's weights": """
class State(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.norm = nn.BatchNorm1d(dim)
        self.last = None
        self.kept = []
        self.fc.register_forward_hook(self.seen)
    def seen(self, module, args, out):
        return F.relu(out)
    def forward(self, x):
        y = self.norm(self.fc(x))
        if self.training:
            y = F.dropout(y, 0.1, training=self.training)
        if self.last is not None:
            y = y + self.last
        self.last = y
        self.kept.append(y)
        return {"x": y, "all": self.kept}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([State(8) for _ in range(4)])
        self.blocks[3].fc = self.blocks[0].fc
        self.again = self.blocks[1]
    def forward(self, x):
        for block in self.blocks:
            x = block(x)["x"]
        return self.again(self.again(x)["x"])
""",
    "clones of torch and of its own": """
class Pair(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.a = Attention(dim)
        self.b = copy.deepcopy(self.a)
        self.c = copy.copy(self.a)
    def forward(self, x):
        return self.c(self.b(self.a(x)))
def Net():
    return Stack([Pair(8) for _ in range(3)])
""",
}

RUN_AGAIN = {
    "unknown arguments that are one, or another's": """
RATES = torch.rand(6).tolist()
FIRST = RATES[0]
class Pair(nn.Module):
    def __init__(self, a, b, held):
        super().__init__()
        self.drop = nn.Dropout(0.1) if a is b else nn.GELU()
        self.other = nn.Dropout(0.2) if a is FIRST else nn.ReLU()
        self.last = nn.Dropout(0.3) if a is held.rate else nn.Sigmoid()
    def forward(self, x):
        return self.last(self.other(self.drop(x)))
class Held:
    def __init__(self, rate):
        self.rate = rate
def Net():
    a, b = RATES[1], RATES[2]
    held = Held(b)
    return Stack([Pair(a, b, held), Pair(a, a, held), Pair(FIRST, b, held), Pair(b, a, held)])
""",
    "unknown arguments in a set": """
class Counts(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.seen = {a, (b, (a,))}
        self.table = {((a,),): nn.Dropout(0.1)}
        self.drop = nn.Dropout(0.1)
    def forward(self, x):
        return self.drop(x)
def Net():
    rates = torch.rand(6).tolist()
    return Stack([Counts(rates[i], rates[i + 1]) for i in range(3)])
""",
    "a counter in the class": """
class Counted(nn.Module):
    count = 0
    def __init__(self):
        super().__init__()
        Counted.count += 1
        self.act = nn.ReLU() if Counted.count % 2 else nn.GELU()
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        return self.act(self.fc(x))
def Net():
    return Stack([Counted() for _ in range(4)])
""",
    "a global counter": """
COUNT = 0
class Counted(nn.Module):
    def __init__(self):
        super().__init__()
        global COUNT
        COUNT = COUNT + 1
        self.drop = nn.Dropout(0.1 * COUNT)
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        return self.drop(self.fc(x))
def Net():
    return Stack([Counted() for _ in range(4)])
""",
    "a global that is set in between": """
RATE = 0.1
class Reads(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(RATE)
    def forward(self, x):
        return self.drop(x)
def Net():
    global RATE
    out = []
    for i in range(3):
        RATE = 0.1 * i
        out.append(Reads())
    return Stack(out)
""",
    "globals as a dictionary": """
RATE = 0.1
NAMES = globals()
class Reads(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(RATE)
    def forward(self, x):
        return self.drop(x)
def Net():
    out = []
    for i in range(3):
        NAMES["RATE"] = 0.1 * i
        out.append(Reads())
    return Stack(out)
""",
    "a class attribute that is set on one branch": """
class Reads(nn.Module):
    rate = 0.1
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(self.rate)
    def forward(self, x):
        return self.drop(x)
class Net(nn.Module):
    def __init__(self, drop=0.0):
        super().__init__()
        self.a = Reads()
        if drop > 0:
            Reads.rate = 0.2
            self.b = Reads()
        else:
            Reads.rate = 0.3
            self.b = Reads()
        Reads.rate = Reads.rate + 0.1
        self.c = Reads()
    def forward(self, x):
        return self.c(self.b(self.a(x)))
""",
    "an object that holds a list which is set anew": """
class Holder:
    def __init__(self):
        self.sizes = [1]
HOLDER = Holder()
class Reads(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in HOLDER.sizes])
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
def Net():
    out = []
    for i in range(3):
        HOLDER.sizes += [i]
        out.append(Reads())
    return Stack(out)
""",
    "a registry": """
REGISTRY = {}
class Registered(nn.Module):
    def __init__(self):
        super().__init__()
        REGISTRY[len(REGISTRY)] = self
        self.fc = nn.Linear(4, 4)
        self.drop = nn.Dropout(0.1 * len(REGISTRY))
    def forward(self, x):
        return self.drop(self.fc(x))
def Net():
    return Stack([Registered() for _ in range(3)])
""",
    "a list that is appended to": """
class Appends(nn.Module):
    def __init__(self, seen):
        super().__init__()
        seen.append(1)
        self.drop = nn.Dropout(0.1 * len(seen))
    def forward(self, x):
        return self.drop(x)
def Net():
    seen = []
    return Stack([Appends(seen) for _ in range(3)])
""",
    "a default that is appended to": """
class Appends(nn.Module):
    def __init__(self, seen=[]):
        super().__init__()
        seen.append(1)
        self.drop = nn.Dropout(0.1 * len(seen))
    def forward(self, x):
        return self.drop(x)
def Net():
    return Stack([Appends() for _ in range(3)])
""",
    "a setting that changes": """
class Settings:
    rate = 0.1
    sizes = [1]
class Reads(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.drop = nn.Dropout(settings.rate)
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in settings.sizes])
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.drop(x)
def Net():
    settings = Settings()
    out = [Reads(settings)]
    settings.rate = 0.4
    out.append(Reads(settings))
    settings.sizes.append(2)
    out.append(Reads(settings))
    return Stack(out)
""",
    "a variable of the function around": """
def Net():
    rate = 0.1
    class Reads(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(rate)
        def forward(self, x):
            return self.drop(x)
    first = Reads()
    rate = 0.3
    return Stack([first, Reads()])
""",
    "an iterator": """
NUMBERS = iter([1, 2, 3, 4])
class Takes(nn.Module):
    def __init__(self, numbers):
        super().__init__()
        self.drop = nn.Dropout(0.1 * next(numbers))
        self.other = nn.Dropout(0.1 * next(NUMBERS))
    def forward(self, x):
        return self.other(self.drop(x))
def Net():
    numbers = iter([1, 2, 3, 4])
    return Stack([Takes(numbers) for _ in range(3)])
""",
    "a function of its own": """
class Holds(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.drop = nn.Dropout(0.1)
        self.run = lambda x: self.drop(self.fc(x))
    def forward(self, x):
        return self.run(x)
def Net():
    return Stack([Holds() for _ in range(3)])
""",
    "the frame of the caller": """
class Looks(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.1 * sys._getframe(1).f_locals["number"])
    def forward(self, x):
        return self.drop(x)
def Net():
    out = []
    for number in range(3):
        out.append(Looks())
    return Stack(out)
""",
    "a copy of what is given": """
class Copies(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = copy.deepcopy(layer)
    def forward(self, x):
        return self.layer(x)
def Net():
    layer = nn.Dropout(0.1)
    return Stack([Copies(layer) for _ in range(3)])
""",
    "what was told of the first call": """
class Fails(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.odd = not_there.Layer(self.fc)
    def forward(self, x):
        return self.odd(self.fc(x))
import not_there
def Net():
    return Stack([Fails(4) for _ in range(3)])
""",
}
