"""A configured order of the layers between two weight layers, as one match for each pair of slots."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from orderlint.engine.groups import KIND_GROUPS, expand
from orderlint.engine.schema import Between, LayerPattern, Match
from orderlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SLOTS: dict[str, frozenset[str]] = {
    "norm": expand("norm"),
    "activation": expand("activation"),
    "dropout": expand("dropout"),
    "pool": expand("pool"),
}
WEIGHT_LAYERS = expand("conv") | expand("linear")
ROLES = frozenset({"weight", "first", "second"})
IN_ORDER = frozenset().union(*SLOTS.values()) | KIND_GROUPS["transparent"]


def check_order(order: Sequence[str]) -> None:
    """Refuse an order with an unknown or repeated slot.

    Raises:
        UsageError: it has one.
    """
    for slot in order:
        if slot not in SLOTS:
            raise UsageError(f"order: {slot!r} is none of {', '.join(SLOTS)}")
    if len(set(order)) < len(order):
        raise UsageError(f"order: {', '.join(order)} says a slot twice")


def order_matches(order: Sequence[str]) -> Iterator[Match]:
    """The matches for a layer that comes right before one that should come earlier, behind a weight layer."""
    check_order(order)
    for earlier, later in combinations(order, 2):
        layers = (
            LayerPattern("weight", WEIGHT_LAYERS),
            LayerPattern("first", SLOTS[later], between=Between(only=IN_ORDER)),
            LayerPattern("second", SLOTS[earlier], between=Between(only=KIND_GROUPS["transparent"])),
        )
        yield Match(layers=layers)
