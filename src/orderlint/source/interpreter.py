"""The abstract interpreter: its state, and the operations that the parts of it call one another by."""

from __future__ import annotations

import ast
import time
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING

from orderlint.graph.model import (
    ALWAYS,
    Condition,
    LayerGraph,
    ModuleFact,
    Node,
    Parameter,
    Place,
    Unresolved,
)
from orderlint.source import (
    attribute_assignment,
    attributes,
    branches,
    budget,
    calls,
    importing,
    iteration,
    operators,
    statements,
    subscripts,
    truth,
)
from orderlint.source.expressions import TABLE as EXPRESSIONS
from orderlint.source.frames import Frame, place_of
from orderlint.source.tensors import Tensor
from orderlint.source.values import (
    ABSENT,
    TRAINING,
    UNSETTLED,
    BudgetExceededError,
    Choice,
    Class,
    Instance,
    LazyImport,
    OpenDict,
    PythonModule,
    Raised,
    Scope,
    Symbol,
    Test,
    Unknown,
    Value,
    next_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.source.build_records import Record, Recording
    from orderlint.source.forward_records import Followed
    from orderlint.source.importer import Importer
    from orderlint.source.structure import Structure
    from orderlint.source.trails import Trail


SIZED = frozenset({list, tuple, str, bytes, dict, set})
MAKERS = frozenset(
    {ast.BinOp, ast.Call, ast.Subscript, ast.ListComp, ast.DictComp, ast.SetComp, ast.JoinedStr}
)
"""Expressions that may make a new container: its size is paid for in steps, which bounds memory too."""


class AtHand:
    """What every step reads or writes, in slots: Python keeps no more than 30 other attributes at hand."""

    __slots__ = (
        "clock",
        "deepest",
        "frames",
        "importer",
        "modules",
        "namespaces",
        "next_look",
        "numbered",
        "path",
        "rebound",
        "recordings",
        "records",
        "steps",
        "touched",
        "trails",
        "watched",
    )


class Interpreter(AtHand):
    """Follows one model. Programs are shared through the importer; everything else is of this model alone.

    `replaying`: modules that are built alike are built once; `repeating`: those alike are followed once.
    """

    replaying = True
    repeating = True

    def __init__(self, importer: Importer, *, symbolic: bool = False) -> None:
        self.importer = importer
        self.symbolic = symbolic
        self.all_configs = False
        self.none_given = False
        self.none_taken = False
        self.graph = LayerGraph()
        self.frames: list[Frame] = []
        self.modules: list[Instance] = []
        self.path: Condition = ALWAYS
        self.trails: list[Trail] = []
        self.steps = 0
        self.allowed_steps = budget.STEPS if symbolic else budget.ENTRY_STEPS
        self.step_limit = self.allowed_steps
        self.next_look = 0
        self.unresolved: dict[tuple[str, Place | None], Unresolved] = {}
        self.facts: list[ModuleFact] = []
        self.names: dict[int, str] = {}
        self.instances = 0
        self.uncounted: dict[int, Value] = {}
        self.opened: dict[int, Value] = {}
        self.trying = 0  # blocks around that catch what is raised in them
        self.assume: dict[str, Value] = {}
        self.parameters: dict[tuple[str, Place], Parameter] = {}
        self.applied: set[int] = set()
        self.saw_training = False
        self.tested: dict[int, tuple[Unknown, dict[tuple[int, ...], Test]]] = {}
        self.turns: tuple[int, ...] = ()
        self.memo: dict[object, tuple[Structure, list[Instance]]] | None = None
        self.reused: dict[object, int] = {}
        self.built_classes: set[int] = set()
        self.building = 0
        self.decorating = 0
        self.calling: list[Class] = []
        self.records: dict[object, Record] = {}
        self.recordings: list[Recording] = []
        self.followed: dict[object, list[Followed]] = {}
        self.populations: dict[int, int] = {}
        self.met: set[int] = set()
        self.watched: list[list[Value]] = []
        self.owners: list[Instance | None] = []
        self.depths: list[int] = []
        self.namespaces = importer.namespaces
        self.touched: dict[int, int] = {}
        self.clock = 0
        self.rebound = 0
        self.numbered = 0
        self.deepest = 0

    def restart(self) -> None:
        """Forget the forward that was followed so far; what was built stays."""
        self.graph = LayerGraph()
        self.modules, self.trails, self.path = [], [], ALWAYS
        self.applied.clear()
        self.records.clear()
        self.followed.clear()
        self.met.clear()
        self.owners, self.depths = [], []

    # ---- dispatch ------------------------------------------------------------------------------------------

    def eval(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression; odd code gives `Unknown`, never an error of the host."""
        self.steps = steps = self.steps + 1
        if steps > self.next_look:
            self.look_at_budget()
        kind = type(node)
        if kind is ast.Name:  # half of all expressions: a variable at hand needs no further call
            value = frame.scope.variables.get(node.id, ABSENT)  # type: ignore[attr-defined]
            if type(value) not in UNSETTLED:
                return value
        value = EXPRESSIONS[kind](self, node, frame)
        if kind in MAKERS and type(value) in SIZED and len(value) > budget.FREE_SIZE:
            self.steps += len(value) // 2
        return value

    def look_at_budget(self) -> None:
        """Raise where the steps, or the processor time of this thread, have run out."""
        if self.steps > self.step_limit:
            raise BudgetExceededError(f"more than {self.allowed_steps:,} steps")
        if time.thread_time() > budget.FILE_SECONDS:
            raise BudgetExceededError(f"more than {budget.FILE_SECONDS} seconds")
        self.next_look = min(self.step_limit, self.steps + budget.LOOK_STEPS)

    # what the parts call one another by: methods at once, without a call in between
    exec_block = statements.run_block
    call = calls.call
    getattr = attributes.get
    setattr = attribute_assignment.put
    getitem = subscripts.get
    setitem = subscripts.put

    def iterate(self, value: Value) -> Iterable[Value] | None:
        """The elements of a value in order; None if their number is not known."""
        return iteration.elements(self, value)

    truth = truth.of

    def load_module(self, name: str) -> PythonModule | None:
        return self.importer.load(self, name)

    def resolve(self, value: Value) -> Value:
        """Resolve a lazily imported name, and a choice on the path condition that is being followed."""
        if type(value) not in UNSETTLED:
            return value
        if type(value) is LazyImport:
            return importing.resolve(self, value)
        return branches.narrow(self, value) if type(value) is Choice else value

    # ---- places --------------------------------------------------------------------------------------------

    def place(self) -> Place | None:
        """The call that is running in the innermost frame of user code."""
        for index in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[index]
            if not frame.module.library and frame.module.path is not None and frame.node is not None:
                self.taint(depth=index)
                return place_of(frame.module.path, frame.node)
        self.taint()
        return None

    def call_places(self, count: int = 4, skip: Instance | None = None) -> tuple[Place, ...]:
        """The running calls of user code from the innermost outwards."""
        out: list[Place] = []
        for frame in reversed(self.frames):
            if frame.module.library or frame.module.path is None or frame.node is None:
                continue
            if skip is not None and frame.instance is skip:
                continue
            out.append(place_of(frame.module.path, frame.node))
            if len(out) == count:
                break
        return tuple(out)

    def user_depth(self) -> int:
        """How many calls of user code are running."""
        return sum(
            not f.module.library and f.module.path is not None and f.node is not None for f in self.frames
        )

    def unknown_index(self) -> str:
        """What conditions call an index or key that is not known here."""
        place = self.place()
        return f"index (line {place.line})" if place else "index"

    # ---- results -------------------------------------------------------------------------------------------

    def unresolve(self, reason: str, place: Place | None = None) -> None:
        """Say that the model could not be followed here."""
        self.taint()
        place = place or self.place()
        self.unresolved.setdefault((reason, place), Unresolved(reason, place))

    def forget(self, known: int) -> None:
        """Take back what was unresolved since `known` things were, on a path that turned out impossible."""
        for key in list(self.unresolved)[known:]:
            del self.unresolved[key]

    def fact(self, fact: str, name: str, op: str, place: Place | None = None, **attrs: object) -> None:
        self.taint()
        place = place or self.place()
        if place is not None:
            self.facts.append(ModuleFact(fact, name, op, place, attrs, self.path))

    def emit(
        self,
        kind: str,
        op: str,
        inputs: Iterable[Tensor],
        attrs: dict[str, object] | None = None,
        *,
        layer: Instance | None = None,
        rank: int | None = None,
    ) -> Tensor:
        """Add an application of a layer or operator; without any producer among its inputs it makes a
        constant.
        """
        inputs = list(inputs)
        sources = branches.routes(inputs)
        if not sources and kind != "input":
            if not any(tensor.live for tensor in inputs):
                return Tensor(rank=rank)
            sources = dict.fromkeys(self.emit("input", "indices", ()).producers, ALWAYS)
        if len(self.graph.nodes) >= budget.NODES:
            raise BudgetExceededError(f"more than {budget.NODES:,} layer applications")
        owner = layer if layer is not None else (self.modules[-1] if self.modules else None)
        frames = self.call_places(4)
        node = Node(
            len(self.graph.nodes),
            kind,
            op,
            self.names.get(id(owner), "") if owner is not None else "",
            attrs or {},
            layer.built if layer is not None else None,
            frames[0] if frames else None,
            self.path,
            frames[1:],
        )
        self.graph.add(node)
        self.owners.append(owner)
        self.depths.append(self.user_depth() if self.recordings else 0)
        for source, condition in sorted(sources.items(), key=itemgetter(0)):
            self.graph.connect(source, node.id, condition.without(self.path))
        return Tensor(frozenset((node.id,)), rank=rank)

    # ---- contexts ------------------------------------------------------------------------------------------

    @contextmanager
    def under(self, condition: Condition) -> Iterator[None]:
        """Follow code under a further condition."""
        saved = self.path
        self.path = saved & condition
        try:
            yield
        finally:
            self.path = saved

    def enter(self, frame: Frame) -> None:
        """Begin to run a frame; who enters one takes it off `frames` again."""
        if len(self.frames) >= budget.CALL_DEPTH:
            raise Raised("RecursionError", None, "calls nested too deeply")
        self.frames.append(frame)
        if len(self.frames) > self.deepest:
            self.deepest = len(self.frames)

    @contextmanager
    def framed(self, frame: Frame) -> Iterator[None]:
        self.enter(frame)
        try:
            yield
        finally:
            self.frames.pop()

    def in_train_guard(self) -> bool:
        """Whether the running code is reached only in train mode."""
        return any(frame.train_guard for frame in self.frames)

    def touch(self, value: Value) -> None:
        """Note that a value is about to change, so that a branch can be undone and joined."""
        self.clock += 1
        self.touched[id(value)] = self.clock
        if id(value) in self.namespaces:
            self.rebound += 1
        if self.watched:
            self.watched[-1].append(value)
        if self.trails:
            self.trails[-1].save(value)

    def born(self, value: Value) -> Value:
        """Note that a container or object was made on the branch that is being followed."""
        if self.trails:
            self.trails[-1].born[id(value)] = value
        return value

    # ---- equal builds --------------------------------------------------------------------------------------

    def next_number(self) -> int:
        """The number of a new object."""
        self.numbered = next_number()
        return self.numbered

    def note_undone(self, *trails: Trail) -> None:
        """Note that what branches changed is as before, or joined: it was seen otherwise in between."""
        self.clock += 1
        for trail in trails:
            self.touched.update(dict.fromkeys(trail.saved, self.clock))
            names = (type(v) is Scope or key in self.namespaces for key, (v, _) in trail.saved.items())
            self.rebound += any(names)

    def expose(self, namespace: dict[str, Value]) -> None:
        """Note that the program has a module's, class's or function's variables at hand as a dictionary."""
        self.namespaces[id(namespace)] = namespace
        self.taint()

    def taint(self, number: int = 0, *, depth: int = -1) -> None:
        """Note that the running builds did what a copy of their module would miss: those that `number` (of an
        object) or `depth` (of a frame) is older than.
        """
        for recording in self.recordings:
            if number < recording.number and depth < recording.depth:
                recording.tainted = True

    def is_open(self, value: Value) -> bool:
        """Whether a dictionary holds keyword arguments of a root, of which the caller may pass more."""
        return type(value) is OpenDict or id(value) in self.opened

    def unknown(self, reason: str, *, data: bool = False, text: str | None = None) -> Unknown:
        return Unknown(reason, data, text)

    def default_of(self, value: Value) -> Value:
        """A symbol's default; other values as they are."""
        return value.default if type(value) is Symbol else value


__all__ = ["TRAINING", "Frame", "Interpreter", "operators", "place_of"]
