"""The catalogue is complete and agrees with the installed torch."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderlint.graph.catalogue import (
    PAIR_WITH_DIM,
    REQUIRED,
    RESULTS,
    aliases,
    canonical,
    functions,
    kind_of_layer,
    layers,
)
from orderlint.graph.kinds import KINDS

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parent.parent / "benchmarks/make_catalogue.py"

RECURRENT = ("torch.nn.RNN", "torch.nn.LSTM", "torch.nn.GRU")
"""Layers whose constructor takes `*args, **kwargs`: torch states their parameters in words only."""


@pytest.fixture(scope="module")
def make_catalogue() -> ModuleType:
    """The script that keeps the catalogue in step with torch, whose listings of torch the tests share."""
    pytest.importorskip("torch")
    spec = importlib.util.spec_from_file_location("make_catalogue", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_kinds_and_results_are_known() -> None:
    assert {spec.kind for spec in layers().values()} <= KINDS
    assert {spec.kind for spec in functions().values()} <= KINDS
    assert {spec.result for spec in functions().values()} <= RESULTS


def test_names_are_the_keys() -> None:
    assert all(name == spec.name for name, spec in layers().items())
    assert all(name == spec.name for name, spec in functions().items())


def test_bases_are_known() -> None:
    for spec in layers().values():
        assert all(base == "torch.nn.Module" or base in layers() for base in spec.bases), spec


def test_data_parameters_exist() -> None:
    for spec in functions().values():
        names = {name.lstrip("*") for name, _ in spec.params}
        assert set(spec.data) <= names, spec


def test_aliases_lead_to_canonical_names() -> None:
    for alias, name in aliases().items():
        assert alias != name
        assert canonical(name) == name, (alias, name)
        assert alias not in layers()


def test_loading_imports_no_torch() -> None:
    code = (
        "import sys; from orderlint.graph.catalogue import aliases, functions, layers;"
        "aliases(), [*layers().values(), *functions().values()]; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("torch.nn.Conv2d", "conv"),
        ("torch.nn.modules.conv.Conv2d", "conv"),
        ("torch.nn.modules.batchnorm._BatchNorm", "batch_norm"),
        ("torch.nn.LazyInstanceNorm2d", "instance_norm"),
        ("torch.nn.LocalResponseNorm", "other_norm"),
        ("torch.nn.MultiheadAttention", "attention"),
        ("torch.nn.LSTMCell", "rnn"),
        ("torch.nn.ReflectionPad2d", "shape"),
        ("torch.nn.LPPool2d", "avg_pool"),
        ("einops.layers.torch.Rearrange", "shape"),
        ("torch.nn.Sequential", None),
        ("lab.Norm", "layer_norm"),
    ],
)
def test_kind_of_layer(name: str, kind: str | None) -> None:
    assert kind_of_layer(name, {"lab.Norm": "layer_norm"}) == kind


def test_stated_kind_goes_before_the_catalogue() -> None:
    assert (
        kind_of_layer("torch.nn.modules.linear.Identity", {"torch.nn.Identity": "drop_path"}) == "drop_path"
    )


@pytest.mark.parametrize(
    ("name", "kind", "result", "inplace"),
    [
        ("torch.nn.functional.log_softmax", "activation", "tensor", False),
        ("torch.nn.functional.normalize", "other_norm", "tensor", False),
        ("torch.Tensor.add_", "add", "tensor", True),
        ("torch.Tensor.__iadd__", "add", "tensor", True),
        ("torch.Tensor.__invert__", "other", "int", False),
        ("torch.Tensor.__init_subclass__", None, None, None),
        ("torch.Tensor.max", "max_pool", "pair", False),
        ("torch.Tensor.mean", "avg_pool", "tensor", False),
        ("torch.Tensor.bernoulli_", "other", "random", True),
        ("torch.Tensor.__setitem__", "other", "none", True),
        ("torch.Tensor.shape", "other", "shape", False),
        ("torch.Tensor.long", "shape", "int", False),
        ("torch.chunk", "shape", "tensors", False),
        ("torch.nn.init.zeros_", "identity", "tensor", True),
        ("torch.nn.init.calculate_gain", "other", "number", False),
        ("torch.ops.torchvision.deform_conv2d", "conv", "tensor", False),
        ("flash_attn.flash_attn_func", "attention", "tensor", False),
    ],
)
def test_functions(name: str, kind: str | None, result: str | None, inplace: bool | None) -> None:
    spec = functions().get(name)
    found = (spec.kind, spec.result, spec.inplace) if spec else (None, None, None)
    assert found == (kind, result, inplace)


def test_only_reductions_of_values_pair_with_a_dim() -> None:
    assert all(functions()[f"torch.Tensor.{name}"].result == "pair" for name in PAIR_WITH_DIM)


def test_every_leaf_layer_is_present(make_catalogue: ModuleType) -> None:
    assert [name for name in make_catalogue.leaf_layers() if name not in layers()] == []


def test_every_function_is_present(make_catalogue: ModuleType) -> None:
    assert [name for name in make_catalogue.public_functions() if name not in functions()] == []


def test_every_tensor_method_is_present(make_catalogue: ModuleType) -> None:
    assert [name for name in make_catalogue.tensor_methods() if name not in functions()] == []


def test_layers_agree_with_torch(make_catalogue: ModuleType) -> None:
    torch = pytest.importorskip("torch")
    for name, spec in layers().items():
        if not name.startswith("torch.") or name in RECURRENT:
            continue
        layer = make_catalogue.look_up(name)
        assert [make_catalogue.look_up(base) for base in spec.bases] == [
            base for base in layer.__bases__ if base.__module__ not in ("builtins", "typing")
        ], name
        if layer.__init__ is torch.nn.Module.__init__:
            assert spec.params == (), name
            continue
        stated = list(inspect.signature(layer.__init__).parameters.values())[1:]
        assert [n.lstrip("*") for n, _ in spec.params] == [p.name for p in stated], name
        for (_, default), parameter in zip(spec.params, stated, strict=True):
            if default is not ...:
                expected = REQUIRED if parameter.default is parameter.empty else parameter.default
                assert default == expected, (name, parameter)


def test_recurrent_layers_take_what_the_catalogue_states(make_catalogue: ModuleType) -> None:
    for name in RECURRENT:
        optional = {key: default for key, default in layers()[name].params if default is not REQUIRED}
        make_catalogue.look_up(name)(2, 3, **optional)


def test_aliases_agree_with_torch(make_catalogue: ModuleType) -> None:
    for alias, name in aliases().items():
        if alias.startswith("torch.nn.modules."):
            assert make_catalogue.look_up(alias) is make_catalogue.look_up(name), alias


def test_signatures_are_python(make_catalogue: ModuleType) -> None:
    for name in make_catalogue.public_functions():
        ast.parse(f"lambda {make_catalogue.function_signature(name) or ''}: 0")
