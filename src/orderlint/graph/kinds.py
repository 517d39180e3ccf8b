"""The canonical kinds of layer applications, and the groups of them that rules speak of."""

from __future__ import annotations

WEIGHT = frozenset({"conv", "linear", "rnn", "attention", "matmul"})
"""Kinds that mix channels with weights (or with another tensor, `matmul`)."""

NORM = frozenset({"batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "other_norm"})

SAMPLE_NORM = NORM - {"batch_norm"}
"""Norms that renormalise each sample in both modes, and so end a variance shift."""

DROPOUT = frozenset({"dropout"})
POOL = frozenset({"max_pool", "avg_pool"})
JOIN = frozenset({"add", "concat", "multiply"})

KINDS = (
    WEIGHT
    | NORM
    | DROPOUT
    | POOL
    | JOIN
    | frozenset(
        {
            "activation",  # softmax and log_softmax too; `op` tells them apart
            "identity",  # changes nothing in training: a dropout whose rate is known to be 0
            "drop_path",
            "embedding",
            "shape",  # view, transpose, slice, cast, pad: moves values, changes none (pad adds constants)
            "scale",  # one tensor scaled or shifted by parameters or constants
            "resize",
            "reduce",  # sum, max over an axis and the like that are no pooling layers
            "loss",
            "input",
            "other",
        }
    )
)
