"""Constants computed through the operators that exporters put before rates, flags, axes and biases."""

from __future__ import annotations

import pytest

from onnx import TensorProto, helper
from orderlint.onnx.attributes import tensor
from orderlint.onnx.catalogue import load
from orderlint.onnx.flatten import flatten
from orderlint.onnx.program import Constant
from orderlint.onnx.roles import assign_roles

from .build import proto

GIVEN = (
    "float f = {2.5}, int64 i = {7}, int64 zero = {0}, bool t = {1}, int64[3] s = {4, 5, 6},"
    "int64[1] one = {1}, int64[1] two = {2}, float[2,3] m = {1,2,3,4,5,6}, float[2] same = {3, 3},"
    "float minus = {-4}"
)


def folded(body: str, opset: int = 17) -> Constant:
    program = flatten(proto(f"net (float[8,4] x) => (y) <{GIVEN}> {{ {body} }}", opset))
    assign_roles(program, load())
    return program.outputs[0].constant


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("y = Identity(f)", 2.5),
        ("y = Constant<value_int = 3>()", 3),
        ("y = Add(f, f)", 5),
        ("y = Sub(f, i)", -4.5),
        ("y = Div(i, two)", 3),
        ("y = Div(minus, f)", -1.6),
        ("y = Pow(f, f)", 2.5**2.5),
        ("y = Sqrt(f)", 2.5**0.5),
        ("y = Reciprocal(f)", 0.4),
        ("y = Neg(f)", -2.5),
        ("y = Cast<to=7>(f)", 2),
        ("y = Cast<to=1>(i)", 7),
        ("y = Not(t)", 0),
        ("y = Less(f, i)", 1),
        ("y = Equal(f, i)", 0),
        ("y = Max(f, minus)", 2.5),
        ("y = Where(t, f, i)", 2.5),
        ("y = Gather(s, one)", 5),
        ("k = Gather(s, zero) y = Unsqueeze(k, zero)", 4),
        ("k = Shape(x) y = Gather(k, one)", 4),
        ("k = Shape(m) y = Gather(k, one)", 3),
        ("k = Slice(s, one, two) y = Squeeze(k)", 5),
        ("k = Shape(x) y = Expand(f, k)", 2.5),
        ("y = ConstantOfShape<value = float[1] {9}>(s)", 9),
        ("k = Add(same, same) y = Mul(k, f)", 15),
    ],
)
def test_number(body: str, number: float) -> None:
    assert folded(body).number == pytest.approx(number)


@pytest.mark.parametrize(
    "body",
    [
        "y = Div(i, zero)",
        "y = Sqrt(minus)",
        "y = Div(f, zero)",
        "k = Cast<to=1>(i) l = Pow(k, k) n = Pow(l, l) y = Pow(n, n)",
        "a = Mul(i, i) b = Mul(a, a) c = Mul(b, b) d = Mul(c, c) e = Mul(d, d) y = Mul(e, e)",
        "y = Sin(f)",
        "y = Gather(s, i)",
    ],
)
def test_unknown_number(body: str) -> None:
    assert folded(body).number is None


def test_vectors() -> None:
    assert folded("y = Concat<axis=0>(s, one)").integers == (4, 5, 6, 1)
    assert folded("y = Constant<value_ints = [3, 4]>()").integers == (3, 4)
    assert folded("k = Shape(x) y = Concat<axis=0>(k, one)").integers == (8, 4, 1)
    assert folded("y = Mul(s, two)").integers == (8, 10, 12)


def test_shapes() -> None:
    assert folded("y = Transpose(m)").dims == (3, 2)
    assert folded("y = Transpose<perm = [0, 1]>(m)").dims == (2, 3)
    assert folded("y = Transpose<perm = [0, 5]>(m)").dims is None
    assert folded("y = ConstantOfShape(s)").dims == (4, 5, 6)


@pytest.mark.parametrize(
    ("made", "elements"),
    [
        (helper.make_tensor("t", TensorProto.FLOAT, [2], [1, 2]), (1.0, 2.0)),
        (helper.make_tensor("t", TensorProto.FLOAT16, [2], [1, 2]), (1.0, 2.0)),
        (helper.make_tensor("t", TensorProto.BFLOAT16, [2], [1, 2]), (1.0, 2.0)),
        (helper.make_tensor("t", TensorProto.BOOL, [2], [1, 0]), (True, False)),
        (helper.make_tensor("t", TensorProto.DOUBLE, [1], [0.5]), (0.5,)),
        (helper.make_tensor("t", TensorProto.UINT64, [1], [2**63]), (2**63,)),
        (helper.make_tensor("t", TensorProto.STRING, [1], [b"a"]), ("a",)),
        (helper.make_tensor("t", TensorProto.INT64, [1], (5).to_bytes(8, "little"), raw=True), (5,)),
        (helper.make_tensor("t", TensorProto.FLOAT16, [1], b"\x00\x3c", raw=True), (1.0,)),
        (helper.make_tensor("t", TensorProto.BFLOAT16, [1], b"\x80\x3f", raw=True), (1.0,)),
        (helper.make_tensor("t", TensorProto.FLOAT, [0], []), None),
    ],
)
def test_tensors(made: TensorProto, elements: tuple[object, ...] | None) -> None:
    assert tensor(made).elements == elements


def test_tensors_that_lie() -> None:
    short = TensorProto(dims=[3], data_type=TensorProto.FLOAT, float_data=[1.0])
    assert tensor(short) == Constant((3,))
    assert tensor(TensorProto(dims=[-1], data_type=TensorProto.FLOAT)) == Constant()
    assert tensor(TensorProto(dims=[1] * 40)) == Constant()
    odd = TensorProto(dims=[1], data_type=TensorProto.FLOAT, raw_data=b"abc")
    assert tensor(odd) == Constant((1,))
    strange = TensorProto(dims=[1], data_type=77, raw_data=b"abcd")
    assert tensor(strange) == Constant((1,))


def test_a_slice_of_ends_that_are_no_pair_is_unknown() -> None:
    assert folded("none = Slice(s, one, one) y = Slice(s, one, none)").elements is None
