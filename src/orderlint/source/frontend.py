"""Entry points of the source front end: files and entry expressions to models."""

from __future__ import annotations

import ast
import gc
import sys
import threading
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from orderlint.errors import UsageError
from orderlint.graph.model import LayerGraph, Model
from orderlint.source import budget, forwards, parse, roots
from orderlint.source.classes import is_module
from orderlint.source.frames import Frame
from orderlint.source.importer import Importer
from orderlint.source.importing import variable
from orderlint.source.interpreter import Interpreter
from orderlint.source.loading import load
from orderlint.source.options import SourceOptions
from orderlint.source.values import BudgetExceededError, Class, LazyImport, PythonModule, Raised, Scope, Value

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

STACK_BYTES = 512 * 1024 * 1024
"""C stack of the interpreting thread: CALL_DEPTH calls of about ten host frames each need some 100 MB."""

RECURSION = 60_000
"""Host frames allowed meanwhile; the interpreter's own limits are met first."""


FRAME_SLOTS = 2**21 + 2**10
"""Just over a power of two: CPython (3.11 and later) rounds up to the next one, and what is left over, some
16 MB, is for other frames."""

_IMPORTERS: dict[tuple[object, ...], Importer] = {}


def importer_for(options: SourceOptions, folder: str | None = None) -> Importer:
    """The importer of these options, shared by the models of a run so that each module is parsed once."""
    roots_ = [*options.search_path]
    roots_ += [r for r in (options.project_root, folder) if r]
    roots_ += [p for p in sys.path if p and "site-packages" in p]
    overlay = id(options.overlay) if options.overlay else 0  # kept alive by its importer
    key = (tuple(roots_), tuple(sorted(options.layers.items())), options.cache, overlay)
    if key not in _IMPORTERS:
        from orderlint.source.cache import Cache

        cache = Cache(enabled=options.cache)
        _IMPORTERS[key] = Importer(
            roots_,
            lambda source, path: parse.parse_source(source, path, cache),
            options.layers,
            options.overlay,
        )
    return _IMPORTERS[key]


def forget_modules() -> None:
    """Drop what earlier runs of this process read, for the files may have changed since."""
    _IMPORTERS.clear()


def forget_many_modules() -> None:
    """Drop what earlier files of this process have imported where that has become much: a file of a large
    package needs little of what the others do.
    """
    if sum(importer.parsed for importer in _IMPORTERS.values()) > budget.KEPT_SOURCE:
        forget_modules()
        gc.collect()


def models_of_file(path: str, source: bytes, options: SourceOptions) -> list[Model]:
    """Follow every root of a file: module classes nothing else in it builds, factories, module-level models.

    Raises:
        InputError: the file cannot be decoded or parsed.
    """
    folder = package_root(path)
    forget_many_modules()
    importer = importer_for(options, folder)
    known = roots.known_module(importer, path)
    if known is not None and known.source_hash not in (None, hash(source)):
        forget_modules()
        importer = importer_for(options, folder)
    return with_deep_stack(lambda: roots.models_of_file(path, source, options, importer))


def model_of_entry(entry: str, options: SourceOptions, file: str | None = None) -> Model:
    """Follow the model that a Python snippet's last expression builds, in the namespace of `file` if given.

    Raises:
        UsageError: the snippet cannot be parsed. A snippet that cannot be followed is a Model of status
        "failed".
    """
    tree = parse_entry(entry)
    return with_deep_stack(lambda: _entry(entry, tree, options, file))


def class_is_module(path: str, source: bytes, name: str, options: SourceOptions) -> bool:
    """Whether a file's variable of this name is a class that derives from `torch.nn.Module`, as far as its
    bases can be followed."""

    def asked() -> bool:
        importer = importer_for(options, package_root(path))
        module, it = roots.module_of_file(importer, path, source), Interpreter(importer)
        load(it, module)
        value = variable(it, module, name)
        return type(value) is Class and is_module(value)

    return with_deep_stack(asked)


def parse_entry(entry: str) -> ast.Module:
    try:
        tree = ast.parse(entry)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(
            f"--entry {entry!r}: not a Python snippet: {getattr(error, 'msg', error)}"
        ) from error
    if not tree.body or not isinstance(tree.body[-1], (ast.Expr, ast.Assign)):
        raise UsageError(f"--entry {entry!r}: its last statement must be an expression that builds the model")
    return tree


def _entry(entry: str, tree: ast.Module, options: SourceOptions, file: str | None) -> Model:
    importer = importer_for(options, package_root(file) if file else None)
    it = Interpreter(importer)
    it.assume, it.all_configs, it.symbolic = dict(options.assume), options.all_configs, options.all_configs
    module = entry_module(it, tree, file, importer)
    last = tree.body[-1]
    assert isinstance(last, (ast.Expr, ast.Assign))

    def build() -> Value:
        frame = Frame(module, module.scope)
        with it.framed(frame):
            it.exec_block(tree.body[:-1], frame)
            return it.eval(last.value, frame)

    model = Model(entry, file or "", 1, LayerGraph(), "failed")
    return forwards.follow(it, model, build)


def entry_module(it: Interpreter, tree: ast.Module, file: str | None, importer: Importer) -> PythonModule:
    """The namespace of an entry: the file's own, or one in which the names of packages on the search path
    stand.
    """
    if file is not None:
        found = roots.module_of_file(importer, file, importer.content(file))
        load(it, found)
        base = dict(found.scope.variables)
        if found.name in importer.stars:
            importer.stars["__entry__"] = importer.stars[found.name]
    else:
        base = {}
        importer.stars.pop("__entry__", None)
    importer.missing_stars.pop("__entry__", None)
    module = PythonModule("__entry__", None, False, Scope("module", None, base), state="done")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name)
            and node.id not in base
            and (importer.find(node.id) or node.id in ("torch", "math"))
        ):
            base[node.id] = LazyImport(node.id, None)
        elif isinstance(node, ast.Name) and node.id == "nn" and node.id not in base:
            base[node.id] = LazyImport("torch.nn", None)
    return module


def package_root(path: str) -> str:
    """The folder that a file's absolute imports start from: the first one above that is no package."""
    folder = Path(path).resolve().parent
    while (folder / "__init__.py").exists() and folder.parent != folder:
        folder = folder.parent
    return str(folder)


def with_room(function: Callable[[], None]) -> Callable[[], None]:
    """The same function with a frame so large that CPython sets aside one large piece of memory for the
    frames of all calls in it. In its usual pieces of 16 KB, each call that crosses from one to the next
    maps a new piece and each return unmaps it: a fifth of the processor time of deep recursion.
    """
    assert isinstance(function, types.FunctionType)
    code = function.__code__.replace(co_stacksize=FRAME_SLOTS)
    return types.FunctionType(code, function.__globals__, None, None, function.__closure__)


def with_deep_stack(function: Callable[[], Result]) -> Result:
    """Run a function in a thread whose stack holds the interpreter's recursion."""
    outcome: dict[str, Any] = {}

    def target() -> None:
        try:
            outcome["result"] = function()
        except BaseException as error:
            outcome["error"] = error

    limit = sys.getrecursionlimit()
    size = threading.stack_size(STACK_BYTES)
    try:
        sys.setrecursionlimit(max(limit, RECURSION))
        thread = threading.Thread(target=with_room(target), name="orderlint-interpreter")
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]  # type: ignore[no-any-return]


__all__ = ["BudgetExceededError", "Raised", "SourceOptions", "model_of_entry", "models_of_file"]
