"""The structure of an ONNX file without its weights: one walk over the wire format, in place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.onnx.skeleton import ENTRY, MODEL
from orderlint.onnx.wire import BYTES, WIRE_NAMES, WireError, fields, write_varint

if TYPE_CHECKING:
    from orderlint.onnx.skeleton import Field, Message

DEEPEST = 90
"""Nested messages before a file is refused; protobuf itself gives up at 100, real models stay below 20."""

SMALL_MESSAGE = 384
"""Bytes up to which a message is copied whole: looking for payload in it costs more than it can save."""

LONGEST_NAME = 1 << 20
"""Bytes of one name or other short field; a longer one is damage, no name."""

MOST_MESSAGES = 500_000
"""Nodes, tensors and the like of one file; the largest models exported today have a tenth of it."""


def strip(data: memoryview, *, strict: bool = False) -> bytearray:
    """The model in `data` as a protobuf message without tensor payloads, documentation and unknown fields.

    `strict` looks into every message, small ones too, so that damage is found at its very place.

    Raises:
        WireError: the bytes are no model.
    """
    return Stripper(data, 0 if strict else SMALL_MESSAGE).strip(0, len(data), MODEL, 0)


@dataclass(slots=True)
class Stripper:
    """The walk over one file: messages of up to `small` bytes are copied whole."""

    data: memoryview
    small: int
    messages: int = 0

    def strip(
        self, start: int, end: int, message: Message, depth: int, without: frozenset[int] = frozenset()
    ) -> bytearray:
        """The kept fields of the message in `data[start:end]`, save those `without` is asked for."""
        if depth > DEEPEST:
            raise WireError(start, f"messages are nested more than {DEEPEST} deep")
        data, small, known = self.data, self.small, message.fields
        out, spent = bytearray(), Counter[int]()
        pending = done = start  # data[pending:done] is to be copied as it is
        for number, wire, tag, position, stop in fields(data, start, end):
            field = known.get(number)
            if field is not None and field.limit is not None:
                spent[number] += stop - position
            keep = field is not None and _is_kept(field, message, wire, tag, stop - position)
            keep = keep and number not in without
            nested = field.message if keep and field is not None else None
            if nested is None:
                whole = keep
            else:
                self._count(tag, nested)
                whole = stop - position <= small and nested is not ENTRY
            if not whole:
                out += data[pending:done]
                pending = stop
                if nested is not None and (nested is not ENTRY or self._is_read(position, stop)):
                    _append(out, number, self.strip(position, stop, nested, depth + 1))
            done = stop
        out += data[pending:done]
        large = frozenset(number for number, size in spent.items() if size > (known[number].limit or 0))
        return self.strip(start, end, message, depth, large) if large - without else out

    def _count(self, offset: int, message: Message) -> None:
        self.messages += message is not ENTRY
        if self.messages > MOST_MESSAGES:
            raise WireError(offset, f"the file holds more than {MOST_MESSAGES} nodes and tensors")

    def _is_read(self, start: int, end: int) -> bool:
        """Whether a metadata entry has a key that is read."""
        longest = max(map(len, ENTRY.only_keys))
        for number, wire, _, position, stop in fields(self.data, start, end):
            if number == 1 and wire == BYTES:
                return stop - position <= longest and bytes(self.data[position:stop]) in ENTRY.only_keys
        return False


def _is_kept(field: Field, message: Message, wire: int, tag: int, size: int) -> bool:
    """Whether a field of `size` bytes is worth keeping."""
    if wire not in field.wires:
        expected = " or ".join(WIRE_NAMES[each] for each in field.wires)
        raise WireError(tag, f"{message.name}.{field.name} is {WIRE_NAMES[wire]}, expected {expected}")
    if field.message is None and field.limit is None and size > LONGEST_NAME:
        raise WireError(tag, f"{message.name}.{field.name} is {size} bytes long")
    return field.limit is None or size <= field.limit


def _append(out: bytearray, number: int, content: bytearray) -> None:
    write_varint(number << 3 | BYTES, out)
    write_varint(len(content), out)
    out += content
