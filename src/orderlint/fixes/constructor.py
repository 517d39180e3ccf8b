"""Arguments of constructors: biases, channels, rates, in-place switches, and which dropout it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.arguments import append, argument, atom, has_stars, remove_argument, replace_value
from orderlint.fixes.changes import NotCleanError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.fixes.case import Case
    from orderlint.fixes.changes import Change
    from orderlint.fixes.tree import Fragment

BIAS_POSITION = {"Linear": 2, "Conv1d": 7, "Conv2d": 7, "Conv3d": 7}
BIAS_POSITION |= {"ConvTranspose1d": 7, "ConvTranspose2d": 7, "ConvTranspose3d": 7}
"""Where constructors take `bias` by position (0-based)."""


def _name(call: cst.Call) -> str:
    """The last part of what is called."""
    func = call.func
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")


def remove_bias(case: Case) -> Iterable[Change]:
    """`nn.Conv2d(3, 16, 3)` → `nn.Conv2d(3, 16, 3, bias=False)`."""
    case.whole(case.first)
    _, fragment, call = case.call(case.first.built)
    position = BIAS_POSITION.get(_name(call))
    if position is None or has_stars(call):
        raise NotCleanError("not one of torch's constructors, plainly called")
    bias = argument(call, "bias", position)
    if bias is None:
        return append(fragment, call, "bias=False")
    if fragment.code(bias.value) != "True":
        raise NotCleanError("the bias is decided elsewhere")
    return [replace_value(fragment, bias, "False")]


def remove_rnn_dropout(case: Case) -> Iterator[Change]:
    """`nn.LSTM(32, 64, dropout=0.3)` → `nn.LSTM(32, 64)`."""
    case.whole(case.first)
    _, fragment, call = case.call(case.first.built)
    dropout = argument(call, "dropout")
    if dropout is None or has_stars(call):
        raise NotCleanError("the rate is not given by name")
    yield remove_argument(fragment, call, dropout)


def set_num_features(case: Case) -> Iterator[Change]:
    """`nn.BatchNorm2d(3)` → `nn.BatchNorm2d(16)`, where 16 channels arrive."""
    case.whole(case.last)
    _, fragment, call = case.call(case.last.built)
    features, channels = argument(call, "num_features", 0), case.evidence.channels(case.last.built)
    if features is None or channels is None or not isinstance(features.value, cst.Integer):
        raise NotCleanError("the number of channels is no literal, or not one number arrives")
    yield replace_value(fragment, features, str(channels))


def complement_rate(case: Case) -> Iterator[Change]:
    """`nn.Dropout(keep_prob)` → `nn.Dropout(1 - keep_prob)`."""
    _, fragment, call = case.call(case.first.place)
    rate = argument(call, "p", 0 if case.first.built else 1)
    if rate is None:
        raise NotCleanError("the rate is not given here")
    yield replace_value(fragment, rate, f"1 - {atom(fragment, rate.value)}")


def use_channel_dropout(case: Case) -> Iterator[Change]:
    """`nn.Dropout(p)` → `nn.Dropout2d(p)` behind `nn.Conv2d`; likewise for the functions."""
    case.whole(case.last)
    _, fragment, call = case.call(case.last.place)
    dimensions = re.search(r"[123]d$", case.first.op)
    func = call.func
    if dimensions is None or not isinstance(func, cst.Attribute) or _name(call).lower() != "dropout":
        raise NotCleanError("not plainly called by its name in torch.nn")
    yield fragment.change(*fragment.span(func.attr), func.attr.value + dimensions[0])


def drop_inplace(case: Case) -> Iterator[Change]:
    """`nn.ReLU(inplace=True)` → `nn.ReLU(inplace=False)`; likewise for the functions."""
    _, fragment, call = case.call(case.diagnostic.place)
    inplace = argument(call, "inplace") or _true_alone(fragment, call)
    if inplace is None or fragment.code(inplace.value) != "True":
        raise NotCleanError("no plain `inplace=True`")
    yield replace_value(fragment, inplace, "False")


def _true_alone(fragment: Fragment, call: cst.Call) -> cst.Arg | None:
    """`True` as the only argument of an activation's constructor, where it can mean nothing else."""
    alone = len(call.args) == 1 and fragment.code(call.args[0]) == "True"
    return call.args[0] if alone else None
