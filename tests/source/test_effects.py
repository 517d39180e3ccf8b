"""Statements that only write numbers are passed over; the graph is the same as where they are followed."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from orderlint.source import effects
from orderlint.source.frontend import SourceOptions, models_of_file

if TYPE_CHECKING:
    from orderlint.graph.model import Model

HEAD = """
import logging, math, warnings
from functools import partial
import torch
from torch import nn

log = logging.getLogger(__name__)
SEEN = []


def visit(fn, module, name="", first=True):
    if not first:
        fn(module=module, name=name)
    for child_name, child in module.named_children():
        child_name = ".".join((name, child_name)) if name else child_name
        visit(fn, child, child_name, False)
    return module


def walk(module, name=""):
    yield name, module
    for child_name, child in module.named_children():
        yield from walk(child, name + "." + child_name if name else child_name)


def spread(tensor, mode="fan_in", shape="normal"):
    fan = tensor.shape[0] if mode == "fan_in" else tensor.shape[1]
    if shape == "normal":
        tensor.normal_(std=math.sqrt(1 / fan))
    elif shape == "uniform":
        tensor.uniform_(-1, 1)
    else:
        raise ValueError(f"no shape {shape}")


class Block(nn.Module):
    def __init__(self, width, drop=0.1):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3)
        self.norm = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(drop)

    def last_small(self):
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        return x + self.drop(self.norm(self.conv(x)))


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.pos = nn.Parameter(torch.zeros(1, 8, 1, 1))
        self.blocks = nn.Sequential(*[Block(8) for _ in range(3)])
        self.act = nn.ReLU()
        self.head = nn.Linear(8, 10)
        self.begin()

    def forward(self, x):
        x = self.blocks(self.act(self.stem(x) + self.pos))
        return self.head(x.mean((2, 3)))

"""

PASSED_OVER = {
    "apply a method": """
        class Net(Base):
            def begin(self):
                self.apply(self._start)

            def _start(self, m):
                if isinstance(m, nn.Linear):
                    nn.init.trunc_normal_(m.weight, std=0.02)
                    if m.bias is not None:
                        nn.init.zeros_(m.bias)
        """,
    "a loop over modules": """
        class Net(Base):
            def begin(self):
                for m in self.modules():
                    if isinstance(m, (nn.Conv2d, nn.Linear)):
                        nn.init.kaiming_normal_(m.weight, mode="fan_out")
                    elif isinstance(m, nn.BatchNorm2d):
                        m.weight.data.fill_(1)
                        m.bias.data.zero_()
                for m in self.modules():
                    if hasattr(m, "last_small"):
                        m.last_small()
        """,
    "a function that is handed on, prepared": """
        def start(module, name="", bias=0.0):
            if isinstance(module, nn.Linear):
                nn.init.constant_(module.bias, bias if name.startswith("head") else 0.0)
            elif hasattr(module, "last_small"):
                module.last_small()

        class Net(Base):
            def begin(self):
                visit(partial(start, bias=-math.log(10)), self)
        """,
    "a generator of modules": """
        class Net(Base):
            def begin(self):
                for name, module in walk(self):
                    if hasattr(module, "weight") and "norm" not in name:
                        with torch.no_grad():
                            module.weight.copy_(torch.randn_like(module.weight))
                            module.weight[0] = 0
        """,
    "a choice by a constant that does not raise": """
        class Net(Base):
            def begin(self):
                for p in self.parameters():
                    if p.dim() > 1:
                        spread(p, shape="uniform")
                    p.requires_grad = False
        """,
    "inner functions and lists of its own": """
        def truncated(tensor, low, high):
            def norm_cdf(x):
                return (1 + math.erf(x / math.sqrt(2))) / 2
            bounds = []
            for x in (low, high):
                bounds.append(norm_cdf(x))
            if low > high:
                warnings.warn("odd bounds")
            tensor.uniform_(bounds[0], bounds[1]).erfinv_().clamp_(min=low, max=high)
            return tensor

        class Net(Base):
            def begin(self):
                truncated(self.pos, -2.0, 2.0)
                for m in self.blocks:
                    truncated(m.conv.weight, -2.0, 2.0)
        """,
    "an override that is as harmless": """
        class Wide(Block):
            def last_small(self):
                super().last_small()
                log.info("small")

        class Net(Base):
            def begin(self):
                self.blocks.append(Wide(8))
                for m in self.modules():
                    if isinstance(m, Block):
                        m.last_small()
        """,
}

NOTHING = """
        class Net(Base):
            def begin(self):
                pass
        """

FOLLOWED = {
    "swaps a submodule": """
        class Net(Base):
            def begin(self):
                self.apply(self._start)

            def _start(self, m):
                if isinstance(m, Block):
                    m.drop = nn.Identity()
        """,
    "swaps one by setattr": """
        class Net(Base):
            def begin(self):
                for m in self.modules():
                    for name, child in m.named_children():
                        if isinstance(child, nn.ReLU):
                            setattr(m, name, nn.Sigmoid())
        """,
    "sets an attribute of every module": """
        class Net(Base):
            def begin(self):
                self.apply(self._start)

            def _start(self, m):
                m.p = 0.0
        """,
    "sets a rate": """
        class Net(Base):
            def begin(self):
                for i, block in enumerate(self.blocks):
                    block.drop.p = 0.1 * i
        """,
    "appends to a list of the program": """
        class Net(Base):
            def begin(self):
                self.extra = []
                self.apply(lambda m: self.extra.append(m))
                self.act = nn.Sequential(*[nn.ReLU() for m in self.extra if isinstance(m, Block)])
        """,
    "appends to a list around it": """
        class Net(Base):
            def begin(self):
                found = []
                def look(m):
                    if isinstance(m, nn.Linear):
                        found.append(m)
                self.apply(look)
                self.head = nn.Sequential(nn.Dropout(0.5), *found)
        """,
    "appends to a list of the module": """
        def look(m):
            SEEN.append(m)

        class Net(Base):
            def begin(self):
                self.apply(look)
                self.act = nn.Tanh() if SEEN else nn.ReLU()
        """,
    "registers a hook": """
        def hook(module, args, out):
            return torch.relu(out)

        class Net(Base):
            def begin(self):
                self.apply(self._start)

            def _start(self, m):
                if isinstance(m, nn.BatchNorm2d):
                    m.register_forward_hook(hook)
        """,
    "one override has an effect": """
        class Wide(Block):
            def last_small(self):
                self.drop = nn.Dropout2d(0.5)

        class Net(Base):
            def begin(self):
                self.blocks.append(Wide(8))
                for m in self.modules():
                    if hasattr(m, "last_small"):
                        m.last_small()
        """,
    "a method that an object holds": """
        def freeze(m):
            m.drop = nn.Identity()

        class Net(Base):
            def begin(self):
                for block in self.blocks:
                    block.last_small = partial(freeze, block)
                for block in self.blocks:
                    block.last_small()
        """,
    "a property with an effect": """
        class Wide(Block):
            @property
            def fan(self):
                self.norm = nn.Identity()
                return 1

        class Net(Base):
            def begin(self):
                self.blocks.append(Wide(8))
                for m in self.modules():
                    if isinstance(m, Wide):
                        nn.init.normal_(m.conv.weight, std=m.fan)
        """,
    "a variable that is read later": """
        class Net(Base):
            def begin(self):
                last = None
                for m in self.modules():
                    if isinstance(m, nn.Conv2d):
                        last = m
                        nn.init.zeros_(m.weight)
                self.act = nn.Sequential(last, nn.ReLU())
        """,
    "a variable that a later function reads": """
        class Net(Base):
            def begin(self):
                for m in self.modules():
                    nn.init.zeros_(self.pos)
                self.pick = lambda: m
                self.act = self.pick()
        """,
    "raises": """
        class Net(Base):
            def begin(self):
                for p in self.parameters():
                    spread(p, shape="cauchy")
        """,
    "an assertion": """
        def start(m):
            assert not isinstance(m, nn.BatchNorm2d)

        class Net(Base):
            def begin(self):
                self.apply(start)
        """,
    "a name that is not there": """
        class Net(Base):
            def begin(self):
                self.apply(self._start)

            def _start(self, m):
                if isinstance(m, nn.Linear):
                    nothing_of_that_name(m.weight)
        """,
    "an attribute that nothing has": """
        class Net(Base):
            def begin(self):
                for m in self.modules():
                    if isinstance(m, nn.Linear):
                        nn.init.zeros_(m.nothing)
        """,
    "a global that is counted": """
        COUNT = 0

        def start(m):
            global COUNT
            COUNT += 1

        class Net(Base):
            def begin(self):
                self.apply(start)
                self.act = nn.Sequential(*[nn.ReLU() for _ in range(COUNT)])
        """,
    "elements that are computed with": """
        class Net(Base):
            def begin(self):
                self.register_buffer("rates", torch.linspace(0, 0.5, 3))
                self.clear()
                for block, p in zip(self.blocks, self.rates.tolist()):
                    block.drop.p = p

            def clear(self):
                self.rates.zero_()
        """,
    "a mask that is drawn": """
        class Net(Base):
            def begin(self):
                self.draw()

            def draw(self):
                self.pos.bernoulli_(0.5)

            def forward(self, x):
                return self.head((self.stem(x) * self.pos).mean((2, 3)))
        """,
    "an iterator that goes on": """
        def skip(items):
            next(items)

        class Net(Base):
            def begin(self):
                items = iter([nn.ReLU(), nn.Sigmoid()])
                skip(items)
                self.act = next(items)
        """,
    "a wrapper of a layer": """
        class Net(Base):
            def begin(self):
                self.apply(self._start)

            def _start(self, m):
                if isinstance(m, nn.Linear):
                    nn.utils.prune.identity(m, "weight")
        """,
    "a dictionary of the object": """
        class Net(Base):
            def begin(self):
                self.kinds = {"act": nn.ReLU}
                self.choose()
                self.act = self.kinds["act"]()

            def choose(self):
                self.kinds["act"] = nn.Sigmoid
        """,
    "under a try": """
        class Net(Base):
            def begin(self):
                try:
                    self.apply(self._start)
                except AttributeError:
                    self.act = nn.Sigmoid()

            def _start(self, m):
                if isinstance(m, nn.ReLU):
                    nn.init.zeros_(m.weight)
        """,
    "a handler with an effect": """
        class Net(Base):
            def begin(self):
                for m in self.modules():
                    try:
                        nn.init.zeros_(m.weight)
                    except AttributeError:
                        m.p = 0.0
                    else:
                        m.p = 0.0
        """,
    "a descriptor of items": """
        class Bag:
            def __init__(self, items):
                self.items_ = items
                self.read = False

            def __getitem__(self, key):
                self.read = True
                return self.items_[key]

        def start(bag):
            nn.init.zeros_(bag[0].weight)

        class Net(Base):
            def begin(self):
                bag = Bag([self.head])
                start(bag)
                self.act = nn.Sigmoid() if bag.read else nn.ReLU()
        """,
    "the loop ends the function": """
        class Net(Base):
            def begin(self):
                self.act = nn.Sigmoid()
                for m in self.modules():
                    if isinstance(m, nn.Linear):
                        return
                self.act = nn.ReLU()
        """,
}


def followed(text: str) -> list[Model]:
    source = HEAD + dedent(text) + "\n\ndef net():\n    return Net()\n"
    return models_of_file("net.py", source.encode(), SourceOptions(cache=False))


def seen(models: list[Model]) -> list[object]:
    """All of models that can be seen, but for the numbers that tell modules apart."""
    numbers: dict[object, int] = {}
    return [
        (
            [
                (
                    *(n.kind, n.op, n.name, n.built, n.used, n.condition, n.frames),
                    {
                        k: numbers.setdefault(v, len(numbers)) if k == "module" else v
                        for k, v in n.attrs.items()
                    },
                )
                for n in model.graph.nodes
            ],
            list(model.graph.predecessors),
            model.facts,
            (model.entry, model.status, model.unresolved, model.parameters),
        )
        for model in models
    ]


@pytest.fixture
def passed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions of the program that ran a statement which was passed over."""
    found: list[str] = []
    decide = effects.decide

    def noted(it, site, roots, analyse):  # type: ignore[no-untyped-def]
        verdict = decide(it, site, roots, analyse)
        if verdict:
            found.append(it.frames[-1].function.name)
        return verdict

    monkeypatch.setattr(effects, "decide", noted)
    return found


def compared(text: str, monkeypatch: pytest.MonkeyPatch) -> list[Model]:
    """The models of a program, which are the same with every statement followed."""
    models = followed(text)
    with monkeypatch.context() as patch:
        patch.setattr(effects, "undecided", lambda *_: False)
        assert seen(models) == seen(followed(text))
    return models


@pytest.mark.parametrize("name", PASSED_OVER)
def test_what_only_writes_numbers_is_passed_over(
    name: str, passed_over: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    models = compared(PASSED_OVER[name], monkeypatch)
    assert models
    assert all(model.status == "complete" for model in models)
    assert {"__init__", "begin"} & set(passed_over)


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_may_do_more_is_followed(
    name: str, passed_over: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    models = compared(FOLLOWED[name], monkeypatch)
    assert "__init__" not in passed_over
    assert seen(models) != seen(followed(NOTHING))
