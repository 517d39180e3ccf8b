"""Attributes and small tensors as Python values; the one place that reads these protobuf messages."""

from __future__ import annotations

import struct
from math import prod
from typing import TYPE_CHECKING

from onnx import AttributeProto, GraphProto, TensorProto
from orderlint.onnx.program import UNKNOWN, Constant, constant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orderlint.onnx.program import Scalar

MOST_ELEMENTS = 64
"""Elements of a constant that are looked at: rates, flags, axes and shapes are far smaller."""

MOST_DIMENSIONS = 16
"""Dimensions of a tensor; a claim of more is damage."""

RAW_FORMATS: dict[int, str] = {
    TensorProto.FLOAT: "f",
    TensorProto.DOUBLE: "d",
    TensorProto.FLOAT16: "e",
    TensorProto.INT8: "b",
    TensorProto.INT16: "h",
    TensorProto.INT32: "i",
    TensorProto.INT64: "q",
    TensorProto.UINT8: "B",
    TensorProto.UINT16: "H",
    TensorProto.UINT32: "I",
    TensorProto.UINT64: "Q",
    TensorProto.BOOL: "?",
}
"""Element types as `struct` spells them."""

INTEGER_TYPES = frozenset(RAW_FORMATS) - {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
"""Element types that carry indices, masks and shapes rather than features."""

INTEGER_NAMES = frozenset(
    TensorProto.DataType.Name(each) for each in TensorProto.DataType.values() if each in INTEGER_TYPES
)
"""The same as Cast of opset 1 spells them, which takes a string."""


def text(value: object) -> str:
    """A name of the file as text: protobuf gives bytes where they are no UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def attributes(protos: Iterable[AttributeProto], arguments: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a node by name: numbers, text, tuples of them, constants and graphs.

    `arguments` are those of the function the node stands in; an attribute may refer to one of them.
    """
    found = {}
    for proto in protos:
        if proto.ref_attr_name:
            referred = text(proto.ref_attr_name)
            if referred in arguments:
                found[text(proto.name)] = arguments[referred]
        else:
            found[text(proto.name)] = _value(proto)
    return found


def _value(proto: AttributeProto) -> object:
    read = READERS.get(proto.type or _untold_type(proto))
    return None if read is None else read(proto)


def _untold_type(proto: AttributeProto) -> int:
    """The type of an attribute that does not say it, as in files before 2018."""
    single = ((proto.HasField(name), kind) for name, kind in SINGLE_FIELDS)
    several = ((len(getattr(proto, name)) > 0, kind) for name, kind in REPEATED_FIELDS)
    return next((kind for present, kind in (*single, *several) if present), AttributeProto.UNDEFINED)


SINGLE_FIELDS = (
    ("f", AttributeProto.FLOAT),
    ("i", AttributeProto.INT),
    ("s", AttributeProto.STRING),
    ("t", AttributeProto.TENSOR),
    ("g", AttributeProto.GRAPH),
)
REPEATED_FIELDS = (
    ("floats", AttributeProto.FLOATS),
    ("ints", AttributeProto.INTS),
    ("strings", AttributeProto.STRINGS),
    ("graphs", AttributeProto.GRAPHS),
)


def graphs(values: Mapping[str, object]) -> list[GraphProto]:
    """The graphs among the attributes of a node, in order."""
    found: list[GraphProto] = []
    for value in values.values():
        if isinstance(value, GraphProto):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(each for each in value if isinstance(each, GraphProto))
    return found


def tensor(proto: TensorProto) -> Constant:
    """The shape of a tensor, and its elements if they are few and stand in the file."""
    if len(proto.dims) > MOST_DIMENSIONS or any(size < 0 for size in proto.dims):
        return UNKNOWN
    dims = tuple(proto.dims)
    size = prod(dims)
    elements = _elements(proto) if 0 < size <= MOST_ELEMENTS and not _is_external(proto) else ()
    return constant(dims, elements) if elements and len(elements) == size else Constant(dims)


def _is_external(proto: TensorProto) -> bool:
    return proto.data_location == TensorProto.EXTERNAL


def _elements(proto: TensorProto) -> tuple[Scalar, ...]:
    if proto.raw_data:
        return _raw_elements(proto.raw_data, proto.data_type)
    if proto.data_type == TensorProto.STRING:
        return tuple(text(each) for each in proto.string_data)
    if proto.data_type == TensorProto.BOOL:
        return tuple(bool(each) for each in proto.int32_data)
    if proto.data_type == TensorProto.FLOAT16:
        return tuple(struct.unpack("<e", struct.pack("<H", each & 0xFFFF))[0] for each in proto.int32_data)
    if proto.data_type == TensorProto.BFLOAT16:
        return tuple(_bfloat16(each & 0xFFFF) for each in proto.int32_data)
    stored = (proto.float_data, proto.double_data, proto.int64_data, proto.uint64_data, proto.int32_data)
    return next((tuple(numbers) for numbers in stored if numbers), ())


def _raw_elements(raw: bytes, data_type: int) -> tuple[Scalar, ...]:
    if data_type == TensorProto.BFLOAT16:
        return tuple(_bfloat16(each) for (each,) in struct.iter_unpack("<H", raw[: len(raw) & ~1]))
    letter = RAW_FORMATS.get(data_type)
    if letter is None or len(raw) % struct.calcsize("<" + letter):
        return ()
    return tuple(each for (each,) in struct.iter_unpack("<" + letter, raw))


def _bfloat16(bits: int) -> float:
    """A bfloat16 is the upper half of a float32."""
    value: float = struct.unpack("<f", struct.pack("<I", bits << 16))[0]
    return value


def _numbers(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    return tuple(values)


READERS: dict[int, Callable[[AttributeProto], object]] = {
    AttributeProto.FLOAT: lambda proto: proto.f,
    AttributeProto.INT: lambda proto: proto.i,
    AttributeProto.STRING: lambda proto: text(proto.s),
    AttributeProto.TENSOR: lambda proto: tensor(proto.t),
    AttributeProto.GRAPH: lambda proto: proto.g,
    AttributeProto.FLOATS: lambda proto: _numbers(proto.floats),
    AttributeProto.INTS: lambda proto: _numbers(proto.ints),
    AttributeProto.STRINGS: lambda proto: tuple(text(each) for each in proto.strings),
    AttributeProto.GRAPHS: lambda proto: tuple(proto.graphs),
    AttributeProto.SPARSE_TENSOR: lambda proto: Constant(tuple(proto.sparse_tensor.dims)),
}
"""How the value of an attribute is read, by its type."""
