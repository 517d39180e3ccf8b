"""Factories of one structure are followed once, whatever their widths; others are all followed."""

from __future__ import annotations

from orderlint.source.frontend import SourceOptions, models_of_file

NET = """
import somewhere
import torch
from torch import nn

SWITCH = somewhere.switch("on")


class Block(nn.Module):
    def __init__(self, width, drop, act=nn.ReLU):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3)
        self.norm = nn.BatchNorm2d(width)
        self.act = act()
        self.drop = nn.Dropout(drop) if drop else nn.Identity()

    def forward(self, x):
        return self.drop(self.act(self.norm(self.conv(x))))


class Net(nn.Module):
    def __init__(self, widths, drop, act=nn.ReLU):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(width, drop, act) for width in widths])

    def forward(self, x):
        return self.blocks(x)

"""


def entries(text: str) -> list[str]:
    """The factories that were followed."""
    models = models_of_file("net.py", (NET + text).encode(), SourceOptions(cache=False))
    return [model.entry for model in models if model.entry.endswith("()")]


def test_widths_and_rates_above_zero_make_no_structure_of_their_own() -> None:
    text = """
def small(): return Net([8, 16], 0.2)
def large(): return Net([32, 64, 128], 0.5)
def plain(): return Net([8, 16], 0.0)
"""
    assert entries(text) == ["small()", "plain()"]


def test_the_sides_of_an_unknown_switch_are_followed_once_too() -> None:
    text = """
class Other(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.line = nn.Linear(width, width)

    def forward(self, x):
        return self.line(x)

def make(widths):
    if SWITCH:
        return Other(widths[0])
    return Net(widths, 0.2)

def small(): return make([8, 16])
def large(): return make([32, 64, 128])
def plain(): return Net([8, 16], 0.2)
"""
    assert entries(text) == ["small()", "plain()"]


def test_a_value_that_is_one_of_two_counts_by_both() -> None:
    text = """
class Gate(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.act = act()

    def forward(self, x):
        return self.act(x)

def act(other): return nn.SiLU if SWITCH else other
def first(): return Gate(act(nn.ReLU))
def second(): return Gate(act(nn.GELU))
def third(): return Gate(act(nn.ReLU))
"""
    assert entries(text) == ["first()", "second()"]


def test_functions_of_one_name_in_two_places_differ() -> None:
    text = """
class Gate(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.act = act()

    def forward(self, x):
        return self.act(x)

def relu():
    def act(): return nn.ReLU()
    return act

def silu():
    def act(): return nn.SiLU()
    return act

def first(): return Gate(relu())
def second(): return Gate(silu())
"""
    assert entries(text) == ["first()", "second()"]
