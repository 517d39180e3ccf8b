"""What is known of a forward that was followed: the part of the graph that it added, what it read of older
values, and whether it left anything else behind.

A forward may be repeated for an equal module only if it changed nothing that is older than itself. Reads of
globals, class attributes and variables around its functions are noted as those of builds are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.graph.model import ALWAYS
from orderlint.source import build_records
from orderlint.source.build_records import Recording
from orderlint.source.forward_arguments import uses
from orderlint.source.tensors import Tensor, next_stamp

if TYPE_CHECKING:
    from orderlint.graph.model import Condition, Place
    from orderlint.source.forward_arguments import Given
    from orderlint.source.interpreter import Interpreter
    from orderlint.source.values import Instance, Value


@dataclass(slots=True)
class Seen:
    """A node as it was when its forward ended.

    Attributes:
        owner: the module that it is of; `named`: it has the name of that.
        inner: the calls within the forward that lead to it; `depth`: how many.
        inside: its sources among the nodes of the forward, counted from its first.
        outside: its sources among those of the arguments, by their number.
    """

    kind: str
    op: str
    attrs: dict[str, object]
    owner: Instance | None
    built: bool
    inner: tuple[Place, ...]
    depth: int
    condition: Condition
    name: str
    named: bool
    inside: tuple[tuple[int, Condition], ...]
    outside: tuple[tuple[int, Condition], ...]


@dataclass(slots=True)
class Followed:
    """A forward that is over and left nothing but its nodes and its result.

    Attributes:
        start: the number of its first node.
        applied: the modules that it called, by identity.
        nested: the frames that it needed.
        saw_training: whether a test asked for the mode.
        shared: what can be reached from what it read of older objects; None: not looked at yet.
    """

    began: Recording
    module: Instance
    given: Given
    nodes: list[Seen]
    start: int
    result: Value
    applied: set[int]
    instances: int
    nested: int
    saw_training: bool
    shared: tuple[int, ...] | None = None


@dataclass(slots=True)
class Watch:
    """A forward that is running: what was so before, to be put back or compared."""

    recording: Recording
    start: int
    applied: set[int]
    saw_training: bool
    written: list[tuple[int, int]]


def written(given: Given) -> list[tuple[int, int]]:
    """When the memory of each tensor given was last written, and how often it was used as a mask."""
    return [(tensor.storage.stamp, uses(tensor)) for tensor in given.tensors]


def state(it: Interpreter) -> tuple[object, ...]:
    """What a forward that is to be repeated leaves as it was."""
    return (
        it.path,
        it.none_taken,
        it.rebound,
        len(it.unresolved),
        len(it.facts),
        len(it.opened),
        len(it.uncounted),
        len(it.tested),
        len(it.parameters),
    )


def begin(it: Interpreter, given: Given) -> Watch:
    """Begin to record a forward."""
    recording = Recording(
        it.steps,
        it.clock,
        next_stamp(),
        it.numbered + 1,
        len(it.frames),
        it.user_depth(),
        it.instances,
        it.rebound,
        state(it),
        it.deepest,
    )
    watch = Watch(
        recording,
        len(it.graph.nodes),
        it.applied,
        it.saw_training,
        written(given),
    )
    it.deepest = len(it.frames)
    it.recordings.append(recording)
    it.applied, it.saw_training = set(), False
    it.watched.append([])
    return watch


def end(it: Interpreter, watch: Watch) -> tuple[list[Value], set[int], int]:
    """Stop the innermost recording: what was changed while it ran, the modules applied, the frames needed."""
    touched, applied, nested = it.watched.pop(), it.applied, it.deepest - watch.recording.depth
    if it.watched:
        it.watched[-1] += touched
    it.applied = watch.applied
    it.applied |= applied
    it.saw_training = it.saw_training or watch.saw_training
    build_records.end(it)
    return touched, applied, nested


def clean(it: Interpreter, watch: Watch, given: Given, touched: list[Value]) -> bool:
    """Whether a forward that has ended changed nothing older."""
    recording = watch.recording
    if recording.tainted or recording.state != state(it) or watch.written != written(given):
        return False
    born = it.trails[-1].born if it.trails else {}
    for value in touched:
        if type(value) is Tensor:
            if value.stamp <= recording.stamp:
                return False
        elif id(value) not in born or id(value) in given.containers:
            return False
    return True


def nodes_since(it: Interpreter, watch: Watch, given: Given) -> list[Seen] | None:
    """The nodes that a forward added; None where one has a source that is no argument's."""
    graph, start, recording = it.graph, watch.start, watch.recording
    seen = []
    for node in graph.nodes[start:]:
        inside: list[tuple[int, Condition]] = []
        outside: list[tuple[int, Condition]] = []
        for source in graph.predecessors[node.id]:
            condition = graph.edge_conditions.get((source, node.id), ALWAYS)
            if source >= start:
                inside.append((source - start, condition))
            elif source in given.sources:
                outside.append((given.sources[source], condition))
            else:
                return None
        owner = it.owners[node.id]
        if owner is not None and owner.number >= recording.number:
            return None
        depth = it.depths[node.id] - recording.places
        places = () if node.used is None else (node.used, *node.frames)
        seen.append(
            Seen(
                node.kind,
                node.op,
                dict(node.attrs),
                owner,
                node.built is not None,
                places[: max(0, depth)],
                depth,
                node.condition,
                node.name,
                node.name == it.names.get(id(owner), ""),
                tuple(inside),
                tuple(outside),
            )
        )
    return seen
