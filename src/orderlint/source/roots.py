"""Roots of a file: the models that are followed when no entry is named."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.graph.model import LayerGraph, Model
from orderlint.source import budget, forwards, missing_bases
from orderlint.source.classes import is_module
from orderlint.source.definitions import definition_of
from orderlint.source.interpreter import Interpreter
from orderlint.source.loading import load, unreached
from orderlint.source.values import (
    ABSENT,
    Class,
    Function,
    Instance,
    OpenDict,
    PythonModule,
    Raised,
    Scope,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderlint.source.frontend import SourceOptions
    from orderlint.source.importer import Importer
    from orderlint.source.structure import Structure


@dataclass(slots=True)
class FileRun:
    """What the roots of one file share: what was built, what was followed, and the steps left."""

    module: PythonModule
    options: SourceOptions
    importer: Importer
    built: set[int] = field(default_factory=set)
    followed: dict[int, Instance] = field(default_factory=dict)
    memo: dict[object, tuple[Structure, list[Instance]]] = field(default_factory=dict)
    steps: int = 0


def models_of_file(path: str, source: bytes, options: SourceOptions, importer: Importer) -> list[Model]:
    """Follow every root of a file, factories first; a class that one of them builds is no root of its own.

    Raises:
        InputError: the file cannot be decoded or parsed.
    """
    importer.beside = None if path == "-" else Path(path).resolve().parent
    module = module_of_file(importer, path, source)
    run = FileRun(module, options, importer)
    loader = interpreter(run)
    reason = load(loader, module)
    models = [not_followed(run, node, reason) for node in unreached(module)] if reason else []
    for name, value, line in variables(module, Instance):
        if is_module(value.cls):
            models += follow(run, name, line, partial(given, value))
    for name, value, line in variables(module, Function):
        if is_factory(module, value):
            models += follow(
                run,
                f"{name}()",
                line,
                partial(call_factory, value),
                factory=True,
            )
    for name, cls, line in users_first(module, variables(module, Class)):
        if is_root(run, cls):
            followed = follow(run, name, line, partial(build_class, cls))
            models += [m for m in followed if not unrelated(module, cls, m)]
    return models


def not_followed(run: FileRun, node: ast.ClassDef, reason: str) -> Model:
    """What is said of a class that the run of its file did not come to."""
    it = interpreter(run)
    it.unresolve(reason)
    model = Model(node.name, run.module.path or "", node.lineno, LayerGraph(), "failed")
    return forwards.finish(it, model, failed=True)


def module_of_file(importer: Importer, path: str, source: bytes) -> PythonModule:
    """The module that a file is, under its dotted name if it lies in a package on the search path."""
    importer.reads.file(path, source)
    found = known_module(importer, path)
    if found is not None:
        found.path = path
        if found.tree is None:
            importer.read(found, source)
        return found
    name = Path(path).stem if path != "-" else "__stdin__"
    scope = Scope("module", None, {"__name__": name, "__file__": os.path.abspath(path), "__all__": ABSENT})
    return PythonModule(name, path, False, scope, importer.parse(source, path))


def known_module(importer: Importer, path: str) -> PythonModule | None:
    """The module that an import of this file gives; None where no import finds the file."""
    real = str(Path(path).resolve())
    for name in candidate_names(importer, Path(real)):
        found = importer.find(name)
        if found is not None and found.path is not None and str(Path(found.path).resolve()) == real:
            return found
    return None


def candidate_names(importer: Importer, path: Path) -> Iterator[str]:
    for root in importer.roots:
        try:
            parts = list(path.relative_to(root.resolve()).with_suffix("").parts)
        except ValueError:
            continue
        if parts and parts[-1] == "__init__":
            parts.pop()
        if parts and all(p.isidentifier() for p in parts):
            yield ".".join(parts)


def variables(module: PythonModule, kind: type) -> list[tuple[str, Value, int]]:
    """The variables of a module of one kind that it defines itself, in the order of their lines."""
    out = []
    for name, value in list(module.scope.variables.items()):
        if type(value) is kind and defined_here(module, value):
            out.append((name, value, line_of(module, name, value)))
    unique = list({id(v[1]): v for v in reversed(out)}.values())
    return sorted(unique, key=lambda entry: entry[2])


def users_first(module: PythonModule, entries: list[tuple[str, Value, int]]) -> list[tuple[str, Value, int]]:
    """Classes that no other class or function of the file mentions before those that one may build."""
    mentioned = {
        name for _, cls, _ in entries if cls.node is not None for name in names_in(cls.node) - {cls.name}
    }
    for statement in module.tree.body if module.tree else []:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            mentioned |= names_in(statement)
    return sorted(entries, key=lambda entry: (entry[0] in mentioned, entry[2]))


def names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def defined_here(module: PythonModule, value: Value) -> bool:
    if type(value) is Function:
        return unwrapped(value).module is module
    return value.module == module.name if type(value) is Class else True


def unwrapped(value: Function) -> Function:
    """The function that decorators with `functools.wraps` wrapped."""
    while type(value.attrs.get("__wrapped__")) is Function:
        value = value.attrs["__wrapped__"]
    return value


def line_of(module: PythonModule, name: str, value: Value) -> int:
    if type(value) is Function:
        value = unwrapped(value)
    node = getattr(value, "node", None)
    if node is not None:
        return int(getattr(node, "lineno", 1))
    for statement in module.tree.body if module.tree else []:
        for target in getattr(statement, "targets", []):
            if isinstance(target, ast.Name) and target.id == name:
                return int(statement.lineno)
    return 1


def is_factory(module: PythonModule, value: Function) -> bool:
    """Whether a function can be called without arguments and returns something: it may build a model."""
    target = unwrapped(value)
    if isinstance(target.node, ast.Lambda) or definition_of(target.node).generator:
        return False
    spec = target.node.args
    if spec.vararg is not None:  # it hands on what it is given, and it is given nothing
        return False
    required = len(spec.posonlyargs) + len(spec.args) - len(target.defaults)
    required += sum(a.arg not in target.keyword_defaults for a in spec.kwonlyargs)
    return required == 0 and returns_call(target.node)


def returns_call(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function returns a call or a variable: a constant or a table is no model."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        child = todo.pop()
        if isinstance(child, ast.Return) and isinstance(child.value, (ast.Call, ast.Name, ast.IfExp)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.expr)):
            todo.extend(ast.iter_child_nodes(child))
    return False


def is_root(run: FileRun, cls: Class) -> bool:
    """Whether a class is a module with a forward of its own line that nothing followed so far has built."""
    if not is_module(cls) or id(cls) in run.built or cls.spec is not None:
        return False
    forward = cls.find("forward")
    return type(forward) is Function and not (forward.module.library and cls.find("__init__") is ABSENT)


def interpreter(run: FileRun) -> Interpreter:
    it = Interpreter(run.importer, symbolic=True)
    it.all_configs = run.options.all_configs
    it.assume = dict(run.options.assume)
    it.memo, it.built_classes = run.memo, run.built
    return it


@dataclass(slots=True)
class Attempt:
    """One try at a root: the model as far as it was followed, and the module that was built, if one was."""

    it: Interpreter
    model: Model
    found: Instance | None = None


def follow(
    run: FileRun, entry: str, line: int, build: Callable[[Interpreter], Value], *, factory: bool = False
) -> list[Model]:
    """Follow one root; a factory that builds what was followed already, or no module, adds nothing.

    One that refuses its own defaults (`if channels is None: raise`) is built as a caller must build it: with
    what defaults to None given. The classes that an abstract one has built are still to be followed.
    """
    if run.steps > budget.FILE_STEPS:
        it = interpreter(run)
        it.unresolve(f"not followed: the models of this file took more than {budget.FILE_STEPS:,} steps")
        return [forwards.finish(it, failed_model(run, entry, line), failed=True)]
    built = set(run.built)
    try:
        tried = attempt(run, entry, line, build)
        if tried.found is None and refuses_defaults(tried):
            again = attempt(run, entry, line, build, none_given=True)
            tried = tried if again.found is None else again
    except AlreadyFollowed:
        return []
    if factory and tried.found is None and not tried.it.instances:
        return []  # a factory that tried to build nothing; the failure of one that did is worth telling
    if abstract(tried.model):
        run.built.intersection_update(built)
        return []
    return [tried.model]


def attempt(
    run: FileRun,
    entry: str,
    line: int,
    build: Callable[[Interpreter], Value],
    *,
    none_given: bool = False,
) -> Attempt:
    """Build a root and follow it. `none_given`: parameters whose default is None are given something."""
    it = interpreter(run)
    it.none_given = none_given
    tried = Attempt(it, failed_model(run, entry, line))

    def once() -> Value:
        value = build(it)
        tried.found = forwards.first_module(it, value)
        if tried.found is not None:
            if id(tried.found) in run.followed:
                raise AlreadyFollowed
            run.followed[id(tried.found)] = tried.found
        return value

    try:
        forwards.follow(it, tried.model, once)
    finally:
        run.steps += it.steps
    return tried


def failed_model(run: FileRun, entry: str, line: int) -> Model:
    return Model(entry, run.module.path or "", line, LayerGraph(), "failed")


def refuses_defaults(tried: Attempt) -> bool:
    """Whether building ended in an error of the program's own, where some parameter went by None."""
    return tried.it.none_taken and any(u.reason.startswith("raises") for u in tried.it.unresolved.values())


class AlreadyFollowed(Exception):  # noqa: N818 - a signal, not an error
    """The model is one that another root built from the same structural arguments."""


def abstract(model: Model) -> bool:
    """Whether nothing but an abstract method was met."""
    nothing = all(n.kind == "input" for n in model.graph.nodes)
    return nothing and all(
        u.reason.startswith(("raises NotImplementedError", "no layer")) for u in model.unresolved
    )


def unrelated(module: PythonModule, cls: Class, model: Model) -> bool:
    """Whether a class with a missing base and a `forward` turned out to have nothing to do with torch."""
    return (
        missing_bases.missing_in(cls) is not None
        and all(n.kind in ("input", "other") for n in model.graph.nodes)
        and not imports_torch(module)
    )


def imports_torch(module: PythonModule) -> bool:
    names: list[str] = []
    for node in ast.walk(module.tree) if module.tree else ():
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return any(name.partition(".")[0] == "torch" for name in names)


def given(value: Value, it: Interpreter) -> Value:
    return value


def call_factory(value: Value, it: Interpreter) -> Value:
    return it.call(value, [], OpenDict(), open_=True)


def build_class(cls: Class, it: Interpreter) -> Value:
    """An instance of a class whose required arguments are unknown and whose rates are open."""
    method = cls.find("__init__")
    kwargs: dict[str, Value] = OpenDict()
    args: list[Value] = []
    if type(method) is Function:
        spec = method.node.args
        names = [*spec.posonlyargs, *spec.args][1:]
        args = [required(cls, a) for a in names[: len(names) - min(len(names), len(method.defaults))]]
        kwargs.update(
            {a.arg: required(cls, a) for a in spec.kwonlyargs if a.arg not in method.keyword_defaults}
        )
    for index, (name, value) in enumerate(
        zip([a.arg for a in names] if type(method) is Function else [], args, strict=False)
    ):
        args[index] = it.assume.get(f"{cls.name}.{name}", it.assume.get(name, value))
    return it.call(cls, args, kwargs, open_=True)


def required(cls: Class, argument: ast.arg) -> Value:
    return Unknown(f"the argument {argument.arg} of {cls.name}", text=argument.arg)


__all__ = ["Raised", "models_of_file", "module_of_file"]
