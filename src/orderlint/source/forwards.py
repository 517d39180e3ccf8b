"""Following a built model: its forward on symbolic inputs, its status, and what was built but never
applied.
"""

from __future__ import annotations

import ast
import itertools
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from orderlint.graph.model import Model, Unresolved
from orderlint.source import branches, facts, random_masks
from orderlint.source.classes import is_module
from orderlint.source.frames import Frame
from orderlint.source.optional_arguments import Choosing
from orderlint.source.trails import Trail, rewind
from orderlint.source.values import (
    ABSENT,
    BudgetExceededError,
    Choice,
    Function,
    Instance,
    Partial,
    PythonModule,
    Raised,
    Scope,
    Sequence,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderlint.source.interpreter import Interpreter
    from orderlint.source.tensors import Tensor


Arguments: TypeAlias = "tuple[list[Value], dict[str, Value]]"

MOST_INPUTS = 4
"""Tensors that `forward(self, *features)` is given at most."""


def follow(it: Interpreter, model: Model, build: Callable[[], Value]) -> Model:
    """Build a model, run its forward, and say how far it could be followed."""
    model.graph, model.facts = it.graph, it.facts
    try:
        root = first_module(it, built(it, build))
        if root is None:
            it.unresolve("the entry does not build a torch.nn.Module")
            return finish(it, model, failed=True)
        run(it, root)
    except Raised as raised:
        it.unresolve(f"raises {raised}"[:300], raised.place)
        return finish(it, model, failed=not it.graph.nodes)
    except BudgetExceededError as error:
        it.unresolve(str(error))
        return finish(it, model, failed=not it.graph.nodes)
    except RecursionError:
        it.unresolve("calls nested too deeply")
        return finish(it, model, failed=not it.graph.nodes)
    except MemoryError:
        it.unresolve("needs more memory than there is")
        return finish(it, model, failed=not it.graph.nodes)
    model.graph, model.facts = it.graph, it.facts
    model.notes["class"] = root.cls.name
    return finish(it, model, failed=False)


def built(it: Interpreter, build: Callable[[], Value]) -> Value:
    """What an entry builds; where it fails, once more after the imports that nothing needed have run.

    A module that registers a model by name is needed by no name: Python has run it all the same.
    """
    try:
        return build()
    except Raised:
        if it.symbolic or not it.importer.force_pending(it):
            raise
    it.restart()
    it.unresolved.clear()
    return build()


def finish(it: Interpreter, model: Model, *, failed: bool) -> Model:
    model.graph, model.facts = it.graph, it.facts
    layers = [n for n in it.graph.nodes if n.kind != "input"]
    model.unresolved = list(it.unresolved.values())
    model.parameters = tuple(it.parameters.values())
    if failed or (not layers and model.unresolved):
        model.status = "failed"
        if not model.unresolved:
            model.unresolved.append(Unresolved("no layer is applied", None))
    else:
        model.status = "partial" if model.unresolved else "complete"
    return model


def first_module(it: Interpreter, value: Value) -> Instance | None:
    """The module that an entry built: the value itself, or the first one in a tuple."""
    value = it.resolve(value)
    if type(value) is Choice:
        for condition, option in value.options:
            found = first_module(it, option)
            if found is not None and condition.holds_by_default is not False:
                return found
        return next((m for m in (first_module(it, v) for _, v in value.options) if m is not None), None)
    if type(value) is Instance:
        if is_module(value.cls):
            return value
        return next((v for v in value.attrs.values() if type(v) is Instance and is_module(v.cls)), None)
    if isinstance(value, (tuple, list)):
        return next((m for m in (first_module(it, v) for v in value) if m is not None), None)
    if isinstance(value, dict):
        return next((m for m in (first_module(it, v) for v in value.values()) if m is not None), None)
    return None


def run(it: Interpreter, root: Instance) -> None:
    """One forward in train mode on inputs of unknown shape."""
    name_modules(it, root)
    if train_matters(root, set()):
        it.call(it.getattr(root, "train"), [True])
    frame = Frame(
        PythonModule("__run__", None, False, Scope("module", None), state="done"), Scope("module", None)
    )
    known = len(it.unresolved)
    with undone(it):
        try:
            with it.framed(frame):
                result = it.call(root, *inputs(it, root))
        except Raised as raised:
            if not optional(root) and not takes_any_number(root):
                raise
            result = raised
        else:
            if applies(it) or not optional(root):
                leave(it, root, result)
                return
    with undone(it):
        leave(it, root, with_more(it, root, frame, result, known))


def name_modules(it: Interpreter, root: Value, prefix: str = "") -> None:
    """Give every module below `root` its path, as `named_modules` does (the first one counts), and count the
    modules of each class.
    """
    if type(root) is Choice:
        for _, option in root.options:
            name_modules(it, option, prefix)
    if type(root) is not Instance or id(root) in it.names:
        return
    it.names[id(root)] = prefix
    it.populations[id(root.cls)] = it.populations.get(id(root.cls), 0) + 1
    children = root.attrs.get("_modules")
    if isinstance(children, dict):
        for key, child in list(children.items()):
            label = key if isinstance(key, str) else "*"
            name_modules(it, child, f"{prefix}.{label}" if prefix else label)


@contextmanager
def undone(it: Interpreter) -> Iterator[None]:
    """What a forward leaves in modules, such as a state they keep, is not there for the next one: its tensors
    are of this graph, and the roots of a file share what they build.
    """
    trail = Trail()
    it.trails.append(trail)
    try:
        yield
    finally:
        it.trails.clear()
        rewind(trail)


def leave(it: Interpreter, root: Instance, result: Value) -> None:
    """Note what comes out of a forward, and what its modules then hold."""
    facts.gather(it, root)
    results = tensors_in(result)
    random_masks.given_back(it, results)
    leaving = branches.routes(results)
    it.graph.outputs = sorted(leaving)
    it.graph.output_conditions = {source: when for source, when in leaving.items() if when}


def with_more(it: Interpreter, root: Instance, frame: Frame, first: Value, known: int) -> Value:
    """Further forwards, with the optional arguments that the errors ask for, or all of them; if each raises
    or applies nothing, the first one stands.

    `first`: what that returned, or the exception it ended in; `known`: how much was unresolved before it.
    """
    graph, unresolved, trails = it.graph, dict(it.unresolved), it.trails
    notes = dict(optional(root))
    choosing = Choosing(notes, inputs(it, root)[1], first if isinstance(first, Raised) else Raised(""))
    asked = (partial(with_optional, it, root, notes, names) for names in iter(choosing.following, None))
    ways: Iterator[Callable[[], Arguments]] = itertools.chain(asked, several(it, root))
    for give in ways:
        it.restart()
        it.forget(known)
        it.trails = trails
        rewind(trails[-1])
        try:
            with it.framed(frame):
                result = it.call(root, *give())
        except Raised as error:
            choosing.raised = error
        else:
            if applies(it) or isinstance(first, Raised):
                return result
    it.graph, it.unresolved = graph, unresolved
    if isinstance(first, Raised):
        raise first
    return first


def takes_any_number(root: Instance) -> bool:
    """Whether a forward takes `*args`."""
    method = forward_of(root)
    return method is not None and method.node.args.vararg is not None


def several(it: Interpreter, root: Instance) -> Iterator[Callable[[], Arguments]]:
    """Arguments of a forward that takes any number of tensors: two, then more; models take a few levels of a
    pyramid.
    """
    for count in range(2, MOST_INPUTS + 1) if takes_any_number(root) else ():
        yield partial(_several, it, root, count)


def _several(it: Interpreter, root: Instance, count: int) -> Arguments:
    args, kwargs = inputs(it, root)
    return [*args, *(source(it, "input") for _ in range(count - len(args)))], kwargs


def with_optional(
    it: Interpreter, root: Instance, notes: dict[str, ast.expr | None], names: frozenset[str]
) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a forward with those of its optional ones that are named, in their order."""
    args, kwargs = inputs(it, root)
    kwargs = {n: v for n, v in kwargs.items() if n not in notes}
    return args, kwargs | {n: argument(it, n, note) for n, note in notes.items() if n in names}


def applies(it: Interpreter) -> bool:
    """Whether anything but inputs is in the graph."""
    return any(node.kind != "input" for node in it.graph.nodes)


def tensors_in(value: Value) -> list[Tensor]:
    from orderlint.source.operator_inputs import tensors

    if isinstance(value, Instance):
        return list(tensors(value.attrs.values()))
    return list(tensors([value]))


def train_matters(module: Instance, seen: set[int]) -> bool:
    """Whether `train()`, which a training loop calls first, does anything: a module below overrides it (to
    keep batch norms in evaluation mode, say), or was put into evaluation mode while it was built.
    """
    if id(module) in seen:
        return False
    seen.add(id(module))
    method = module.cls.find("train")
    if type(method) is Function and not method.module.library:
        return True
    if module.attrs.get("training", True) is False:
        return True
    children = module.attrs.get("_modules", {})
    return any(train_matters(c, seen) for c in children.values() if type(c) is Instance)


def forward_of(root: Instance) -> Function | None:
    method = root.attrs.get("forward", root.cls.find("forward"))
    while isinstance(method, Partial):
        method = method.function
    function = getattr(method, "function", method)
    while type(function) is Function and type(function.attrs.get("__wrapped__")) is Function:
        function = function.attrs["__wrapped__"]  # what a decorator wrapped has the parameters
    return function if type(function) is Function else None


def inputs(it: Interpreter, root: Instance) -> tuple[list[Value], dict[str, Value]]:
    """Symbolic arguments for the parameters of `forward` that have no default."""
    method = forward_of(root)
    if method is None:
        return [source(it, "input")], {}
    spec = method.node.args
    positional = [*spec.posonlyargs, *spec.args][1:]
    required = positional[: max(0, len(positional) - len(method.defaults))]
    args = [argument(it, a.arg, a.annotation) for a in required]
    if spec.vararg is not None and not args:
        args.append(source(it, spec.vararg.arg))
    kwargs = {
        a.arg: argument(it, a.arg, a.annotation)
        for a in spec.kwonlyargs
        if a.arg not in method.keyword_defaults
    }
    if not args and not kwargs and positional:
        kwargs[positional[0].arg] = source(it, positional[0].arg)
    if not args and not kwargs and spec.kwarg is not None and not positional:
        kwargs["input"] = source(it, "input")
    return args, kwargs


def optional(root: Instance) -> list[tuple[str, ast.expr | None]]:
    """The parameters of `forward` whose default is None: given too where the forward cannot do without
    (targets in training).
    """
    method = forward_of(root)
    if method is None:
        return []
    spec = method.node.args
    positional = [*spec.posonlyargs, *spec.args]
    defaulted = zip(positional[len(positional) - len(method.defaults) :], method.defaults, strict=True)
    keyword = [(a, method.keyword_defaults.get(a.arg, ABSENT)) for a in spec.kwonlyargs]
    return [(a.arg, a.annotation) for a, default in [*defaulted, *keyword] if default is None]


def source(it: Interpreter, name: str) -> Tensor:
    """An input tensor."""
    tensor = it.emit("input", "input", [])
    it.graph.nodes[-1].name = name
    return tensor


def argument(it: Interpreter, name: str, annotation: ast.expr | None) -> Value:
    """A value of the annotated type: tensors, lists and dictionaries of them, or an unknown number."""
    text = ast.unparse(annotation) if annotation is not None else ""
    plain = (
        text.replace("Optional[", "")
        .replace("typing.", "")
        .replace("torch.", "")
        .rstrip("]")
        .replace(" | None", "")
    )
    if plain in ("int", "float", "bool", "str"):
        return Unknown(f"the argument {name} of forward", data=True)
    tensor = source(it, name)
    head = plain.partition("[")[0]
    if head in ("List", "list", "Sequence", "Iterable") and "Tensor" in text:
        return Sequence(tensor)
    return tensor


__all__ = ["ABSENT", "follow", "run"]
