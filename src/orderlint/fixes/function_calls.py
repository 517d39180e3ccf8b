"""Call the function where a module class was called with a tensor: `nn.ReLU(x)` → `F.relu(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.changes import NotCleanError
from orderlint.fixes.names import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.fixes.case import Case
    from orderlint.fixes.changes import Change

FUNCTIONAL = {
    "CELU": "celu",
    "ELU": "elu",
    "GELU": "gelu",
    "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish",
    "Hardtanh": "hardtanh",
    "LeakyReLU": "leaky_relu",
    "LogSigmoid": "logsigmoid",
    "Mish": "mish",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanhshrink": "tanhshrink",
}
"""Functions of `torch.nn.functional` that do by default what a module does by default."""

OF_TORCH = {"Sigmoid": "sigmoid", "Tanh": "tanh"}
"""The same in `torch` itself."""


def call_function(case: Case) -> Iterator[Change]:
    """`nn.ReLU(x)` → `F.relu(x)`."""
    file, fragment, call = case.call(case.diagnostic.place)
    func = call.func
    if (
        not isinstance(func, cst.Attribute)
        or len(call.args) != 1
        or call.args[0].star
        or call.args[0].keyword
    ):
        raise NotCleanError("not plainly called by its name in torch.nn, with a tensor")
    name = func.attr.value
    module, table = ("torch", OF_TORCH) if name in OF_TORCH else ("torch.nn.functional", FUNCTIONAL)
    if name not in table:
        raise NotCleanError("no function does the same")
    prefix, imports = name_of(file, module)
    yield from imports
    yield fragment.change(*fragment.outer(func), f"{prefix}.{table[name]}")
