"""Equal blocks are followed once: the forward of a module that is like one whose forward was followed, on
arguments of the same sort, adds the same nodes.

The nodes are those that a second walk through the code would have added, in the same order: with the modules
of this block, the places of this call, and edges from these arguments. A forward that cannot be shown to
depend on nothing else, and to change nothing else, is followed again.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from orderlint.graph.model import Node
from orderlint.source import budget, build_records, build_replay, forward_records
from orderlint.source.build_reach import NotFollowed, reach
from orderlint.source.forward_arguments import Given
from orderlint.source.forward_records import Followed, Seen, Watch
from orderlint.source.likeness import Likeness
from orderlint.source.tensors import Storage, Tensor, next_stamp
from orderlint.source.values import ABSENT, Class, Instance, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.graph.model import Condition, Place
    from orderlint.source.interpreter import Interpreter

RECORDS = 4
"""Forwards that are kept for one class and one sort of arguments."""

SCALARS = frozenset({type(None), bool, int, float, str})


def eligible(it: Interpreter, module: Instance) -> bool:
    """Whether the forward of a module may be worth repeating: one of several of a class of user code, or one
    that was called before.
    """
    if not it.repeating or module.cls.library or it.calling or not it.modules:
        return False
    if it.populations.get(id(module.cls), 0) > 1 or id(module) in it.met:
        return True
    it.met.add(id(module))
    return False


def call(
    it: Interpreter,
    module: Instance,
    args: list[Value],
    kwargs: dict[str, Value],
    follow: Callable[[], Value],
) -> Value:
    """Follow the forward of a module, or repeat what the forward of one like it did."""
    try:
        given = Given(it, args, kwargs)
    except NotFollowed:
        return follow()
    key = key_of(it, module.cls, given)
    known = it.followed.setdefault(key, [])
    for record in reversed(known):
        if (likeness := fits(it, record, module)) is not None:
            return repeat(it, record, likeness, given)
    watch = forward_records.begin(it, given)
    try:
        result = follow()
    except BaseException:
        forward_records.end(it, watch)
        raise
    made = over(it, watch, module, given, result)
    if made is not None:
        del known[: 1 - RECORDS]
        known.append(made)
    return result


def over(it: Interpreter, watch: Watch, module: Instance, given: Given, result: Value) -> Followed | None:
    """The record of a forward that has ended; None where it cannot be repeated."""
    began, saw = watch.recording, it.saw_training
    touched, applied, nested = forward_records.end(it, watch)
    if not forward_records.clean(it, watch, given, touched):
        return None
    nodes = forward_records.nodes_since(it, watch, given)
    if nodes is None or not can_be_copied(began.stamp, given, watch.start, result):
        return None
    made = it.instances - began.instances
    return Followed(began, module, given, nodes, watch.start, result, applied, made, nested, saw)


def key_of(it: Interpreter, cls: Class, given: Given) -> object:
    """What two calls have in common before their modules are compared."""
    return (
        id(cls),
        given.key,
        it.path,
        it.turns,
        len(it.trails),
        it.in_train_guard(),
        it.decorating,
        it.trying,
    )


def fits(it: Interpreter, record: Followed, module: Instance) -> Likeness | None:
    """The likeness of a module to that of a record, if another forward would do what the recorded one did."""
    began = record.began
    if it.rebound != began.rebound or len(it.frames) + record.nested > budget.CALL_DEPTH:
        return None
    if len(it.graph.nodes) + len(record.nodes) > budget.NODES:
        return None
    for scope, name, value in began.reads.values():
        if scope is not None and scope.variables.get(name, ABSENT) is not value:
            return None
    try:
        likeness = Likeness(it, began.clock)
        likeness.compare(record.module, module)
        if record.shared is None:
            found: dict[int, Value] = {}
            reach(it, found, [value for _, _, value in began.reads.values()], began.clock)
            record.shared = tuple(found)
    except NotFollowed:
        return None
    touched = it.touched.get
    return likeness if all(touched(i, 0) <= began.clock for i in record.shared) else None


def can_be_copied(stamp: int, given: Given, start: int, value: Value) -> bool:
    """Whether a result is made of constants, of the tensors given, and of new ones that hide nothing."""
    kind = type(value)
    if kind is Tensor:
        if id(value) in given.places:
            return True
        plain = value.data is None and value.noise is None and whole(value.sizes)
        if not plain or value.stamp <= stamp or value.storage.stamp > value.stamp or not value.producers:
            return False
        return all(source >= start or source in given.sources for source in value.producers)
    if isinstance(value, (list, tuple)):
        return all(can_be_copied(stamp, given, start, v) for v in value)
    if kind is dict:
        return all(type(k) in SCALARS and can_be_copied(stamp, given, start, v) for k, v in value.items())
    return kind in SCALARS


def whole(sizes: tuple[Value, ...] | None) -> bool:
    """Whether the sizes of a tensor are numbers, or not known at all."""
    return sizes is None or all(type(size) is int for size in sizes)


def repeat(it: Interpreter, record: Followed, likeness: Likeness, given: Given) -> Value:
    """Add the nodes of a recorded forward again, for a module like its own; returns its result."""
    start = len(it.graph.nodes)
    places, deeper = it.call_places(build_replay.PLACES), it.user_depth()
    for seen in record.nodes:
        add(it, seen, start, likeness, given, places)
        it.depths.append(seen.depth + deeper)
    it.steps += 1 + len(record.nodes)
    it.instances += record.instances
    it.deepest = max(it.deepest, len(it.frames) + record.nested)
    it.saw_training = it.saw_training or record.saw_training
    same = likeness.same
    it.applied.update([id(same[i]) if i in same else i for i in record.applied])
    if it.recordings:
        build_records.hand_on(it.recordings[-1], record.began)
    return Results(it, record, likeness, given, start).of(record.result)


def add(
    it: Interpreter,
    seen: Seen,
    start: int,
    likeness: Likeness,
    given: Given,
    places: tuple[Place, ...],
) -> None:
    """Add one node, with its edges in the order of their sources."""
    owner = seen.owner if seen.owner is None else likeness.same.get(id(seen.owner), seen.owner)
    attrs = dict(seen.attrs)
    if "module" in attrs and owner is not None:
        attrs["module"] = owner.number
    calls = (*seen.inner, *places)[: build_replay.PLACES]
    node = Node(
        len(it.graph.nodes),
        seen.kind,
        seen.op,
        it.names.get(id(owner), "") if seen.named else seen.name,
        attrs,
        owner.built if seen.built and owner is not None else None,
        calls[0] if calls else None,
        seen.condition,
        calls[1:],
    )
    it.graph.add(node)
    it.owners.append(owner)
    sources = [(given.nodes[place], condition) for place, condition in seen.outside]
    if len(sources) > 1:
        sources.sort(key=itemgetter(0))
    for source, condition in sources:
        it.graph.connect(source, node.id, condition)
    for source, condition in seen.inside:
        it.graph.connect(start + source, node.id, condition)


class Results:
    """Copies the result of a recorded forward for another call. `memories`: what stands for its memories."""

    def __init__(
        self, it: Interpreter, record: Followed, likeness: Likeness, given: Given, start: int
    ) -> None:
        self.it, self.record, self.given, self.start = it, record, given, start
        self.memories: dict[int, Storage] = dict(likeness.memories)
        for first, second in zip(record.given.tensors, given.tensors, strict=True):
            self.memories[id(first.storage)] = second.storage
        self.made: dict[int, Value] = {}

    def of(self, value: Value) -> Value:
        """The copy of a value; tensors that were given are those of this call."""
        kind = type(value)
        if kind in SCALARS:
            return value
        if id(value) in self.made:
            return self.made[id(value)]
        made: Value
        if kind is Tensor:
            place = self.record.given.places.get(id(value))
            made = self.tensor(value) if place is None else self.given.tensors[place]
        elif isinstance(value, tuple):
            made = tuple.__new__(kind, [self.of(v) for v in value])
        elif kind is list:
            made = self.it.born([self.of(v) for v in value])
        else:
            made = self.it.born({key: self.of(held) for key, held in value.items()})
        self.made[id(value)] = made
        return made

    def tensor(self, value: Tensor) -> Tensor:
        storage = self.memories.get(id(value.storage))
        if storage is None:
            old, shift = value.storage, self.start - self.record.start
            writer = None if old.writer is None else old.writer + shift
            storage = Storage(self.mapped(old.producers), next_stamp() if old.stamp else 0, writer)
            self.memories[id(old)] = storage
        conditions: dict[int, Condition] | None = None
        if value.conditions:
            conditions = {
                source: condition
                for first, condition in value.conditions.items()
                for source in self.mapped(frozenset((first,)))
            }
        return Tensor(
            self.mapped(value.producers),
            storage,
            value.rank,
            parameter=value.parameter,
            live=value.live,
            sizes=value.sizes,
            conditions=conditions,
        )

    def mapped(self, producers: frozenset[int]) -> frozenset[int]:
        """The nodes of this call that stand for those of the recorded one."""
        out: set[int] = set()
        for producer in producers:
            if producer >= self.record.start:
                out.add(producer - self.record.start + self.start)
            else:
                out.add(self.given.nodes[self.record.given.sources[producer]])
        return frozenset(out)
