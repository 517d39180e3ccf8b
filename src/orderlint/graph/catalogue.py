"""The catalogue: what each layer class, function and tensor method of a framework is, from `data/*.toml`.

The files are written one operator a line inside large literal strings, so that reading them all costs a few
milliseconds; a line is taken apart when its operator is first asked for.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DATA = Path(__file__).with_name("data")
Params = tuple[tuple[str, object], ...]
Spec = TypeVar("Spec")


class Required:
    """The type of `REQUIRED`, which stands where a parameter has no default."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required()

RESULTS = frozenset(
    {
        "tensor",
        "tensors",  # a tuple or list of tensors: chunk, split, unbind, lstm
        "pair",  # values and indices: topk, sort; of PAIR_WITH_DIM only where a dim is given
        "int",  # an integer or boolean tensor, through which no values flow: argmax, eq, long
        "shape",  # Python numbers or a torch.Size
        "bool",
        "number",
        "constant",  # a tensor from nothing: zeros, arange, zeros_like
        "random",  # noise: rand, bernoulli, normal_
        "none",
        "object",  # any other Python object: dtype, device, a list of numbers
    }
)

PAIR_WITH_DIM = frozenset({"max", "min", "median", "nanmedian"})
"""Functions and methods whose result is a pair where a dim is given, and one tensor where none is."""

_INPLACE = re.compile(
    r".*[^_]_|__i(add|sub|mul|div|truediv|floordiv|mod|pow|and|or|xor|lshift|rshift)__|__(set|del)item__"
)
_OPERATOR = re.compile(r"([\w.]+)(?:\((.*)\))?((?: \w+=\S*)*)")


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A layer class.

    Attributes:
        name: canonical dotted name, `torch.nn.Conv2d`.
        bases: canonical names of its base classes, `torch.nn.Module` or other entries of the catalogue.
        kind: canonical kind of its applications (see `orderlint.graph.kinds`).
        params: constructor parameters in order with their defaults; `REQUIRED` for none, `...` where the
            default is no literal, `*args` and `**kwargs` with their stars.
        rank: rank of its output tensor for batched input, None where it is not fixed.
        leaf: the last part of its name.
        names: the names of its parameters but `*args` and `**kwargs`.
        stars: the stars of those two, as far as it has them: `*`, `**`.
    """

    name: str
    bases: tuple[str, ...]
    kind: str
    params: Params
    rank: int | None = None
    leaf: str = field(init=False, compare=False, repr=False)
    names: tuple[str, ...] = field(init=False, compare=False, repr=False)
    stars: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        starred = [name for name, _ in self.params if name.startswith("*")]
        object.__setattr__(self, "leaf", _last(self.name))
        object.__setattr__(self, "names", tuple(n for n, _ in self.params if n not in starred))
        object.__setattr__(self, "stars", frozenset("**" if n.startswith("**") else "*" for n in starred))


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function of tensors, or a method or property of torch.Tensor (then named `torch.Tensor.<name>`).

    Attributes:
        name: canonical dotted name, `torch.nn.functional.conv2d`.
        kind: canonical kind of its applications.
        params: as in `LayerSpec`; the first of a method is `self`. Empty for a property.
        data: the parameters that carry data tensors; empty means every tensor among the arguments.
        inplace: whether it writes its result into its first argument.
        result: one of `RESULTS`.
        rank: rank of its result for batched input, None where it is not fixed.
        leaf: the last part of its name.
        names: the names of its parameters but `**kwargs`.
        star: the place of `*args` among them, or their number.
    """

    name: str
    kind: str
    params: Params = ()
    data: tuple[str, ...] = ()
    inplace: bool = False
    result: str = "tensor"
    rank: int | None = None
    leaf: str = field(init=False, compare=False, repr=False)
    names: tuple[str, ...] = field(init=False, compare=False, repr=False)
    star: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        names = tuple(n for n, _ in self.params if not n.startswith("**"))
        star = next((i for i, n in enumerate(names) if n.startswith("*")), len(names))
        object.__setattr__(self, "leaf", _last(self.name))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "star", star)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An operator's line, not yet taken apart."""

    module: str
    kind: str
    line: str


class _Catalogue(Mapping[str, Spec], Generic[Spec]):
    """Specifications by name, each read from its line when first asked for."""

    def __init__(self, entries: dict[str, _Entry], read: Callable[[str, _Entry], Spec]) -> None:
        self._entries = entries
        self._read = read
        self._specs: dict[str, Spec] = {}

    def __getitem__(self, name: str) -> Spec:
        spec = self._specs.get(name)
        if spec is None:
            spec = self._specs[name] = self._read(name, self._entries[name])
        return spec

    def get(self, name: str, default: Any = None) -> Any:
        return self._specs.get(name) or (self[name] if name in self._entries else default)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@functools.cache
def layers() -> Mapping[str, LayerSpec]:
    """Every leaf layer class by canonical name, with the abstract bases that `isinstance` checks name."""
    return _Catalogue(_entries("layers"), _layer)


@functools.cache
def functions() -> Mapping[str, FunctionSpec]:
    """Every function of tensors by canonical name, methods of tensors under `torch.Tensor.<method>`."""
    return _Catalogue(_entries("functions") | _entries("methods"), _function)


@functools.cache
def aliases() -> Mapping[str, str]:
    """Canonical names by the other names that layers and functions go by (`torch.nn.modules.conv.Conv2d`)."""
    found: dict[str, str] = {}
    for file in ("layers", "functions"):
        for group in _load(file).get("rename", []):
            found.update(_renamed(group, group["names"].split()))
        for group in _load(file)["group"]:
            found.update(_renamed(group, [_leaf(line) for line in group["operators"].splitlines()]))
    return found


def canonical(name: str) -> str:
    """The catalogue's name for a class or function; the name itself where it has no other."""
    return aliases().get(name, name)


def kind_of_layer(name: str, extra: Mapping[str, str] | None = None) -> str | None:
    """The kind of a layer class by any of its names, None for an unknown one.

    Args:
        name: dotted name of the class.
        extra: kinds by dotted name that the user states (`[tool.orderlint.layers]`); they go first.
    """
    known = canonical(name)
    stated = (extra or {}).get(name) or (extra or {}).get(known)
    if stated is not None:
        return stated
    return layers()[known].kind if known in layers() else None


@functools.cache
def _load(file: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{file}.toml").read_text("utf-8"))


def _entries(file: str) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for group in _load(file)["group"]:
        module, kind = group["module"], group["kind"]
        for line in group["operators"].splitlines():
            found[f"{module}.{_leaf(line)}"] = _Entry(module, kind, line)
    return found


def _leaf(line: str) -> str:
    return line.partition("(")[0].partition(" ")[0]


def _renamed(group: Mapping[str, Any], names: list[str]) -> Iterator[tuple[str, str]]:
    for module in group.get("also", ()):
        for name in names:
            yield f"{module}.{name}", f"{group['module']}.{name}"


def _layer(name: str, entry: _Entry) -> LayerSpec:
    params, words = _take_apart(entry.line)
    bases = words.get("bases", "torch.nn.Module")
    return LayerSpec(name, _listed(bases), entry.kind, params, _rank(words))


def _function(name: str, entry: _Entry) -> FunctionSpec:
    params, words = _take_apart(entry.line)
    result = words.get("result", "tensor")
    writes = _INPLACE.fullmatch(name.rpartition(".")[2]) is not None
    inplace = writes or (entry.module == "torch.nn.init" and result == "tensor")
    return FunctionSpec(
        name, entry.kind, params, _listed(words.get("data", "")), inplace, result, _rank(words)
    )


def _take_apart(line: str) -> tuple[Params, dict[str, str]]:
    """The parameters and the words (`data=...`) of an operator's line."""
    match = _OPERATOR.fullmatch(line)
    assert match is not None, line
    words = dict(word.split("=", 1) for word in match[3].split())
    return _params(match[2] or ""), words


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split(",")) if names else ()


def _rank(words: Mapping[str, str]) -> int | None:
    return int(words["rank"]) if "rank" in words else None


@functools.cache
def _params(spelled: str) -> Params:
    """Parameters with their defaults, from Python's own notation for them."""
    if not spelled:
        return ()
    arguments = ast.parse(f"def f({spelled}): 0").body[0].args  # type: ignore[attr-defined]
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    params = [(a.arg, _default(d)) for a, d in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        params.append(("*" + arguments.vararg.arg, REQUIRED))
    params += [(a.arg, _default(d)) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    if arguments.kwarg:
        params.append(("**" + arguments.kwarg.arg, REQUIRED))
    return tuple(params)


def _default(node: ast.expr | None) -> object:
    return REQUIRED if node is None else ast.literal_eval(node)
