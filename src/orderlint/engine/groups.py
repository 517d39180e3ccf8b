"""The words rules use for layers: kinds, groups of kinds, and groups of operators within a kind.

A selector in a rule is one of
    `conv`                    a canonical kind,
    `weight`                  a group of kinds,
    `activation:saturating`   the layers of a kind whose operator belongs to a group,
    `residual_join`           a place in the graph that the engine works out (see `orderlint.engine.view`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from orderlint.graph.kinds import DROPOUT, JOIN, KINDS, NORM, POOL, SAMPLE_NORM, WEIGHT

if TYPE_CHECKING:
    from orderlint.graph.model import Node

FROZEN_BATCH_NORM = "frozen_batch_norm"
"""A batch norm that never works on batch statistics: an affine map, no norm."""

INACTIVE_DROPOUT = "inactive_dropout"
"""A dropout that is never on, or whose rate is known to be 0."""

KIND_GROUPS: dict[str, frozenset[str]] = {
    "weight": WEIGHT,
    "norm": NORM,
    "sample_norm": SAMPLE_NORM,
    "pool": POOL,
    "join": JOIN,
    "transparent": frozenset({"shape", "identity", INACTIVE_DROPOUT}),
    "any_dropout": DROPOUT | {INACTIVE_DROPOUT},
}

OP_GROUPS: dict[str, frozenset[str]] = {
    "relu": frozenset({"relu", "relu6"}),
    "relu_like": frozenset({"relu", "leakyrelu", "prelu", "rrelu"}),
    "half_normal": frozenset({"relu", "relu6"}),
    "saturating": frozenset({"sigmoid", "tanh", "hardsigmoid", "hardtanh", "softsign"}),
    "softmax": frozenset({"softmax", "logsoftmax", "softmax2d"}),
    "log_softmax": frozenset({"logsoftmax"}),
    "sigmoid": frozenset({"sigmoid"}),
    "glu": frozenset({"glu"}),
    "softplus": frozenset({"softplus"}),
    "cross_entropy": frozenset({"crossentropyloss", "crossentropy", "softmaxcrossentropyloss"}),
    "bce_with_logits": frozenset({"bcewithlogitsloss", "binarycrossentropywithlogits"}),
    "elementwise": frozenset({"dropout"}),
    "global": frozenset({"globalaveragepool", "globalmaxpool"}),
    "dropout": frozenset(
        {"dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "featurealphadropout"}
    ),
}
"""Operators by what they do, as `operator_key` spells them."""

PLACES = frozenset({"residual_join", "residual_fork", "on_residual", "on_shortcut", "output"})
"""Labels that say where in the graph a layer stands, worked out by `orderlint.engine.view`."""

EFFECTIVE_KINDS = KINDS | {FROZEN_BATCH_NORM, INACTIVE_DROPOUT}


@lru_cache(maxsize=4096)
def operator_key(op: str) -> str:
    """The operator's bare name: `torch.nn.functional.leaky_relu_` and `LeakyRelu-16` agree."""
    return re.sub(r"-\d+$", "", op.rsplit(".", 1)[-1]).replace("_", "").lower()


def effective_kind(node: Node) -> str:
    """The kind a layer has in training: a batch norm or dropout that is never on is none."""
    if node.kind == "batch_norm" and node.attrs.get("training") == "never":
        return FROZEN_BATCH_NORM
    if node.kind == "dropout" and (node.attrs.get("training") == "never" or node.attrs.get("p") == 0):
        return INACTIVE_DROPOUT
    return node.kind


@lru_cache(maxsize=4096)
def labels_of(kind: str, op: str) -> frozenset[str]:
    """Every selector that fits a layer of this effective kind and operator, groups of kinds aside."""
    key = operator_key(op)
    return frozenset({kind, *(f"{kind}:{group}" for group, ops in OP_GROUPS.items() if key in ops)})


def expand(selector: str) -> frozenset[str]:
    """The labels a selector stands for.

    Raises:
        KeyError: it names no kind, group or place.
    """
    if selector in EFFECTIVE_KINDS or selector in PLACES:
        return frozenset({selector})
    if selector in KIND_GROUPS:
        return KIND_GROUPS[selector]
    kind, colon, group = selector.partition(":")
    if colon and kind in EFFECTIVE_KINDS and group in OP_GROUPS:
        return frozenset({selector})
    raise KeyError(selector)


def selector_names() -> list[str]:
    """Every selector, for suggestions."""
    plain = [*EFFECTIVE_KINDS, *KIND_GROUPS, *PLACES]
    return sorted(
        [*plain, *(f"{kind}:{group}" for kind in ("activation", "loss", "dropout") for group in OP_GROUPS)]
    )
