"""The protobuf wire format: fields of a message, found in place, with the offset of whatever is wrong.

The format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

WIRE_NAMES = {VARINT: "a number", FIXED64: "a 64-bit value", BYTES: "bytes", FIXED32: "a 32-bit value"}

LONGEST_VARINT = 10
"""A 64-bit number takes at most ten bytes of seven bits; a longer one is damage."""


class WireError(Exception):
    """The bytes at `offset` are not what the format asks for."""

    def __init__(self, offset: int, problem: str) -> None:
        self.offset, self.problem = offset, problem
        super().__init__(f"{problem} (at byte {offset})")


def varint(data: memoryview, position: int, end: int) -> tuple[int, int]:
    """The number at `position` and the position after it."""
    value = 0
    for index in range(LONGEST_VARINT):
        if position + index >= end:
            raise WireError(position, "the data ends inside a number")
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise WireError(position, f"a number is longer than {LONGEST_VARINT} bytes")


def fields(data: memoryview, position: int, end: int) -> Iterator[tuple[int, int, int, int, int]]:
    """The fields of the message in `data[position:end]`: number, wire type, start of tag, value and next.

    Raises:
        WireError: a field is malformed or ends past `end`.
    """
    while position < end:
        start = position
        tag = data[position]
        if tag < 0x80:
            position += 1
        else:
            tag, position = varint(data, position, end)
        wire = tag & 7
        if wire == BYTES:
            length = data[position] if position < end else 0x80
            if length < 0x80:
                position += 1
            else:
                length, position = varint(data, position, end)
            stop = position + length
        else:
            stop = _end_of_value(data, wire, start, position, end)
        if stop > end:
            raise WireError(start, f"field {tag >> 3} runs {stop - end} bytes past the end of its message")
        if not tag >> 3:
            raise WireError(start, "field number 0 does not exist")
        yield tag >> 3, wire, start, position, stop
        position = stop


def _end_of_value(data: memoryview, wire: int, start: int, position: int, end: int) -> int:
    if wire == VARINT:
        return varint(data, position, end)[1]
    if wire == FIXED32:
        return position + 4
    if wire == FIXED64:
        return position + 8
    raise WireError(start, f"wire type {wire} does not occur in ONNX files")


def write_varint(value: int, out: bytearray) -> None:
    """Append a number."""
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
