"""Rates and modes of Dropout and BatchNormalization in every version of the operators."""

from __future__ import annotations

import pytest

from .build import facts, graph, one

NET = """
net (float[2,4] x{inputs}) => (float[2,4] y) <{constants}>
{{
  {before}
  y = Dropout{attributes}(x{operands})
}}
"""


def dropout(
    attributes: str = "",
    operands: str = "",
    constants: str = "",
    before: str = "",
    inputs: str = "",
    opset: int = 13,
) -> tuple[object, object, str]:
    body = NET.format(
        attributes=attributes, operands=operands, constants=constants, before=before, inputs=inputs
    ).replace("<>", "")
    node = one(graph(body, opset), "dropout")
    return node.attrs["p"], node.attrs["training"], node.op


@pytest.mark.parametrize(
    ("opset", "attributes", "expected"),
    [
        (1, "<ratio=0.25>", (0.25, "train", "Dropout-1")),
        (1, "<ratio=0.25, is_test=1>", (0.25, "never", "Dropout-1")),
        (6, "<is_test=0>", (0.5, "train", "Dropout-6")),
        (6, "<ratio=0.1, is_test=1>", (0.1, "never", "Dropout-6")),
        (7, "<ratio=0.4>", (0.4, "train", "Dropout-7")),
        (10, "", (0.5, "train", "Dropout-10")),
        (11, "<ratio=0.3>", (0.3, "train", "Dropout-10")),
        (12, "", (0.5, "never", "Dropout-12")),
        (13, "<seed=1>", (0.5, "never", "Dropout-13")),
    ],
)
def test_dropout_by_attributes(opset: int, attributes: str, expected: tuple[object, object, str]) -> None:
    assert dropout(attributes, opset=opset) == expected


RATE, ON = "float r = {0.3}", "bool t = {1}"


@pytest.mark.parametrize(
    ("operands", "constants", "before", "expected"),
    [
        (", r, t", f"{RATE}, {ON}", "", (0.3, "train")),
        (", r, t", f"{RATE}, bool t = {{0}}", "", (0.3, "never")),
        (", r", RATE, "", (0.3, "never")),
        (", , t", ON, "", (0.5, "train")),
        (", r, t", ON, "r = Constant<value = float {0.3}>()", (0.3, "train")),
        (", r, t", ON, "r = Constant<value_float = 0.3>()", (0.3, "train")),
        (", i, t", f"{RATE}, {ON}", "i = Identity(r)", (0.3, "train")),
        (", c, t", f"double r = {{0.3}}, {ON}", "c = Cast<to=1>(r)", (0.3, "train")),
        (", c, t", f"float k = {{0.7}}, float one = {{1}}, {ON}", "c = Sub(one, k)", (0.3, "train")),
        (", r, c", f"{RATE}, int64 i = {{1}}", "c = Cast<to=9>(i)", (0.3, "train")),
        (", r, n", f"{RATE}, {ON}", "n = Not(t)", (0.3, "never")),
        (", q, t", f"float[1] r = {{0.3}}, {ON}", "q = Squeeze(r)", (0.3, "train")),
    ],
)
def test_dropout_by_inputs(
    operands: str, constants: str, before: str, expected: tuple[object, object]
) -> None:
    assert dropout("", operands, constants, before)[:2] == expected


def test_rate_and_mode_given_at_run_time() -> None:
    assert dropout("", ", r, t", inputs=", float r, bool t")[:2] == (None, "train")


BATCH_NORM = """
net (float[2,4] x, float[4] s, float[4] b, float[4] m, float[4] v) => (float[2,4] y)
{{
  y{more} = BatchNormalization{attributes}(x, s, b, m, v)
}}
"""


@pytest.mark.parametrize(
    ("opset", "attributes", "more", "training", "op"),
    [
        (1, "<consumed_inputs=[0], is_test=1>", "", "never", "BatchNormalization-1"),
        (6, "", "", "train", "BatchNormalization-6"),
        (6, "<is_test=1>", "", "never", "BatchNormalization-6"),
        (7, "", "", "never", "BatchNormalization-7"),
        (9, "", ", mean, var, a, c", "train", "BatchNormalization-9"),
        (14, "", "", "never", "BatchNormalization-14"),
        (14, "<training_mode=1>", ", mean, var", "train", "BatchNormalization-14"),
        (17, "<training_mode=0>", "", "never", "BatchNormalization-15"),
        (22, "<training_mode=1>", ", mean, var", "train", "BatchNormalization-15"),
    ],
)
def test_batch_norm(opset: int, attributes: str, more: str, training: str, op: str) -> None:
    model = graph(BATCH_NORM.format(attributes=attributes, more=more), opset)
    node = one(model, "batch_norm")
    assert (node.attrs["training"], node.op, node.attrs["num_features"]) == (training, op, 4)
    assert model.graph.predecessors[node.id] == [0]


def test_a_graph_that_keeps_modeless_dropouts_leaves_the_mode_of_its_batch_norms_open() -> None:
    body = """
    net (float[2,4] x) => (float[2,4] y) <float[4] s = {1,1,1,1}>
    {
      d = Dropout<ratio=0.5>(x)
      y = BatchNormalization(d, s, s, s, s)
    }
    """
    model = graph(body, 9)
    assert one(model, "batch_norm").attrs["training"] == "train"
    assert not model.facts


def test_active_dropout_beside_inference_batch_norm() -> None:
    body = """
    net (float[2,4] x) => (float[2,4] y)
      <float[4] s = {1,1,1,1}, float r = {0.5}, bool t = {1}, float[4,1] w = {1,1,1,1}>
    {
      [fc] h = MatMul(x, w)
      [bn] n = BatchNormalization(h, s, s, s, s)
      [drop] y = Dropout(n, r, t)
    }
    """
    model = graph(body)
    assert one(model, "dropout").attrs["training"] == "always"
    assert facts(model) == ["active_dropout_in_inference_graph"]
    assert (model.facts[0].name, model.facts[0].attrs["batch_norm"]) == ("drop", "bn")
