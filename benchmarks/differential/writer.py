"""Writers of random programs: indented text, one class of modules under construction, and the whole file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random
    from typing import TypeAlias

    Step: TypeAlias = Callable[["Writer", str], str]

CHANNELS = 4
"""Every feature map is of shape 2 x CHANNELS x SIZE x SIZE, so that any two can be added."""

SIZE = 6
HEADER = """\
import copy
import enum
import functools
import itertools
import math
import operator
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import Dropout
from torch.utils.checkpoint import checkpoint
"""


class Text:
    """Lines at an indentation that `block` deepens."""

    def __init__(self, depth: int = 0) -> None:
        self.lines: list[str] = []
        self.depth = depth

    def line(self, text: str) -> None:
        self.lines.extend("    " * self.depth + part if part else "" for part in text.split("\n"))

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        self.line(header)
        self.depth += 1
        before = len(self.lines)
        try:
            yield
        finally:
            if len(self.lines) == before:
                self.line("pass")
            self.depth -= 1


class Program:
    """A file: definitions at its top level, fresh names, and the features it may use."""

    def __init__(self, chance: Random, features: dict[str, Step], simple: Sequence[str]) -> None:
        self.chance = chance
        self.features = features
        self.simple = simple
        self.top: list[str] = []
        self.used: list[str] = []
        self._names = 0

    def name(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def define(self, text: str) -> None:
        self.top.append(text)

    def text(self) -> str:
        return "\n".join([HEADER, *(f"\n{chunk}\n" for chunk in self.top)])


class Writer:
    """A class under construction: the lines of `__init__` and of `forward`, and further methods.

    `depth` counts how deep features are nested; at the deepest only simple ones are used.
    """

    def __init__(self, program: Program, name: str, depth: int) -> None:
        self.program = program
        self.chance = program.chance
        self.name = name
        self.depth = depth
        self.init = Text(2)
        self.forward = Text(2)
        self.members: list[str] = []
        self.base = "nn.Module"
        self.parameters: list[str] = []

    def fresh(self, stem: str) -> str:
        return self.program.name(stem)

    def attribute(self, value: str, stem: str = "layer") -> str:
        """Set an attribute in `__init__`; returns how `forward` reads it."""
        name = self.fresh(stem)
        self.init.line(f"self.{name} = {value}")
        return f"self.{name}"

    def variable(self, value: str, stem: str = "x") -> str:
        """A name for an expression in `forward`: its own if it is one."""
        if value.isidentifier():
            return value
        name = self.fresh(stem)
        self.forward.line(f"{name} = {value}")
        return name

    def step(self, value: str) -> str:
        """Apply one random feature to a feature map; returns the expression of its result."""
        program = self.program
        simple = self.depth <= 0 or self.chance.random() < 0.45
        name = self.chance.choice(program.simple if simple else list(program.features))
        program.used.append(name)
        self.depth -= 1
        try:
            return program.features[name](self, value)
        finally:
            self.depth += 1

    def steps(self, value: str, count: int) -> str:
        for _ in range(count):
            value = self.step(value)
            if self.chance.random() < 0.6:
                value = self.variable(value)
        return value

    def some(self, value: str, most: int = 2) -> str:
        return self.steps(value, self.chance.randint(1, most))

    @contextmanager
    def inside(self, text: Text) -> Iterator[None]:
        """Write what `forward` would get into another function for a while."""
        saved, self.forward = self.forward, text
        try:
            yield
        finally:
            self.forward = saved

    def text(self, forward_arguments: str = "x", result: str = "x") -> str:
        out = Text()
        with out.block(f"class {self.name}({self.base}):"):
            for member in self.members:
                out.line(member)
                out.line("")
            with out.block(f"def __init__({', '.join(['self', *self.parameters])}):"):
                out.line("super().__init__()")
                out.lines += self.init.lines
            out.line("")
            with out.block(f"def forward(self, {forward_arguments}):"):
                out.lines += self.forward.lines
                out.line(f"return {result}")
        return "\n".join(out.lines)


def module_class(writer: Writer, stem: str = "Block", most: int = 3) -> str:
    """Define a class of modules that map a feature map to one; returns its name."""
    inner = Writer(writer.program, writer.fresh(stem), writer.depth - 1)
    result = inner.some("x", most)
    writer.program.define(inner.text("x", result))
    return inner.name
