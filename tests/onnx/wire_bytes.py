"""Protobuf bytes by hand, for files that no library would write."""

from __future__ import annotations

MODEL_GRAPH, GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT = 7, 1, 5, 11
NODE_OP, NODE_ATTRIBUTE, ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH, TENSOR_RAW = 4, 5, 5, 6, 9


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, content: bytes, claim: int | None = None) -> bytes:
    """A length-delimited field, which may claim another length than it has."""
    return varint(field << 3 | 2) + varint(len(content) if claim is None else claim) + content


def model(graph: bytes) -> bytes:
    return number(1, 8) + block(MODEL_GRAPH, graph)
