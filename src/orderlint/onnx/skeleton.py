"""Which fields of an ONNX file are kept: everything but tensor payloads, documentation and unknown fields.

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from orderlint.onnx.wire import BYTES, FIXED32, FIXED64, VARINT


@dataclass(slots=True, eq=False)
class Message:
    """A message type: its name in the schema and the fields that are kept of it."""

    name: str
    fields: dict[int, Field] = field(default_factory=dict)
    only_keys: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is kept: its wire types, and its message type, or the most bytes of it worth keeping."""

    name: str
    wires: tuple[int, ...]
    message: Message | None = None
    limit: int | None = None


SMALL_PAYLOAD = 256
"""Bytes of tensor payload kept of one tensor: enough for a rate, a flag, a list of axes, a target shape."""

LONGEST_TEXT = 4096
"""Bytes of a string attribute or a documentation string that are worth reading; longer ones are dropped."""

LONGEST_METADATA = 1 << 22
"""Bytes of one metadata value; the signature of a model takes about 100 for each of its parameters."""

Spec: TypeAlias = "dict[int, tuple[str, Message | tuple[int, ...] | str]]"

INT, FLOAT, TEXT = (VARINT,), (FIXED32,), (BYTES,)
INTS = (VARINT, BYTES)

LIMITED = {
    "text": ((BYTES,), LONGEST_TEXT),
    "long text": ((BYTES,), LONGEST_METADATA),
    "bytes": ((BYTES,), SMALL_PAYLOAD),
    "32 bit": ((FIXED32, BYTES), SMALL_PAYLOAD),
    "64 bit": ((FIXED64, BYTES), SMALL_PAYLOAD),
    "varint": ((VARINT, BYTES), SMALL_PAYLOAD),
}
"""Wire types and limits of payload; repeated numbers come packed or one by one."""

PROVENANCE_KEYS = (
    b"pkg.torch.onnx.class_hierarchy",
    b"pkg.torch.onnx.name_scopes",
    b"pkg.torch.onnx.stack_trace",
    b"pkg.onnxscript.rewriter.rule_name",
    b"pkg.torch.export.graph_signature.InputSpec.kind",
    b"pkg.torch.export.ExportedProgram.graph_signature",
)
"""Metadata that says where a node comes from; the rest of it (twice as much) is dropped."""


def _define(message: Message, spec: Spec) -> None:
    for number, (name, content) in spec.items():
        if isinstance(content, Message):
            message.fields[number] = Field(name, TEXT, content)
        elif isinstance(content, str):
            wires, limit = LIMITED[content]
            message.fields[number] = Field(name, wires, limit=limit)
        else:
            message.fields[number] = Field(name, content)


ENTRY = Message("StringStringEntryProto", only_keys=PROVENANCE_KEYS)
_define(ENTRY, {1: ("key", TEXT), 2: ("value", "long text")})

TENSOR, SPARSE = Message("TensorProto"), Message("SparseTensorProto")
_define(
    TENSOR,
    {
        1: ("dims", INTS),
        2: ("data_type", INT),
        4: ("float_data", "32 bit"),
        5: ("int32_data", "varint"),
        6: ("string_data", "bytes"),
        7: ("int64_data", "varint"),
        8: ("name", TEXT),
        9: ("raw_data", "bytes"),
        10: ("double_data", "64 bit"),
        11: ("uint64_data", "varint"),
        14: ("data_location", INT),
    },
)
_define(SPARSE, {1: ("values", TENSOR), 3: ("dims", INTS)})

SHAPE, DIMENSION, TYPE = (
    Message("TensorShapeProto"),
    Message("TensorShapeProto.Dimension"),
    Message("TypeProto"),
)
TENSOR_TYPE, CONTAINER_TYPE = Message("TypeProto.Tensor"), Message("TypeProto.Sequence")
_define(DIMENSION, {1: ("dim_value", INT), 2: ("dim_param", TEXT)})
_define(SHAPE, {1: ("dim", DIMENSION)})
_define(TENSOR_TYPE, {1: ("elem_type", INT), 2: ("shape", SHAPE)})
_define(CONTAINER_TYPE, {1: ("elem_type", TYPE)})
_define(
    TYPE,
    {
        1: ("tensor_type", TENSOR_TYPE),
        4: ("sequence_type", CONTAINER_TYPE),
        8: ("sparse_tensor_type", TENSOR_TYPE),
        9: ("optional_type", CONTAINER_TYPE),
    },
)
VALUE_INFO = Message("ValueInfoProto")
_define(VALUE_INFO, {1: ("name", TEXT), 2: ("type", TYPE), 4: ("metadata_props", ENTRY)})

GRAPH, NODE, ATTRIBUTE = Message("GraphProto"), Message("NodeProto"), Message("AttributeProto")
_define(
    ATTRIBUTE,
    {
        1: ("name", TEXT),
        2: ("f", FLOAT),
        3: ("i", INT),
        4: ("s", "text"),
        5: ("t", TENSOR),
        6: ("g", GRAPH),
        7: ("floats", "32 bit"),
        8: ("ints", "varint"),
        9: ("strings", "text"),
        10: ("tensors", TENSOR),
        11: ("graphs", GRAPH),
        20: ("type", INT),
        21: ("ref_attr_name", TEXT),
        22: ("sparse_tensor", SPARSE),
    },
)
_define(
    NODE,
    {
        1: ("input", TEXT),
        2: ("output", TEXT),
        3: ("name", TEXT),
        4: ("op_type", TEXT),
        5: ("attribute", ATTRIBUTE),
        6: ("doc_string", "text"),
        7: ("domain", TEXT),
        8: ("overload", TEXT),
        9: ("metadata_props", ENTRY),
    },
)
_define(
    GRAPH,
    {
        1: ("node", NODE),
        2: ("name", TEXT),
        5: ("initializer", TENSOR),
        11: ("input", VALUE_INFO),
        12: ("output", VALUE_INFO),
        13: ("value_info", VALUE_INFO),
        15: ("sparse_initializer", SPARSE),
        16: ("metadata_props", ENTRY),
    },
)

OPERATOR_SET, FUNCTION, MODEL = Message("OperatorSetIdProto"), Message("FunctionProto"), Message("ModelProto")
_define(OPERATOR_SET, {1: ("domain", TEXT), 2: ("version", INT)})
_define(
    FUNCTION,
    {
        1: ("name", TEXT),
        4: ("input", TEXT),
        5: ("output", TEXT),
        6: ("attribute", TEXT),
        7: ("node", NODE),
        9: ("opset_import", OPERATOR_SET),
        10: ("domain", TEXT),
        11: ("attribute_proto", ATTRIBUTE),
        13: ("overload", TEXT),
    },
)
_define(
    MODEL,
    {
        1: ("ir_version", INT),
        2: ("producer_name", TEXT),
        3: ("producer_version", TEXT),
        7: ("graph", GRAPH),
        8: ("opset_import", OPERATOR_SET),
        14: ("metadata_props", ENTRY),
        25: ("functions", FUNCTION),
    },
)
