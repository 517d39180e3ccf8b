"""Every rule that a graph can carry, on a graph that it reports and on a twin that it does not.

In the bodies, `x` is an image of 4 channels and `v` a vector of 4 features; `w` is a 1×1 and `k` a 3×3
convolution of 4 to 4 channels, `m` a matrix of 4 by 4, `s` a vector of 4 numbers, `p` a rate of 0.5 and `on`
a true training mode.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from onnx import numpy_helper
from orderlint.engine.check import check
from orderlint.engine.loader import load_rules

from .build import lowered, proto

CONSTANTS = {
    "w": np.ones((4, 4, 1, 1), np.float32),
    "k": np.ones((4, 4, 3, 3), np.float32),
    "m": np.ones((4, 4), np.float32),
    "s": np.ones(4, np.float32),
    "p": np.array(0.5, np.float32),
    "low": np.array(0.0, np.float32),
    "on": np.array(True),
    "axes": np.array([2, 3], np.int64),
}
HEAD = "net (float[2,4,8,8] x, float[2,4] v) => (y)"
SHORT = {"BN": "BatchNormalization <training_mode = 1>", "DROP": "Dropout"}
"""`y = BN(x)` and `y = DROP(x)` with their parameters."""

CASES: dict[str, list[tuple[str, str]]] = {
    "OL101": [
        ("a = DROP(x) y = BN(a)", "a = BN(x) y = DROP(a)"),
        ("a = DROP(x) b = Relu(a) c = Add(b, x) y = BN(c)", "a = DROP(x) b = Conv(a, w) y = BN(b)"),
        ("a = DROP(x) b = Concat <axis = 1> (a, a) y = BN(b)", "a = Dropout(x, low, on) y = BN(a)"),
        ("a = DROP(x) y = BN(a)", "a = Dropout(x, p) y = BN(a)"),
    ],
    "OL102": [
        ("a = DROP(x) b = Conv(a, k) y = BN(b)", "a = DROP(x) y = BN(a)"),
        ("a = DROP(v) b = Gemm(a, m, s) y = BN(b)",
         "a = DROP(v) b = LayerNormalization(a, s) c = Gemm(b, m) y = BN(c)"),
    ],
    "OL125": [
        ("a = DROP(x) b = Relu(a) y = DROP(b)", "a = DROP(x) b = Conv(a, w) y = DROP(b)"),
        ("a = DROP(x) y = DROP(a)", "a = DROP(x) y = Dropout(a, p)"),
    ],
    "OL126": [("a = BN(x) b = DROP(a) y = Tanh(b)", "a = BN(x) b = Tanh(a) y = DROP(b)")],
    "OL203": [
        (
            "a = Conv(x, k) b = BN(a) c = Relu(b) d = DROP(c) e = Conv(d, k) y = Add(e, x)",
            "a = Conv(x, k) b = BN(a) c = Relu(b) e = Conv(c, k) f = Add(e, x) y = DROP(f)",
        )
    ],
    "OL204": [
        (
            "a = Conv(x, k) b = Add(a, x) c = BN(b) d = Conv(c, k) y = Add(d, c)",
            "a = Conv(x, k) b = Add(a, x) c = BN(b) d = Conv(c, k) y = Add(d, b)",
        )
    ],
    "OL301": [
        ("a = Conv(x, k, s) y = BN(a)", "a = Conv(x, k) y = BN(a)"),
        ("a = Gemm(v, m, s) y = BN(a)", "a = Gemm(v, m, s) b = Relu(a) y = BN(b)"),
        ("a = MatMul(v, m) b = Add(a, s) y = BN(b)", "a = MatMul(v, m) y = BN(a)"),
        ("a = Conv(x, k, s) y = BN(a)", "a = Conv(x, k, s) b = BN(a) y = Add(a, b)"),
    ],
    "OL303": [
        ("a = Conv(x, k) b = Relu(a) y = BN(b)", "a = Conv(x, k) b = BN(a) y = Relu(b)"),
        ("a = Gemm(v, m) b = Sigmoid(a) y = BN(b)", "a = Gemm(v, m) b = BN(a) y = Sigmoid(b)"),
    ],
    "OL304": [
        ("a = LayerNormalization(v, s) y = LayerNormalization(a, s)",
         "a = LayerNormalization(v, s) b = Gemm(a, m) y = LayerNormalization(b, s)"),
        ("a = InstanceNormalization(x, s, s) y = BN(a)",
         "a = InstanceNormalization(x, s, s) b = Conv(a, w) y = BN(b)"),
    ],
    "OL305": [("a = Gemm(v, m) y = BN(a)", "a = BN(v) y = Gemm(a, m)")],
    "OL306": [
        ("a = GlobalAveragePool(x) b = Flatten(a) y = BN(b)", "a = BN(x) y = GlobalAveragePool(a)"),
        ("a = ReduceMean <axes = [2, 3]> (x) y = BN(a)",
         "a = ReduceMean <axes = [2, 3]> (x) b = Gemm(a, m) y = BN(b)"),
    ],
    "OL404": [
        ("a = Gemm(v, m) b = Relu(a) y = Softmax(b)", "a = Gemm(v, m) y = Softmax(a)"),
        ("a = Gemm(v, m) b = Relu(a) y = LogSoftmax(b)", "a = Relu(v) b = Gemm(a, m) y = LogSoftmax(b)"),
    ],
    "OL405": [
        ("a = Relu(x) y = Relu(a)", "a = Relu(x) b = Conv(a, w) y = Relu(b)"),
        ("a = Sigmoid(x) y = Tanh(a)", "a = Sigmoid(x) b = Add(a, x) y = Tanh(b)"),
    ],
    "OL406": [
        ("a = Gemm(v, m, s) y = Gemm(a, m, s)", "a = Gemm(v, m, s) b = Relu(a) y = Gemm(b, m, s)"),
        ("a = Conv(x, k) y = Conv(a, k)", "a = Conv(x, k) y = Conv(a, w)"),
    ],
    "OL114": [
        ("a = BatchNormalization(x, s, s, s, s) y = DROP(a)", "a = BN(x) y = DROP(a)"),
        ("a = BatchNormalization(x, s, s, s, s) y = DROP(a)",
         "a = BatchNormalization(x, s, s, s, s) y = Dropout(a, p)"),
    ],
    "OL901": [("y = Conv(x, k)", "y = Relu(x)"),
              ("a = Conv(x, k) y = Dropout(a, p)", "a = Conv(x, k) y = DROP(a)")],
}  # fmt: skip


NAMED = (
    "OL101", "OL102", "OL125", "OL126", "OL203", "OL204", "OL301", "OL303", "OL304", "OL305", "OL306",
    "OL404", "OL405", "OL406",
)  # fmt: skip
"""The rules that speak of nothing but layers and the data between them."""


def reports(code: str, body: str) -> bool:
    body = re.sub(r"BN\((\w+)\)", rf"{SHORT['BN']} (\1, s, s, s, s)", body)
    body = re.sub(r"DROP\((\w+)\)", rf"{SHORT['DROP']}(\1, p, on)", body)
    model = proto(f"{HEAD} {{ {body} }}")
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in CONSTANTS.items())
    (rule,) = (rule for rule in load_rules() if rule.code == code)
    return bool(check(lowered(model), [rule]))


@pytest.mark.parametrize(("code", "bad", "good"), [(code, *case) for code in CASES for case in CASES[code]])
def test_a_graph_and_its_twin(code: str, bad: str, good: str) -> None:
    assert reports(code, bad)
    assert not reports(code, good)


def test_the_rules_that_graphs_carry_have_cases() -> None:
    assert set(NAMED) <= CASES.keys()
