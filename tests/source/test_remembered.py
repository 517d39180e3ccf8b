"""Functions that only compute are run once for the same plain arguments; the graph stays the same."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from orderlint.source.frontend import SourceOptions, models_of_file

HEAD = """
import functools, math, re
import torch
from torch import nn

ACTS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class Net(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)

"""

COMPUTED = {
    "numbers": """
        def rounded(width, by=8):
            width = max(by, int(width + by / 2) // by * by)
            if width < 1:
                raise ValueError("too small")
            return width

        def net():
            return Net(*[nn.Conv2d(rounded(12), rounded(12), 1) for _ in range(5)])
        """,
    "a class from a table": """
        def chosen(act):
            if isinstance(act, str):
                return ACTS[act.lower()]
            return act

        def net():
            return Net(*[chosen("ReLU")() for _ in range(4)], *[chosen(nn.Tanh)() for _ in range(4)])
        """,
    "what another function computes": """
        def same(kernel, stride=1):
            return ((stride - 1) + (kernel - 1)) // 2

        def padding(kind, kernel):
            if isinstance(kind, str):
                return same(kernel) if kind == "same" else 0
            return kind

        def net():
            return Net(*[nn.Conv2d(8, 8, 3, padding=padding("same", 3)) for _ in range(5)])
        """,
    "a prepared class": """
        def bound(layer, rate):
            given = {}
            if isinstance(layer, functools.partial):
                given.update(layer.keywords)
                layer = layer.func
            given.setdefault("p", rate)
            return functools.partial(layer, **given)

        def net():
            return Net(*[bound(nn.Dropout, 0.3)() for _ in range(4)])
        """,
    "a dictionary that its caller changes": """
        def decoded(text):
            out = {"kind": "conv", "size": 1}
            for part in text.split("_")[1:]:
                found = re.split(r"(\\d+)", part)
                out["size" if found[0] == "k" else found[0]] = int(found[1])
            return out

        def layer(text):
            args = decoded(text)
            size = args.pop("size")
            return nn.Conv2d(8, 8, size, stride=args.get("s", 1))

        def net():
            return Net(*[layer("c_k3_s2") for _ in range(4)])
        """,
}

CACHED = """
        COUNT = []

        @functools.lru_cache
        def first(name):
            COUNT.append(name)
            return len(COUNT)

        @functools.lru_cache(maxsize=None)
        def second(name):
            COUNT.append(name)
            return len(COUNT)

        def net():
            counts = first("a"), first("b"), first("a"), second("a"), second("a")
            return Net(*[nn.Dropout(count / 10) for count in counts])
        """

RUN_AGAIN = {
    "a variable that a statement sets": """
        RATE = 0.1

        def rate(scale):
            return RATE * scale

        def net():
            global RATE
            layers = []
            for _ in range(4):
                layers.append(nn.Dropout(rate(1)))
                RATE = RATE + 0.1
            return Net(*layers)
        """,
    "a table that changes": """
        def chosen(name):
            return ACTS[name]

        def net():
            layers = [chosen("relu")() for _ in range(3)]
            ACTS["relu"] = nn.Sigmoid
            return Net(*layers, *[chosen("relu")() for _ in range(3)])
        """,
    "a table that changes between equal blocks": """
        def chosen(name):
            return ACTS[name]

        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.act = chosen("relu")()

            def forward(self, x):
                return self.act(x)

        def net():
            layers = [Block() for _ in range(5)]
            ACTS["relu"] = nn.Sigmoid
            return Net(*layers, *[Block() for _ in range(3)])
        """,
    "a counter of a closure": """
        def counter():
            count = [0]
            def up(by):
                count[0] += by
                return count[0]
            return up

        up = counter()

        def net():
            return Net(*[nn.Dropout(up(1) / 10) for _ in range(4)])
        """,
    "a default that is a list": """
        def grown(by, seen=[]):
            seen.append(by)
            return len(seen)

        def net():
            return Net(*[nn.Dropout(grown(1) / 10) for _ in range(4)])
        """,
    "a new layer": """
        def made(p):
            return nn.Dropout(p)

        def net():
            return Net(*[made(0.2) for _ in range(4)])
        """,
    "a new object": """
        class Counter:
            total = 0

            def __init__(self):
                Counter.total += 1

        def number(one):
            Counter()
            return Counter.total * one

        def net():
            return Net(*[nn.Dropout(number(1) / 10) for _ in range(4)])
        """,
    "an attribute of a class": """
        class Settings:
            rate = 0.1

        def rate(settings):
            return settings.rate

        def net():
            layers = [nn.Dropout(rate(Settings)) for _ in range(3)]
            Settings.rate = 0.4
            return Net(*layers, nn.Dropout(rate(Settings)))
        """,
    "an attribute of a function": """
        def calls(by):
            calls.count = getattr(calls, "count", 0) + by
            return calls.count

        def net():
            return Net(*[nn.Dropout(calls(1) / 10) for _ in range(4)])
        """,
    "an iterator": """
        RATES = iter([0.1, 0.2, 0.3, 0.4])

        def following(scale):
            return next(RATES) * scale

        def net():
            return Net(*[nn.Dropout(following(1)) for _ in range(4)])
        """,
    "a list that it hands out": """
        KEPT = [nn.ReLU]

        def kept(name):
            return KEPT

        def net():
            for act in (nn.Tanh, nn.Sigmoid, nn.SiLU):
                kept("acts").append(act)
            return Net(*[act() for act in kept("acts")])
        """,
    "rates that the caller decides": """
        def halved(rate):
            return rate / 2

        def net(drop=0.2):
            return Net(*[nn.Dropout(halved(drop)) for _ in range(4)])
        """,
    "a choice that a branch decides": """
        import somewhere

        CHOSEN = {"act": nn.ReLU if somewhere.FAST else nn.Tanh}

        def chosen(name):
            return CHOSEN[name]

        def net():
            layers = [chosen("act")() for _ in range(3)]
            if somewhere.FAST:
                layers.append(chosen("act")())
            return Net(*layers)
        """,
    "whether it is true or one": """
        def kind(value):
            return nn.Dropout if value is True else nn.Identity

        def net():
            return Net(*[kind(v)() for v in (1, 1.0, True, 1, True, 1.0, True, True)])
        """,
}


def seen(text: str) -> list[object]:
    """All of the models of a program that can be seen, but for the numbers that tell modules apart."""
    models = models_of_file("net.py", (HEAD + dedent(text)).encode(), SourceOptions(cache=False))
    assert models
    return [
        (
            [
                (
                    *(n.kind, n.op, n.name, n.built, n.used, n.condition, n.frames),
                    {key: value for key, value in n.attrs.items() if key != "module"},
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
def handed_out(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The results that were handed out without a run."""
    found: list[object] = []
    original = sys.modules["orderlint.source.remembered"].handed_out

    def noted(it, value):  # type: ignore[no-untyped-def]
        found.append(value)
        return original(it, value)

    monkeypatch.setattr("orderlint.source.remembered.handed_out", noted)
    return found


def without_memory(text: str, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    with monkeypatch.context() as patch:
        patch.setattr("orderlint.source.remembered.may_compute", lambda _: False)
        return seen(text)


@pytest.mark.parametrize("name", COMPUTED)
def test_what_only_computes_is_run_once(
    name: str, handed_out: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen(COMPUTED[name]) == without_memory(COMPUTED[name], monkeypatch)
    assert handed_out


@pytest.mark.parametrize("name", RUN_AGAIN)
def test_what_depends_on_more_is_run_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(RUN_AGAIN[name]) == without_memory(RUN_AGAIN[name], monkeypatch)


def test_what_python_caches_is_run_once() -> None:
    models = models_of_file("net.py", (HEAD + dedent(CACHED)).encode(), SourceOptions(cache=False))
    rates = [node.attrs["p"] for node in models[0].graph.nodes if node.kind == "dropout"]
    assert rates == [0.1, 0.2, 0.1, 0.3, 0.3]
