"""Graphs by hand: by calls, or written down as text.

    x=relu > conv(bias=true) > sum=add; x > sum; sum > batch_norm(when=!flag)

Chains are separated by `;` or line breaks. `name=what` names a layer; the name alone then stands for it.
Lines `frontend onnx`, `note key value` and `fact name key=value` are about the model.
"""

from __future__ import annotations

import re
from itertools import pairwise

from orderlint.graph.model import ALWAYS, Condition, LayerGraph, Literal, Model, ModuleFact, Node, Place, Rate

OPS = {
    "relu": ("activation", "torch.nn.ReLU"),
    "leaky_relu": ("activation", "torch.nn.functional.leaky_relu"),
    "sigmoid": ("activation", "torch.nn.Sigmoid"),
    "tanh": ("activation", "torch.tanh"),
    "gelu": ("activation", "torch.nn.GELU"),
    "glu": ("activation", "torch.nn.GLU"),
    "softplus": ("activation", "torch.nn.Softplus"),
    "softmax": ("activation", "torch.nn.Softmax"),
    "log_softmax": ("activation", "torch.nn.functional.log_softmax"),
    "cross_entropy": ("loss", "torch.nn.CrossEntropyLoss"),
    "bce_with_logits": ("loss", "torch.nn.BCEWithLogitsLoss"),
    "bce": ("loss", "torch.nn.BCELoss"),
    "conv": ("conv", "torch.nn.Conv2d"),
    "linear": ("linear", "torch.nn.Linear"),
    "batch_norm": ("batch_norm", "torch.nn.BatchNorm2d"),
    "layer_norm": ("layer_norm", "torch.nn.LayerNorm"),
    "dropout": ("dropout", "torch.nn.Dropout"),
    "dropout2d": ("dropout", "torch.nn.Dropout2d"),
    "no_dropout": ("identity", "torch.nn.Dropout"),
    "global_pool": ("avg_pool", "GlobalAveragePool-1"),
}
DEFAULTS: dict[str, dict[str, object]] = {"dropout": {"p": 0.5}}
SETTINGS = frozenset({"when", "line", "used", "built", "default", "op"})


def when(*texts: str, default: bool | None = None) -> Condition:
    """A condition; `!text` is the negation of a test."""
    return Condition(frozenset(Literal(text.lstrip("!"), text.startswith("!"), default) for text in texts))


class Builder:
    """Adds layers one by one; each gets a line of its own in `net.py`."""

    def __init__(self) -> None:
        self.graph = LayerGraph()
        self.facts: list[ModuleFact] = []
        self.notes: dict[str, object] = {}
        self.frontend = "source"

    def add(
        self,
        what: str,
        *inputs: int,
        condition: Condition = ALWAYS,
        op: str | None = None,
        line: int | None = None,
        used: int | None = None,
        built: bool = True,
        **attrs: object,
    ) -> int:
        """Add a layer fed by the inputs; its number."""
        number = len(self.graph.nodes)
        kind, known_op = OPS.get(what, (what, what))
        place = Place("net.py", number + 1 if line is None else line, 5)
        node = Node(
            number,
            kind,
            op or known_op,
            name=f"{what}{number}",
            attrs={**DEFAULTS.get(kind, {}), **attrs},
            built=place if built else None,
            used=Place("net.py", 1000 + number if used is None else used, 9),
            condition=condition,
        )
        self.graph.add(node)
        for source in inputs:
            self.graph.connect(source, number)
        return number

    def chain(self, *whats: str, after: int | None = None) -> list[int]:
        """Add layers one behind the other."""
        numbers: list[int] = []
        for what in whats:
            last = numbers[-1] if numbers else after
            numbers.append(self.add(what, *([] if last is None else [last])))
        return numbers

    def model(self) -> Model:
        """The model; layers that feed nothing are its outputs."""
        graph = self.graph
        graph.outputs = [n for n, following in enumerate(graph.successors) if not following]
        return Model("Net()", "net.py", 1, graph, facts=self.facts, frontend=self.frontend, notes=self.notes)


def parse(text: str) -> Model:
    """The model that a text writes down; inputs are numbered first, except around a loop."""
    builder = Builder()
    layers: dict[str, str] = {}
    edges: list[tuple[str, str]] = []
    for line in re.split(r"[;\n]", text):
        words = line.split()
        if words[:1] == ["frontend"]:
            builder.frontend = words[1]
        elif words[:1] == ["note"]:
            builder.notes[words[1]] = value(words[2])
        elif words[:1] == ["fact"]:
            attrs = dict(word.split("=") for word in words[2:])
            builder.facts.append(
                ModuleFact(words[1], "layer", "torch.nn.Layer", Place("net.py", 1), {**attrs})
            )
        elif words:
            chain = [_name(token.strip(), layers) for token in line.split(">")]
            edges += pairwise(chain)
    numbers: dict[str, int] = {}
    for name in _in_order(list(layers), edges):
        what, inner = re.fullmatch(r"(\w+)(?:\((.*)\))?", layers[name]).groups()  # type: ignore[union-attr]
        numbers[name] = _layer(builder, what, inner or "")
    for source, target in edges:
        builder.graph.connect(numbers[source], numbers[target])
    return builder.model()


def _name(token: str, layers: dict[str, str]) -> str:
    if token in layers:
        return token
    named = re.fullmatch(r"(\w+)=(.*)", token)
    name, layer = named.groups() if named else (f"#{len(layers)}", token)
    layers[name] = layer
    return name


def _in_order(names: list[str], edges: list[tuple[str, str]]) -> list[str]:
    """Inputs first, else as written; a layer all of whose inputs wait is taken as written."""
    ordered: list[str] = []
    while waiting := [name for name in names if name not in ordered]:
        ready = (n for n in waiting if all(source in ordered for source, target in edges if target == n))
        ordered.append(next(ready, waiting[0]))
    return ordered


def _layer(builder: Builder, what: str, inner: str) -> int:
    given = dict(part.strip().split("=", 1) for part in inner.split(",") if part.strip())
    attrs = {key: value(text) for key, text in given.items() if key not in SETTINGS}
    default = {"on": True, "off": False}.get(given.get("default", ""))
    condition = when(*given["when"].split("&"), default=default) if "when" in given else ALWAYS
    places = {key: int(given[key]) for key in ("line", "used") if key in given}
    return builder.add(
        what,
        condition=condition,
        op=given.get("op"),
        built=given.get("built") != "no",
        **places,
        **attrs,  # type: ignore[arg-type]
    )


def value(text: str) -> object:
    """`true`, `none`, `0.5`, `3x3`, `rate:drop_rate`, `rate:drop_rate:0.1`, or the text itself."""
    if text in ("true", "false", "none"):
        return {"true": True, "false": False, "none": None}[text]
    if text.startswith("rate:"):
        _, name, *default = text.split(":")
        return Rate(name, float(default[0]) if default else None)
    if re.fullmatch(r"-?\d+(x-?\d+)+", text):
        return tuple(int(part) for part in text.split("x"))
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d*\.\d+", text) else text
