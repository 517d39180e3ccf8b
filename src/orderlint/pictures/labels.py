"""Labels of layers: what it is with what matters of it, and what its module is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderlint.graph.model import Rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.graph.model import Node
    from orderlint.pictures.outline import Block, Leaf

BY_KIND = frozenset({"add", "concat", "multiply", "matmul", "input", "attention", "drop_path"})
"""Kinds that are called so, whatever the operator."""

SHOWN_KINDS = 4
"""Kinds of layers that the summary of a closed block names."""


def leaf_title(leaf: Leaf) -> str:
    """`Conv2d 3×3 /2, 64→128`: the operator with its sizes, widths or rate."""
    node = leaf.nodes[0]
    sizes = " ".join(_sizes(node))
    rest = ", ".join(part for part in (_widths(leaf.nodes), _rates(leaf.nodes)) if part)
    head = " ".join(part for part in (operator_text(node), sizes) if part)
    return f"{head}, {rest}" if rest and sizes else " ".join(part for part in (head, rest) if part)


def operator_text(node: Node) -> str:
    """The operator as a reader knows it: `Conv2d`, `relu`, `add`."""
    if node.kind in BY_KIND and not node.op.startswith("torch.nn.M"):
        return node.kind.replace("_", " ")
    return re.sub(r"-\d+$", "", node.op.rpartition(".")[2]).strip("_")


def _sizes(node: Node) -> Iterator[str]:
    kernel = node.attrs.get("kernel_size")
    if kernel is not None and node.kind in ("conv", "max_pool", "avg_pool"):
        yield "×".join(map(str, _pair(kernel)))
        stride = node.attrs.get("stride")
        if stride is not None and set(_pair(stride)) != {1}:
            yield "/" + "×".join(map(str, dict.fromkeys(_pair(stride))))
    if node.kind == "conv" and _grouped(node):
        yield "depthwise" if node.attrs.get("groups") == node.attrs.get("in_channels") else "grouped"


def _grouped(node: Node) -> bool:
    groups = node.attrs.get("groups")
    return isinstance(groups, int) and groups > 1


def _pair(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def _widths(nodes: list[Node]) -> str:
    if nodes[0].kind not in ("conv", "linear"):
        return _range(node.attrs.get("num_features") for node in nodes)
    sides = [_range(node.attrs.get(f"{side}_channels") for node in nodes) for side in ("in", "out")]
    return "→".join(sides) if all(sides) else ""


def _rates(nodes: list[Node]) -> str:
    if nodes[0].kind not in ("dropout", "drop_path"):
        return ""
    rate = nodes[0].attrs.get("p")
    if isinstance(rate, Rate):
        return f"p={rate.text}"
    text = _range(node.attrs.get("p") for node in nodes)
    return f"p={text}" if text else ""


def _range(values: Iterable[object]) -> str:
    """One number, or the least and the greatest of several; nothing where one is not known."""
    found = list(values)
    numbers = [value for value in found if isinstance(value, int | float)]
    if len(numbers) < len(found) or not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low:g}" if low == high else f"{low:g}…{high:g}"


def block_title(block: Block, above: str) -> str:
    """Its name; the first and the last one's of a folded block. A number stands behind the title above."""
    first, last = block.names[0], block.names[-1]
    if above and first[:1].isdigit():
        first = f"{above}.{first}"
    return first if block.count == 1 else f"{first} … {last}"


def block_summary(block: Block) -> str:
    """What layers it has: `3 conv, 3 batch_norm, 3 activation`."""
    numbers: dict[str, int] = {}
    for leaf in block.leaves():
        kind = leaf.nodes[0].kind
        numbers[kind] = numbers.get(kind, 0) + len(leaf.nodes) // block.count
    common = sorted(numbers, key=lambda kind: -numbers[kind])[:SHOWN_KINDS]
    words = [f"{numbers[kind]} {kind.replace('_', ' ')}" for kind in numbers if kind in common]
    return ", ".join(words) + (", …" if len(numbers) > SHOWN_KINDS else "")
