"""Targets on the command line: `pkg.module:factory` built for real, and inputs from short specifications."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from orderlint.errors import UsageError
from orderlint.trace.constructors import recording_constructors
from orderlint.trace.frames import call_user_code
from orderlint.trace.tracing import trace_module

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from orderlint.graph.model import Model

INPUT_FORM = "[name=]sizes[:dtype], such as 2,3,64,64 or mask=2,128:bool or tokens=2,16:long<1000"
_INPUT = re.compile(
    r"(?:(?P<name>[A-Za-z_]\w*)=)?(?P<sizes>[\d,\s]*)(?::(?P<dtype>[a-z]\w*)(?:<(?P<bound>\d+))?)?"
)
_DEFAULT_BOUND = 2
"""Random integers stay below this where no bound is given: any embedding has that many rows."""


def trace_target(
    target: str,
    inputs: Sequence[str],
    search_path: Sequence[str] = (),
    seed: int = 0,
    layers: Mapping[str, str] | None = None,
) -> Model:
    """Build what a target names, run it once on random inputs, and return its layer graph.

    Raises:
        UsageError: the target cannot be imported or built, an input is misspelt, or the model does not run.
    """
    torch.manual_seed(seed)
    args, kwargs = parse_inputs(inputs)
    return trace_module(build_target(target, search_path), args, kwargs, entry=target, layers=layers)


def build_target(target: str, search_path: Sequence[str] = ()) -> nn.Module:
    """The module that `pkg.module:factory`, `file.py:Class` or `pkg.module:factory(depth=3)` names.

    What follows the colon is a module, a class or function that builds one when called without arguments, or
    any expression in the namespace of the module before it. Constructor calls are recorded.

    Raises:
        UsageError: it cannot be imported or built, or is no module.
    """
    where, colon, what = _split(target)
    if not colon or not what:
        raise UsageError(f"{target!r} names no factory; write pkg.module:factory")
    with recording_constructors():
        namespace = vars(_imported(where, search_path))
        try:
            found = call_user_code(eval, compile(what, target, "eval"), namespace)
            built = found if isinstance(found, nn.Module) else call_user_code(found)
        except (Exception, SystemExit) as error:
            raise UsageError(f"cannot build {target}: {_in_one_line(error)}") from error
    if not isinstance(built, nn.Module):
        raise UsageError(f"{target} gives a {type(built).__name__}, no torch.nn.Module")
    return built


def _split(target: str) -> tuple[str, str, str]:
    """Split at the first colon that follows a dotted name or a path; a drive letter's colon is none."""
    head = target[:2] if re.match(r"[A-Za-z]:[\\/]", target) else ""
    where, colon, what = target[len(head) :].partition(":")
    return head + where, colon, what.lstrip(":")


def _imported(where: str, search_path: Sequence[str]) -> ModuleType:
    for folder in (os.getcwd(), *reversed(list(search_path))):
        if os.path.abspath(folder) not in sys.path:
            sys.path.insert(0, os.path.abspath(folder))
    try:
        if where.endswith(".py"):
            return _from_file(Path(where))
        return importlib.import_module(where)
    except (Exception, SystemExit) as error:
        raise UsageError(f"cannot import {where}: {_in_one_line(error)}") from error


def _from_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def parse_inputs(specs: Sequence[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments from input specifications; `[3,64,64; 3,80,80]` is a list of tensors.

    Raises:
        UsageError: one of them is misspelt, or a positional one follows a named one.
    """
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for spec in specs:
        name, value = _parse(spec.strip())
        if name in kwargs:
            raise UsageError(f"input {name!r} is given twice")
        if name:
            kwargs[name] = value
        elif kwargs:
            raise UsageError(f"input {spec!r} has no name but follows a named one")
        else:
            args.append(value)
    return tuple(args), kwargs


def _parse(spec: str) -> tuple[str, Any]:
    listed = re.fullmatch(r"(?:([A-Za-z_]\w*)=)?\[(.*)\]", spec)
    if listed:
        return listed[1] or "", [_tensor(part.strip(), part.strip()) for part in listed[2].split(";")]
    name = spec.partition("=")[0] if re.match(r"[A-Za-z_]\w*=", spec) else ""
    return name, _tensor(spec, spec)


def _tensor(spec: str, shown: str) -> Tensor:
    match = _INPUT.fullmatch(spec)
    if match is None or not spec:
        raise UsageError(f"cannot read input {shown!r}; an input is {INPUT_FORM}")
    sizes = [int(size) for size in match["sizes"].split(",") if size.strip()]
    dtype = _dtype(match["dtype"] or "float", shown)
    drawn = dtype.is_floating_point or dtype.is_complex
    if drawn and match["bound"]:
        raise UsageError(f"input {shown!r}: only integers take a bound")
    try:
        if drawn:
            return torch.randn(sizes).to(dtype)
        return torch.randint(0, int(match["bound"] or _DEFAULT_BOUND), sizes).to(dtype)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise UsageError(f"input {shown!r} cannot be made: {_in_one_line(error)}") from error


def _in_one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _dtype(name: str, shown: str) -> torch.dtype:
    found = getattr(torch, name, None)
    if not isinstance(found, torch.dtype):
        raise UsageError(f"input {shown!r}: torch has no dtype {name!r}")
    return found
