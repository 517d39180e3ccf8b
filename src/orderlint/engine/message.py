"""Messages: templates with the names of the actual layers put in.

`{role}` is a layer of the path, `{role.attr}` one of its attributes, `{through}` the path between the first
anchor and the last, `{quantity}` the rule's quantity in words, `{fact}` the subject of a fact and
`{fact.attr}` an attribute of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderlint.engine.groups import KIND_GROUPS, operator_key
from orderlint.graph.kinds import NORM, WEIGHT
from orderlint.graph.model import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orderlint.graph.model import Condition, Literal, Node

PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?\}")
SHOWN_BETWEEN = 6
"""Layers between the anchors that a message spells out; of a longer path, the first and last three."""

CALLED_BY_KIND = frozenset({"dropout", "batch_norm", "attention"})
"""Kinds that messages name beside the layer's own name."""

SILENT = KIND_GROUPS["transparent"]


def placeholders(template: str) -> list[str]:
    """The subjects a template speaks of."""
    return [match.group(1) for match in PLACEHOLDER.finditer(template)]


def fill(template: str, word: Callable[[str, str | None], str]) -> str:
    """The template with each placeholder replaced by its words."""
    return PLACEHOLDER.sub(lambda match: word(match.group(1), match.group(2)), template)


def short_op(op: str) -> str:
    """The operator as users write it: `F.dropout`, `nn.Dropout2d`."""
    return op.replace("torch.nn.functional.", "F.").replace("torch.nn.", "nn.")


def layer_name(node: Node) -> str:
    """A layer's name as users know it, in backticks: the path of its module, or the name of its node."""
    if node.built is None and node.attrs.get("functional"):
        return f"`{short_op(node.op)}` in `{node.name}`" if node.name else f"`{short_op(node.op)}`"
    path = node.attrs.get("module_path")
    if not path or "is_module" not in node.attrs:
        return f"`{node.name or short_op(node.op)}`"
    return f"`{path}`" if node.attrs["is_module"] else f"`{node.name}` in `{path}`"


def layer_words(node: Node) -> str:
    """A layer's name, with its rate if it is a dropout whose rate is known or has a name, and with its class
    if it has nothing but a number in its container: `features.3` (ReLU).
    """
    rate = node.attrs.get("p")
    if node.kind in ("dropout", "attention") and rate is not None:
        default = f", default {rate.default:g}" if isinstance(rate, Rate) and rate.default else ""
        return f"{layer_name(node)} (p={attribute_words(rate)}{default})"
    last = node.name.rpartition(".")[2]
    if last.isdigit() and node.built is not None and node.kind not in CALLED_BY_KIND:
        return f"{layer_name(node)} ({node.op.rpartition('.')[2]})"
    return layer_name(node)


def attribute_words(value: object) -> str:
    if isinstance(value, Rate):
        return value.text
    return f"{value:g}" if isinstance(value, float) else str(value)


def through_words(nodes: Iterable[Node]) -> str:
    """The layers between two anchors: `directly`, or `through relu → `conv2``."""
    words = [_between_word(node) for node in nodes if node.kind not in SILENT]
    if len(words) > SHOWN_BETWEEN:
        words = [*words[:3], "…", *words[-3:]]
    return f"through {' → '.join(words)}" if words else "directly"


def _between_word(node: Node) -> str:
    if node.kind in WEIGHT | NORM and node.name and not node.attrs.get("functional"):
        return layer_words(node)
    return operator_key(node.op) if node.kind in ("activation", "other") and node.op else node.kind


def condition_words(condition: Condition) -> str:
    """`, when drop_rate > 0, which is off by default`; empty for what always holds.

    Tests that a loop of unknown length makes anew in each turn are not spelled out.
    """
    atoms = " and ".join(
        f"`{literal}`" for literal in sorted(condition.literals, key=_by_text) if not literal.turn
    )
    words = f", when {atoms}" if atoms else ""
    if condition.holds_by_default is False:
        words += ", which is off by default"
    return words + (", in some turns of a loop" if condition.depends_on_turn else "")


def _by_text(literal: Literal) -> tuple[str, bool]:
    return literal.text, literal.negated


def condition_text(condition: Condition) -> str | None:
    """The condition as a diagnostic carries it; None for what always holds."""
    return " and ".join(str(literal) for literal in sorted(condition.literals, key=_by_text)) or None
