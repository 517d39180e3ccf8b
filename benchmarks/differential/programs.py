"""Whole random programs: a network of random features, and the function that builds it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .aliases import ALIASES
from .containers import CONTAINERS
from .flow import FLOW
from .layers import NESTED, SIMPLE
from .objects import OBJECTS, SHARED
from .shapes import SHAPES, head
from .writer import Program, Writer

FEATURES = {**SIMPLE, **NESTED, **FLOW, **CONTAINERS, **OBJECTS, **ALIASES, **SHAPES}
DEPTH = 3
"""Features nest this deep."""

LINES = 400
"""Longer programs are drawn anew, with fewer features."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A program by its seed: its text, and the features in it."""

    seed: int
    text: str
    features: tuple[str, ...]


def draw(seed: int) -> Drawn:
    """The program of a seed; `build()` in it gives the network, which takes one 2 x 4 x 6 x 6 tensor."""
    for most in (5, 3, 2, 1):
        drawn = _draw(seed, most)
        if drawn.text.count("\n") <= LINES:
            break
    return drawn


def _draw(seed: int, most: int) -> Drawn:
    chance = Random(seed)
    program = Program(chance, FEATURES, list(SIMPLE))
    program.define(SHARED)
    writer = Writer(program, "Net", chance.randint(0, DEPTH))
    value = writer.steps("x", chance.randint(1, most))
    result = head(writer, value)
    program.define(writer.text("x", result))
    program.define("def build():\n    return Net()")
    return Drawn(seed, program.text(), tuple(program.used))
