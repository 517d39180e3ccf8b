"""Bring the catalogue of layers and functions up to date with the installed torch (for developers).

    python benchmarks/make_catalogue.py          # report what the catalogue lacks or spells otherwise
    python benchmarks/make_catalogue.py --write  # rewrite changed signatures; new operators go in by hand

What an operator is (its kind, its result, which arguments carry data) is decided by people and stays as it
is; only what torch states itself, the signature of each operator, is rewritten, and not where a line says
`by=hand`: there it joins overloads of which no single one would bind common calls.
"""

from __future__ import annotations

import argparse
import ast
import functools
import inspect
import keyword
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parent.parent / "src/orderlint/graph/data"

CONTAINERS = frozenset(
    {
        "Module",
        "Container",
        "DataParallel",
        "Sequential",
        "ModuleList",
        "ModuleDict",
        "ParameterList",
        "ParameterDict",
        "Transformer",
        "TransformerDecoder",
        "TransformerDecoderLayer",
        "TransformerEncoder",
        "TransformerEncoderLayer",
    }
)
"""Classes of torch.nn that are no leaf layers: the source front end models them itself."""

NOT_OPERATORS = frozenset(
    {
        "DType",
        "boolean_dispatch",
        "handle_torch_function",
        "has_torch_function",
        "has_torch_function_unary",
        "assert_int_or_pair",
        "has_torch_function_variadic",
        "Tensor",
        "Callable",
        "Optional",
    }
)
"""Names of torch.nn.functional that are imports or helpers of its own, no functions of tensors."""

NAMESPACES = ("torch.special", "torch.linalg", "torch.fft", "torch.nn.init")


def literal(value: object) -> str:
    """A default as the catalogue spells it; `...` stands for a default that is no literal."""
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "1e999" if value > 0 else "-1e999"
    if isinstance(value, bool | int | float | str | None):
        return repr(value)
    if isinstance(value, tuple | list):
        return repr(tuple(value)) if isinstance(value, tuple) else repr(value)
    return "..."


def of_python(function: Any, *, skip_self: bool = False) -> str | None:
    """The signature of a function written in Python, None where it has none to show."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return None
    spelled = []
    for parameter in parameters[1:] if skip_self else parameters:
        name = spellable(parameter.name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            spelled.append("*" + name)
        elif parameter.kind is parameter.VAR_KEYWORD:
            spelled.append("**" + name)
        elif parameter.default is parameter.empty:
            spelled.append(name)
        else:
            spelled.append(f"{name}={literal(parameter.default)}")
    return None if spelled == ["*args", "**kwargs"] else ordered(", ".join(spelled))


def spellable(name: str) -> str:
    """A parameter's name as Python accepts it: the schemas of torch call some `from`."""
    return name + "_" if keyword.iskeyword(name) else name


def ordered(spelled: str) -> str:
    """Set the bare star that a required keyword-only parameter after an optional one needs."""
    try:
        ast.parse(f"lambda {spelled}: 0", mode="eval")
    except SyntaxError:
        parts = spelled.split(", ")
        first = next(i for i, part in enumerate(parts) if "=" in part)
        bad = next(i for i in range(first, len(parts)) if "=" not in parts[i])
        return ", ".join([*parts[:bad], "*", *parts[bad:]])
    return spelled


def of_stub(overloads: list[ast.FunctionDef]) -> str:
    """The widest signature among the overloads of a stub file, its annotations left out.

    A parameter that another overload does without is optional in it, unless a required one follows.
    """
    definition = best(overloads)
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    alike = [names_of(o) for o in overloads if names_of(o)[:1] == names_of(definition)[:1]]
    required = set.intersection(*map(set, alike))
    for i in reversed(range(len(positional))):
        if defaults[i] is None:
            if positional[i].arg in required:
                break
            defaults[i] = ast.Constant(None)
    for i, argument in enumerate(arguments.kwonlyargs):
        if arguments.kw_defaults[i] is None and argument.arg not in required:
            arguments.kw_defaults[i] = ast.Constant(None)
    spelled = [stub_parameter(a.arg, d) for a, d in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        spelled.append("*" + arguments.vararg.arg)
    elif arguments.kwonlyargs:
        spelled.append("*")
    spelled += [
        stub_parameter(a.arg, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return ", ".join(spelled)


def names_of(definition: ast.FunctionDef) -> list[str]:
    arguments = definition.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [a.arg for a in listed] + ([arguments.vararg.arg] if arguments.vararg else [])


def stub_parameter(name: str, default: ast.expr | None) -> str:
    if default is None:
        return name
    try:
        return f"{name}={literal(ast.literal_eval(default))}"
    except ValueError:
        return f"{name}=..."


@functools.cache
def stubs(stub: str, class_name: str | None = None) -> dict[str, list[ast.FunctionDef]]:
    """All overloads of each function of a stub file of torch (or of one class in it)."""
    tree = ast.parse((Path(torch.__file__).parent / stub).read_text("utf-8"))
    body = tree.body
    if class_name:
        body = next(n.body for n in body if isinstance(n, ast.ClassDef) and n.name == class_name)
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def best(overloads: list[ast.FunctionDef]) -> ast.FunctionDef:
    """The overload with the most parameters that takes no deprecated or named-dimension form."""

    def rank(definition: ast.FunctionDef) -> tuple[bool, bool, bool, int]:
        text = ast.unparse(definition.args)
        names = [a.arg for a in definition.args.args]
        scalar_early = "alpha" in names[:2] or "beta" in names[:2] or "value" in names[1:2]
        return (
            scalar_early,
            "ellipsis" in text,
            bool(re.search(r"\bdim: str|DimnameList|Dimname", text)),
            -len(names),
        )

    return min(overloads, key=rank)


def of_schema(name: str) -> str | None:
    """The signature of a built-in function of a namespace such as torch.linalg, from its schema."""
    flat = name.removeprefix("torch.").replace(".", "_")
    packet = getattr(torch.ops.aten, flat, None) or getattr(torch.ops.aten, name.rpartition(".")[2], None)
    if packet is None:
        return None
    overload = getattr(packet, "default", None) or getattr(packet, packet.overloads()[0])
    spelled, keyword_only = [], False
    for argument in overload._schema.arguments:
        if argument.kwarg_only and not keyword_only:
            keyword_only = True
            spelled.append("*")
        named = "input" if argument.name == "self" else spellable(argument.name)
        spelled.append(
            f"{named}={literal(argument.default_value)}" if argument.has_default_value() else named
        )
    return ", ".join(spelled)


def look_up(name: str) -> Any:
    """The object a dotted name of torch stands for, None where there is none."""
    found: Any = torch
    for part in name.split(".")[1:]:
        found = (
            inspect.getattr_static(found, part, None) if found is torch.Tensor else getattr(found, part, None)
        )
        if found is None:
            return None
    return found


def function_signature(name: str) -> str | None:
    """The signature of a function or method by its dotted name; None where torch states none."""
    module, _, leaf = name.rpartition(".")
    if module == "torch.nn.functional":
        dispatched = getattr(F, "_" + leaf, None) if "max_pool" in leaf else None
        own = of_python(dispatched or look_up(name))
        own = own and own.replace(", return_indices=False", "") + (
            ", return_indices=False" if dispatched else ""
        )
        if own:
            return own
        for stub in ("nn/functional.pyi", "_C/_nn.pyi", "_C/_VariableFunctions.pyi"):
            if leaf in stubs(stub):
                return of_stub(stubs(stub)[leaf])
        return None
    if module == "torch.nn.init" and not leaf.endswith("_") and look_up(name + "_"):
        return of_python(look_up(name + "_"))
    if module == "torch.Tensor":
        return of_python(look_up(name)) or of_overloads(stubs("_C/__init__.pyi", "TensorBase").get(leaf))
    own = of_python(look_up(name))
    if own:
        return own
    if module == "torch":
        return of_overloads(stubs("_C/_VariableFunctions.pyi").get(leaf))
    return of_schema(name)


def of_overloads(overloads: list[ast.FunctionDef] | None) -> str | None:
    return of_stub(overloads) if overloads else None


def layer_signature(name: str) -> str | None:
    """The constructor of a layer class by its dotted name."""
    layer = look_up(name)
    if layer is None:
        return None
    if layer.__init__ is torch.nn.Module.__init__:
        return ""
    own = of_python(layer.__init__, skip_self=True)
    return "*args, **kwargs" if own is None else own


def leaf_layers() -> Iterator[str]:
    """The public layer classes of torch.nn that are no containers."""
    for name, value in sorted(vars(torch.nn).items()):
        if isinstance(value, type) and issubclass(value, torch.nn.Module) and name not in CONTAINERS:
            yield f"torch.nn.{name}"


def public_functions() -> Iterator[str]:
    """The functions of tensors that torch offers, by dotted name."""
    for name, value in sorted(vars(F).items()):
        foreign = (
            isinstance(value, type) or inspect.ismodule(value) or getattr(value, "__module__", "") == "typing"
        )
        if callable(value) and not foreign and not name.startswith("_") and name not in NOT_OPERATORS:
            yield f"torch.nn.functional.{name}"
    for name in sorted(dir(torch._C._VariableFunctions)):
        if not name.startswith("_") and callable(getattr(torch, name, None)):
            yield f"torch.{name}"
    for name in sorted(torch.functional.__all__):
        if name not in dir(torch._C._VariableFunctions):
            yield f"torch.{name}"
    for namespace in NAMESPACES:
        module = look_up(namespace)
        names = getattr(module, "__all__", None) or [n for n, v in vars(module).items() if callable(v)]
        for name in sorted(names):
            value = getattr(module, name)
            if callable(value) and not name.startswith("_") and not isinstance(value, type):
                yield f"{namespace}.{name}"


def tensor_methods() -> Iterator[str]:
    """The methods and properties of torch.Tensor, dunder operators included."""
    plain = set(dir(object)) - {
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__hash__",
        "__repr__",
    }
    machinery = re.compile(
        r"__(torch_\w+|dlpack\w*|array\w*|cuda_\w+|setstate|deepcopy|dict|module|weakref|annotations)__$"
    )
    for name in sorted(dir(torch.Tensor)):
        if name in plain or machinery.match(name) or re.match(r"_[^_]", name):
            continue
        yield f"torch.Tensor.{name}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="rewrite the signatures that changed")
    write = parser.parse_args().write
    known: set[str] = set()
    for file in ("layers", "functions", "methods"):
        known |= refresh(
            DATA / f"{file}.toml", layer_signature if file == "layers" else function_signature, write
        )
    missing = [
        n for source in (leaf_layers, public_functions, tensor_methods) for n in source() if n not in known
    ]
    for name in missing:
        signature = layer_signature(name) if name.startswith("torch.nn.") and name[9].isupper() else None
        print(f"missing: {name}({signature or function_signature(name) or ''})")
    return 1 if missing else 0


def refresh(path: Path, signature: Callable[[str], str | None], write: bool) -> set[str]:
    """Compare one data file with torch, and return the names it holds."""
    known: set[str] = set()
    lines, module = path.read_text("utf-8").splitlines(), ""
    for i, line in enumerate(lines):
        if header := re.fullmatch(r'module = "(.+)"', line):
            module = header[1]
        elif operator := re.match(r"([\w.]+)\((.*)\)", line):
            name = f"{module}.{operator[1]}"
            known.add(name)
            checked = name.startswith("torch.") and "by=hand" not in line
            stated = signature(name) if checked else None
            if stated is not None and stated != operator[2]:
                print(f"changed: {name}({operator[2]}) is now ({stated})")
                lines[i] = f"{operator[1]}({stated}){line[operator.end() :]}"
        elif re.match(r"\w+( |$)", line) and " = " not in line:
            known.add(f"{module}.{line.split()[0]}")
    if write:
        path.write_text("\n".join(lines) + "\n", "utf-8")
    return known


if __name__ == "__main__":
    sys.exit(main())
