"""Quantities a message may name (`quantity = …`): each gives the words for one witness path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.engine.groups import expand
from orderlint.engine.variance_shift import rectified_shift, zero_mean_shift

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.engine.view import GraphView

RECTIFIERS = expand("activation:relu")
KEEPS_SIGN = expand("max_pool")


def variance_shift(view: GraphView, anchor: int) -> str:
    """How the variance a dropout lets through changes from training to evaluation, and for which input."""
    rectified = _behind_relu(view, anchor)
    subject = "for its ReLU input (a rectified normal)" if rectified else "for zero-mean input"
    p = view.node(anchor).attrs.get("p")
    if not isinstance(p, float | int) or not 0 <= p < 1:
        return (
            "the variance it lets through in evaluation is below that in training, by p for zero-mean input"
        )
    ratio = rectified_shift(p) if rectified else zero_mean_shift(p)
    return f"{subject} the variance it lets through in evaluation is {ratio:.2f} of that in training"


def _behind_relu(view: GraphView, node: int) -> bool:
    """Whether a ReLU feeds a layer, with at most max pooling and transparent layers between."""
    for _ in range(4):  # more pooling layers in a row than anyone writes
        producers = view.producers(node)
        if len(producers) != 1:
            return False
        node = producers[0]
        if not view.fits(node, KEEPS_SIGN):
            break
    return view.fits(node, RECTIFIERS)


SIZES = ("in_channels", "out_channels", "num_features", "num_embeddings", "embedding_dim")


def empty_sizes(view: GraphView, anchor: int) -> str:
    """Which sizes of a layer are 0 or less: `out_channels is 0`."""
    attrs = view.node(anchor).attrs
    found = {name: attrs[name] for name in SIZES if isinstance(attrs.get(name), int)}
    return " and ".join(f"{name} is {size}" for name, size in found.items() if int(str(size)) <= 0)


def dropped_share(view: GraphView, anchor: int) -> str:
    """What a dropout of a degenerate rate does."""
    p = view.node(anchor).attrs.get("p")
    words = {0: "drops nothing: its rate is 0", 1: "drops everything: its rate is 1"}
    return words.get(p, "has a rate that is no probability: rates lie between 0 and 1")  # type: ignore[call-overload, no-any-return]


QUANTITIES: dict[str, Callable[[GraphView, int], str]] = {
    "variance_shift": variance_shift,
    "empty_sizes": empty_sizes,
    "dropped_share": dropped_share,
}
"""Name to the function of the view and the first anchor that puts it in words."""
