"""The search for layers that exporters take apart, pattern by pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.onnx.pattern_attention import ATTENTION
from orderlint.onnx.pattern_gates import GATES
from orderlint.onnx.pattern_masks import MASKS
from orderlint.onnx.pattern_norms import NORMS
from orderlint.onnx.pattern_recurrent import RECURRENT
from orderlint.onnx.pattern_weights import WEIGHTS
from orderlint.onnx.patterns import Found

if TYPE_CHECKING:
    from orderlint.onnx.program import Program

PATTERNS = (MASKS, GATES, NORMS, WEIGHTS, ATTENTION, RECURRENT)
"""In the order in which they are looked for: attention contains dropouts that masks make."""


def find_layers(program: Program) -> Found:
    """Every layer that can be put together; what one pattern has taken, most later ones leave alone."""
    found = Found(program)
    for patterns in PATTERNS:
        for operator in program.operators:
            for pattern in patterns.get(operator.plain_type, ()):
                layer = pattern(operator, found)
                if layer is not None:
                    found.add(layer)
    return found
