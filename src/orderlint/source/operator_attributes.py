"""Attributes of an operator's node: rates, flags and sizes, from the arguments of its call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.graph.catalogue import REQUIRED, FunctionSpec
from orderlint.graph.model import Rate
from orderlint.source import constants
from orderlint.source.tensors import Tensor
from orderlint.source.training_rates import is_tied
from orderlint.source.values import ABSENT, NOT_TRAINING, TRAINING, Choice, Symbol, Test, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


def attributes(it: Interpreter, spec: FunctionSpec, kind: str, bound: dict[str, Value]) -> dict[str, object]:
    """Evaluated attributes of a functional call."""
    attrs: dict[str, object] = {"functional": True}
    if kind == "dropout":
        default = next((d for n, d in spec.params if n == "p"), 0.5)
        attrs["p"] = rate(it, bound.get("p", 0.5 if default is REQUIRED else default))
        attrs["literal_p"] = constants.literal_argument(it, "p", 1)
        attrs["p_text"] = constants.argument_text(it, "p", 1)
        attrs["inplace"] = bound.get("inplace") is True
        # F.alpha_dropout and F.feature_alpha_dropout are off unless told
        on = next((d for n, d in spec.params if n == "training"), True) is not False
        training_attributes(it, bound.get("training", bound.get("train", ABSENT)), attrs, default=on)
        if attrs["training"] == "always" and is_tied(bound.get("p")):
            attrs["training"] = "train"
    elif kind == "batch_norm":
        training_attributes(it, bound.get("training", ABSENT), attrs, default=False)
        if bound.get("running_mean", ABSENT) is None:
            attrs["track_running_stats"] = False
    elif kind == "attention":
        known = rate(it, bound.get("dropout_p", 0.0))
        if known != 0:
            attrs["p"] = known
        flag = bound.get("training", ABSENT)
        if flag is ABSENT:
            told = is_tied(bound.get("dropout_p")) or constants.mentions_training(it, "dropout_p")
            attrs["training"] = "train" if it.in_train_guard() or told else "always"
        else:
            training_attributes(it, flag, attrs, default=True)
    elif kind in ("conv", "linear"):
        attrs["bias"] = bound.get("bias") is not None
    elif kind in ("activation", "concat", "avg_pool", "max_pool"):
        if kind != "activation" or any(n == "dim" for n, _ in spec.params):
            attrs["dim"] = (
                bound.get("dim")
                if isinstance(bound.get("dim"), int)
                else ("given" if bound.get("dim") is not None else None)
            )
        if bound.get("inplace") is True or spec.inplace:
            attrs["inplace"] = True
        if "output_size" in bound:
            attrs["output_size"] = bound["output_size"]
    attrs["in_module"] = bool(it.modules)
    return attrs


def training_attributes(it: Interpreter, flag: Value, attrs: dict[str, object], *, default: bool) -> None:
    """When a dropout or batch norm works in training mode: `always`, `train` or `never`."""
    flag = it.resolve(flag)
    if flag is TRAINING or isinstance(flag, (Unknown, Test, Choice, Symbol, Tensor)):
        attrs["training"] = "train"
    elif flag is NOT_TRAINING:
        attrs["training"] = "never"
    else:
        on = default if flag is ABSENT else bool(flag)
        attrs["training"] = ("train" if it.in_train_guard() else "always") if on else "never"
        attrs["training_literal"] = flag is True and constants.literal_argument(it, "training", 2)


def rate(it: Interpreter, value: Value) -> float | Rate | None:
    """A dropout rate as an attribute: known, symbolic, or unknown."""
    value = it.resolve(value)
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    if type(value) is Symbol:
        return Rate(value.text, float(value.default) if isinstance(value.default, (int, float)) else None)
    if type(value) is Tensor and value.data is not None and len(value.data) == 1:
        return rate(it, value.data[0])
    if type(value) is Choice:
        return rate_of_choice([rate(it, v) for _, v in value.options])
    if type(value) is Unknown and value.text:
        return Rate(value.text, None)
    return None


def rate_of_choice(rates: list[float | Rate | None]) -> float | Rate | None:
    symbolic = [r for r in rates if isinstance(r, Rate)]
    if symbolic:
        return symbolic[0]
    known = [r for r in rates if isinstance(r, float)]
    return max(known) if len(known) == len(rates) and known else None
