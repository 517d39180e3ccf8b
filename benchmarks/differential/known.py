"""Disagreements that are understood: what in a program brings them, and why they stand for now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .programs import Drawn
    from .running import Outcome

LAZY = re.compile(r"\byield\b|\bnext\(|\bmap\(|sum\(\(?[\w.]+\(\w*\) for ")
IN_PLACE = re.compile(r"inplace=True|SiLU\(True\)|\w_\(|[-+*/]=|, True\)|\] = |out=")
ALIAS = re.compile(r"\.(contiguous|float|reshape|to|type|type_as)\(")
"""Calls that give the tensor itself where it is as asked for, and a copy elsewhere."""
RATE_0 = re.compile(r"Dropout\w*\((p=)?0(\.0)?\b(?!\.)")
ONE_ACTIVATION = re.compile(r": activation \w+ \(.*\| trace line \d+: (activation|softmax) ")
HAND_MADE_MASK = "torch.rand_like("
DICTIONARY_CLASS = "__getattr__ = dict.__getitem__"


def known(drawn: Drawn, judged: Outcome) -> str:
    """Why a program may disagree; empty if nothing known explains it."""
    if judged.kind in ("agreed", "invalid"):
        return ""
    text = drawn.text
    if DICTIONARY_CLASS in text:
        return "attributes of a dictionary class that reads its keys as attributes are unknown"
    if judged.kind == "findings differ" and HAND_MADE_MASK in text:
        return "the rate of a hand-made mask is not read from its threshold"
    if "next(" in text and LAZY.search(text):
        return "a generator is followed to its end, where `next` runs it to its first element"
    if LAZY.search(text) and IN_PLACE.search(text):
        return "a generator is followed at once, so that what changes its input in place comes earlier"
    if judged.kind == "graphs differ" and ONE_ACTIVATION.search(judged.detail):
        return "a module that computes an elementwise function of its input alone is one activation"
    if ".set_(" in text:
        return "a trace does not see which memory `set_` shares"
    if RATE_0.search(text) and (judged.kind == "graphs differ" or IN_PLACE.search(text)):
        return "a dropout of rate 0 gives its input itself, and so what is written into it later"
    if ALIAS.search(text) and (judged.kind == "graphs differ" or IN_PLACE.search(text)):
        return "whether a tensor is copied or given as it is, is not known"
    if judged.kind == "findings differ" and re.search(r"[^.\w]sum\(", text):
        return "Python's `sum` adds to 0 first, which a trace sees as an operation"
    if judged.kind == "findings differ" and "copy.copy(" in text:
        return "a shallow copy of a module shares its running statistics, and counts as the module itself"
    return ""
