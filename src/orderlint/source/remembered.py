"""Functions of the program that only compute: called again with the same plain arguments, they give the same.

What a function may read and do is found out by the effect analysis. A result is kept with the variables that
the function read around it, and handed out again as long as these are what they were.
"""

from __future__ import annotations

import ast
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.source import build_records, functions
from orderlint.source.definitions import definition_of
from orderlint.source.effect_purity import Purity, Read
from orderlint.source.effect_values import NotHarmlessError
from orderlint.source.hosts import HostModule
from orderlint.source.values import Class, External, Function, Partial, PythonModule, Raised, Value

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter

CALLS = 2
"""Calls of a function before it is worth a look."""

RESULTS = 1_000
"""Results of one function that are kept."""

SCALARS = frozenset({type(None), bool, int, float, str})
REFERENCES = frozenset(
    {Class, Function, PythonModule, HostModule, type, types.FunctionType, types.BuiltinFunctionType}
)
CONTAINERS = frozenset({list, dict, set})


class UnlikeError(Exception):
    """A value that cannot be told from others, or not be handed out twice."""


@dataclass(slots=True)
class Memo:
    """What is known of a function: `reads` by the kinds of its arguments (None: it may do more than compute),
    results by the arguments themselves.
    """

    cached: bool = False  # Python keeps the results, whatever the function reads
    calls: int = 0
    reads: dict[object, list[Read] | None] = field(default_factory=dict)
    results: dict[object, tuple[Value, list[Read]]] = field(default_factory=dict)


def run(
    it: Interpreter, function: Function, args: list[Value], kwargs: dict[str, Value], open_: bool = False
) -> Value:
    """Call a function of the program, or remember what it gave."""
    memo = function.memo
    if memo is False or open_ or it.assume:
        return functions.run(it, function, args, kwargs, open_=open_)
    if memo is None:
        memo = function.memo = Memo(function.cached) if may_compute(function) else False
        if memo is False:
            return functions.run(it, function, args, kwargs)
    try:
        key = (*map(part, args), *((name, part(value)) for name, value in kwargs.items()))
        known = memo.results.get(key)
    except (UnlikeError, TypeError):
        return functions.run(it, function, args, kwargs)
    if known is not None and holds(it, known[1]):
        for read in known[1] if it.recordings else ():
            build_records.note_variable(it, read.scope, read.name, read.value)
        return handed_out(it, known[0])
    memo.calls += 1
    if memo.calls < CALLS and not memo.cached:
        return functions.run(it, function, args, kwargs)
    return computed(it, function, memo, key, args, kwargs)


def may_compute(function: Function) -> bool:
    """Whether a function is one whose result could be kept."""
    return (
        function.owner is None
        and not function.module.library
        and isinstance(function.node, ast.FunctionDef)
        and not definition_of(function.node).generator
    )


def computed(
    it: Interpreter, function: Function, memo: Memo, key: object, args: list[Value], kwargs: dict[str, Value]
) -> Value:
    """Run a function; its result is kept where it only computes."""
    if memo.cached:
        return run_once(it, function, memo, key, args, kwargs)
    reads = reads_of(it, function, memo, args, kwargs)
    if reads is None:
        return functions.run(it, function, args, kwargs)
    before = state(it)
    result = functions.run(it, function, args, kwargs)
    if state(it) == before and len(memo.results) < RESULTS and holds(it, reads):
        taken = [id(v) for v in (*args, *kwargs.values())] + [id(read.value) for read in reads]
        try:
            kept = copied(None, result, set(taken))
        except UnlikeError:
            return result
        memo.results[key] = (kept, reads)
    return result


def run_once(
    it: Interpreter, function: Function, memo: Memo, key: object, args: list[Value], kwargs: dict[str, Value]
) -> Value:
    """Run a function whose results Python keeps; a constant that no branch decides is not computed again."""
    before = len(it.unresolved), len(it.facts), len(it.graph.nodes), len(it.parameters)
    result = functions.run(it, function, args, kwargs)
    after = len(it.unresolved), len(it.facts), len(it.graph.nodes), len(it.parameters)
    if before == after and type(result) in SCALARS and not it.path.literals and len(memo.results) < RESULTS:
        memo.results[key] = (result, [])
    return result


def holds(it: Interpreter, reads: list[Read]) -> bool:
    """Whether the variables that a result depends on are what they were, on this branch too."""
    return all(read.same() and not (read.varies and it.path.literals) for read in reads)


def reads_of(
    it: Interpreter, function: Function, memo: Memo, args: list[Value], kwargs: dict[str, Value]
) -> list[Read] | None:
    """The variables that a call of these kinds of arguments may read; None where it may do more."""
    kind = kinds(args, kwargs)
    if kind not in memo.reads:
        purity = Purity.begin(it)
        try:
            purity.call(function, args, kwargs)
        except (NotHarmlessError, Raised, RecursionError):
            memo.reads[kind] = None
        else:
            memo.reads[kind] = purity.reads
        it.steps += purity.visits
        if len(memo.reads) > CALLS and not any(reads is not None for reads in memo.reads.values()):
            function.memo = False
    return memo.reads[kind]


def state(it: Interpreter) -> tuple[object, ...]:
    """What a function that only computes leaves as it was."""
    return it.instances, len(it.unresolved), len(it.facts), len(it.graph.nodes), len(it.parameters), it.path


# ---- arguments ---------------------------------------------------------------------------------------------


def part(value: Value) -> object:
    """An argument's share in a key: equal for arguments that no function can tell apart."""
    kind = type(value)
    if kind in SCALARS:
        return (kind, value) if value or kind is not float else repr(value)
    if kind in REFERENCES:
        return value
    if kind is tuple:
        return (tuple, *map(part, value))
    if kind is External:
        return (External, value.name, value.found)
    if kind is Partial:
        named = tuple((name, part(v)) for name, v in value.kwargs.items())
        return (Partial, part(value.function), *map(part, value.args), named)
    raise UnlikeError


def kinds(args: list[Value], kwargs: dict[str, Value]) -> object:
    """What the analysis of a call depends on."""
    return (*map(kind_of, args), *((name, kind_of(value)) for name, value in kwargs.items()))


def kind_of(value: Value) -> object:
    return type(value) if type(value) in SCALARS else part(value)


# ---- results -----------------------------------------------------------------------------------------------


def copied(it: Interpreter | None, value: Value, taken: set[int]) -> Value:
    """A value with containers of its own; `taken` are those that it must not share with others."""
    kind = type(value)
    if kind in SCALARS or kind in (Class, External, PythonModule, type) or isinstance(value, float):
        return value
    if kind is Function and value.scope.kind == "module":
        return value
    if kind is tuple:
        return tuple(copied(it, item, taken) for item in value)
    if kind not in CONTAINERS and kind is not Partial:
        raise UnlikeError
    if id(value) in taken:
        raise UnlikeError
    taken.add(id(value))
    if kind is Partial:
        named = {name: copied(it, v, taken) for name, v in value.kwargs.items()}
        return Partial(copied(it, value.function, taken), [copied(it, v, taken) for v in value.args], named)
    made: Value
    if kind is dict:
        made = {key: copied(it, item, taken) for key, item in value.items()}
    else:
        made = kind(copied(it, item, taken) for item in value)
    return made if it is None else it.born(made)


def handed_out(it: Interpreter, value: Value) -> Value:
    """A kept result as the function itself would make it."""
    return value if type(value) in SCALARS or type(value) is Class else copied(it, value, set())
