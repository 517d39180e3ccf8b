"""What is known of a build while it runs and afterwards: what it read of older values, and whether it left
anything but what it made.

A build is the `__init__` of a module. It depends on its arguments, on variables around its functions, and on
what class attributes, globals and defaults hold; each of them is noted when it is read. Nothing else that is
older than the build can be reached from it.
"""

from __future__ import annotations

import itertools
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.source.tensors import next_stamp
from orderlint.source.values import (
    Absent,
    Class,
    External,
    Function,
    Instance,
    LazyImport,
    Native,
    NotTrainingFlag,
    Property,
    PythonModule,
    Scope,
    Symbol,
    Test,
    TrainingFlag,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

FIXED = frozenset(
    {
        bool,
        int,
        float,
        complex,
        str,
        bytes,
        type(None),
        type(Ellipsis),
        type,
        range,
        types.BuiltinFunctionType,
        Absent,
        Class,
        External,
        Function,
        LazyImport,
        Native,
        NotTrainingFlag,
        Property,
        PythonModule,
        Symbol,
        Test,
        TrainingFlag,
    }
)
"""Types whose values need not be noted: they do not change, or what changes in them is noted where it is
read.
"""


@dataclass(slots=True)
class Recording:
    """A build that is running.

    `since`, `clock`, `stamp`, `number`: steps, changes, tensors and objects that there were when it began;
    what came later is its own. `depth`, `places`: the frames around it, all and those of user code. `state`:
    what must be the same at its end. `rebound`: how often a global or class attribute was set before.
    """

    since: int
    clock: int
    stamp: int
    number: int
    depth: int
    places: int
    instances: int
    rebound: int
    state: tuple[object, ...]
    deepest: int
    tested: int = 0
    reads: dict[tuple[int, str, int], tuple[Scope | None, str, Value]] = field(default_factory=dict)
    tainted: bool = False


@dataclass(slots=True)
class Record:
    """A build that is over and depended on nothing but what it read: `made` is the module, `args` and
    `kwargs` its arguments, `ended` the time of its end; then how many numbers, objects and nested frames
    it took.

    `shared`: what it can have reached of older objects (None: not looked at yet), `named` those of them that
    are no containers handed over by this very call; `own`: what it made. `tests`: the tests of unknown values
    that came first in it, as they were at its end.
    """

    began: Recording
    made: Instance
    args: list[Value]
    kwargs: dict[str, Value]
    ended: int
    numbers: int
    instances: int
    nested: int
    tests: dict[int, dict[tuple[int, ...], Test]]
    shared: tuple[int, ...] | None = None
    named: frozenset[int] = frozenset()
    own: tuple[int, ...] = ()


def state(it: Interpreter) -> tuple[object, ...]:
    """What a build that is to be copied leaves as it was."""
    return (
        it.path,
        it.saw_training,
        it.none_taken,
        it.rebound,
        len(it.unresolved),
        len(it.facts),
        len(it.graph.nodes),
        len(it.opened),
        len(it.uncounted),
        len(it.trails[-1].saved) if it.trails else 0,
        len(it.parameters),
    )


def begin(it: Interpreter, made: Instance) -> Recording:
    recording = Recording(
        it.steps,
        it.clock,
        next_stamp(),
        made.number,
        len(it.frames),
        it.user_depth(),
        it.instances,
        it.rebound,
        state(it),
        it.deepest,
        len(it.tested),
    )
    it.deepest = len(it.frames)
    it.recordings.append(recording)
    return recording


def end(it: Interpreter) -> Recording:
    """Stop the innermost recording; what it read, the build around it has read too."""
    recording = it.recordings.pop()
    it.deepest = max(it.deepest, recording.deepest)
    if it.recordings:
        hand_on(it.recordings[-1], recording)
    return recording


def tests_since(it: Interpreter, recording: Recording) -> dict[int, dict[tuple[int, ...], Test]]:
    """The tests of values that were first tested since a build began: a second build tests values of its own
    anew; those that are older have their tests by then.
    """
    new = itertools.islice(reversed(it.tested), len(it.tested) - recording.tested)
    return {key: dict(it.tested[key][1]) for key in new}


def hand_on(around: Recording, inner: Recording) -> None:
    for key, read in inner.reads.items():
        if read[0] is None or read[0].since < around.since:
            around.reads[key] = read


def note_variable(it: Interpreter, scope: Scope, name: str, value: Value) -> None:
    """A variable of a scope around the running function was read.

    Those of modules and classes are counted when they are set; of them only what they hold may change unseen.
    """
    recording = it.recordings[-1]
    if scope.kind in ("module", "class"):
        note(it, value)
    elif scope.since < recording.since:
        recording.reads[id(scope), name, id(value)] = (scope, name, value)


def note(it: Interpreter, value: Value) -> None:
    """A value was read that may be older than the running build: what a class attribute, a global or a
    default holds.
    """
    if type(value) not in FIXED:
        it.recordings[-1].reads[0, "", id(value)] = (None, "", value)
