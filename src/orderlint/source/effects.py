"""Which calls and loops change nothing that a graph, a finding or a status depends on, so that none need run.

What a constructor does to the values of its parameters no graph can see. A statement is passed over where all
that it may do, in every function that it may call, is to write tensors, to set local variables and to look at
things. It is decided with the actual functions and objects at hand; whatever cannot be told makes a statement
one that is run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.source import effect_calls, effect_expressions, effect_statements
from orderlint.source.effect_statements import Activation
from orderlint.source.effect_values import (
    HELD,
    NONE,
    PLAIN,
    Abstract,
    Code,
    Known,
    Many,
    Nested,
    NotHarmlessError,
    join,
)
from orderlint.source.effect_world import World
from orderlint.source.frames import Frame
from orderlint.source.values import (
    ABSENT,
    Bound,
    External,
    Function,
    LazyImport,
    Native,
    Partial,
    Raised,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orderlint.source.interpreter import Interpreter

VISITS = 20_000
"""Statements and expressions that are looked at to decide on one statement of the program."""

DEPTH = 40
"""Nested calls that are looked into."""

ATTEMPTS = 3
"""Places in the program are given up where so many attempts in a row found an effect."""


@dataclass(slots=True)
class Verdicts:
    """What was found out, shared by all roots of a file: by what is within reach, function and arguments."""

    results: dict[object, dict[object, Abstract | None]] = field(default_factory=dict)
    failures: dict[ast.AST, int] = field(default_factory=dict)
    kept: list[Value] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Analysis:
    """One decision: what is within reach, what is known of functions, and which are being looked into."""

    it: Interpreter
    world: World
    results: dict[object, Abstract | None]
    pure: bool = False  # what raises makes no result, and what holds code is only read
    around: Frame | None = None  # of a loop that is analysed: the function that runs it
    visits: int = 0
    running: list[object] = field(default_factory=list)
    found: dict[object, Abstract] = field(default_factory=dict)

    def visit(self) -> None:
        self.visits += 1
        if self.visits > VISITS:
            raise NotHarmlessError("too much to look through")

    def value(self, node: ast.expr, at: Activation) -> Abstract:
        self.visit()
        handler = effect_expressions.TABLE.get(type(node))
        if handler is None:
            raise NotHarmlessError(type(node).__name__)
        return handler(self, node, at)

    def truth(self, node: ast.expr, at: Activation) -> bool | None:
        return effect_expressions.truth_of(self.value(node, at))

    # ---- names ---------------------------------------------------------------------------------------------

    def named(self, name: str, at: Activation) -> Abstract:
        """A variable of the program around what is analysed."""
        from orderlint.source import expressions

        value = expressions.lookup(self.it, name, at.where)
        if value is ABSENT or (type(value) is External and not value.found):
            raise NotHarmlessError(f"{name} is not found")
        if self.around is at.where and name in at.where.scope.variables:
            return self.world.abstract(self.it.resolve(value))
        return self.outer(value)

    def outer(self, value: Value) -> Abstract:
        """A value of the program that need not be within reach: constants there may change."""
        value = self.it.resolve(value) if type(value) is LazyImport else value
        found = self.world.abstract(value)
        return PLAIN if type(found) is Known and found != NONE else found

    def attribute_of_code(self, value: Value, name: str) -> Abstract:
        if isinstance(value, (Function, Native)):
            return PLAIN
        found = self.it.getattr(value, name)
        if type(found) is External and not found.found:
            raise NotHarmlessError(f"{found.name} is not found")
        return self.outer(found)

    # ---- functions -----------------------------------------------------------------------------------------

    def run(self, function: Function, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """What a call of a function gives; one within itself is taken to be harmless."""
        sees_loop = self.around is not None and function.scope is self.around.scope
        if function.doubtful or sees_loop or isinstance(function.node, ast.AsyncFunctionDef):
            raise NotHarmlessError("a function that is not followed")
        key = (Code(function), tuple(args), tuple(sorted(kwargs.items(), key=lambda item: item[0])))
        for known in (self.results, self.found):
            if key in known:
                result = known[key]
                if result is None:
                    raise NotHarmlessError("found before")
                return result
        if key in self.running:
            return HELD
        if len(self.running) >= DEPTH:
            raise NotHarmlessError("calls nested too deeply")
        self.running.append(key)
        defaults = self.defaults(function)
        variables = effect_calls.bound(function.node.args, args, kwargs, defaults)
        result = self.body(function, variables)
        self.running.pop()
        self.found[key] = result
        return result

    def defaults(self, function: Function) -> dict[str, Abstract]:
        spec = function.node.args
        names = [p.arg for p in spec.posonlyargs + spec.args]
        first = len(names) - len(function.defaults)
        found = dict(zip(names[first:], function.defaults, strict=True)) | function.keyword_defaults
        return {name: self.world.abstract(value) for name, value in found.items()}

    def body(self, function: Function, variables: dict[str, Abstract]) -> Abstract:
        at = Activation(
            Frame(function.module, function.scope, None, function),
            variables,
            local=assigned(function.node),
            owner=function.owner,
        )
        return self.finish(function.node, at)

    def run_nested(self, nested: Nested, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """A function that the analysed code itself defines."""
        if len(self.running) >= DEPTH or not isinstance(nested.frame, Activation):
            raise NotHarmlessError("calls nested too deeply")
        around = nested.frame
        spec = nested.node.args
        names = [p.arg for p in spec.posonlyargs + spec.args]
        given = dict(zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True))
        given |= {p.arg: d for p, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None}
        defaults = {name: self.value(node, around) for name, node in given.items()}
        variables = effect_calls.bound(spec, args, kwargs, defaults)
        at = Activation(around.where, variables, around, local=assigned(nested.node), owner=around.owner)
        self.running.append(nested)
        result = self.finish(nested.node, at)
        self.running.pop()
        return result

    def finish(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, at: Activation) -> Abstract:
        from orderlint.source.definitions import definition_of

        if isinstance(node, ast.Lambda):
            return self.value(node.body, at)
        ends = effect_statements.block(self, node.body, at)
        if definition_of(node).generator:
            at.result = [value for value in at.result if value != NONE] or [NONE]
        elif ends:
            at.result.append(NONE)
        out = at.result[0] if at.result else NONE
        for value in at.result[1:]:
            out = join(out, value)
        return Many(out) if definition_of(node).generator else out

    # ---- methods of what is within reach -------------------------------------------------------------------

    def all_methods(
        self, name: str, args: Sequence[Abstract], kwargs: dict[str, Abstract] | None = None
    ) -> Abstract:
        """A method of every class within reach that has it, and of every object with one of its own."""
        out: Abstract | None = None
        functions = self.world.methods(name)
        if name in self.world.attributes:
            own = self.world.attributes[name]
            if type(own) is not Code:
                raise NotHarmlessError(f"{name} is an attribute that is called")
            found = effect_calls.apply(self, own, list(args[1:]), kwargs or {})
            out = found
        for function in functions:
            if type(function) not in (Function, Native):
                raise NotHarmlessError(f"{name} is no plain method")
            found = effect_calls.code(self, function, list(args), kwargs or {})
            out = found if out is None else join(out, found)
        return HELD if out is None else out

    def hooked(self) -> bool:
        """Whether a class within reach computes attributes; it must do that without effects."""
        found = False
        for hook in ("__getattribute__", "__getattr__"):
            for function in self.world.methods(hook):
                if type(function) is not Function:
                    raise NotHarmlessError("attributes are computed")
                found = True
                self.run(function, [HELD, PLAIN], {})
        return found


def assigned(node: ast.AST) -> frozenset[str]:
    """The variables that a function or loop sets (remembered on the node)."""
    known = getattr(node, "_orderlint_assigned", None)
    if known is None:
        known = frozenset(
            n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
        )
        node._orderlint_assigned = known  # type: ignore[attr-defined]
    return known


# ---- decisions ---------------------------------------------------------------------------------------------


def harmless_call(
    it: Interpreter,
    site: ast.AST,
    function: Value,
    args: list[Value],
    kwargs: dict[str, Value],
) -> bool:
    """Whether calling a value changes nothing that matters, so that a statement that drops the result may be
    passed over.

    What is no function of the program is as quickly run, and a constructor is there for its effects.
    """
    inner = function
    while isinstance(inner, (Bound, Partial)):
        inner = inner.function
    if type(inner) is not Function or inner.name == "__init__" or not undecided(it, site):
        return False

    def analyse(a: Analysis) -> None:
        abstract = a.world.abstract
        named = {name: abstract(value) for name, value in kwargs.items()}
        effect_calls.apply(a, abstract(function), [abstract(value) for value in args], named)

    return decide(it, site, [function, *args, *kwargs.values()], analyse)


def undecided(it: Interpreter, site: ast.AST) -> bool:
    """Whether it is worth a look at a place: in a constructor, where no data flows, and not given up."""
    if it.modules or it.turns or it.assume or it.trying:
        return False
    return it.importer.verdicts.failures.get(site, 0) < ATTEMPTS


def decide(it: Interpreter, site: ast.AST, roots: list[Value], analyse: Callable[[Analysis], None]) -> bool:
    """Run an analysis; its verdicts are kept, and a place that always has effects is given up."""
    verdicts = it.importer.verdicts
    world = World()
    a = Analysis(it, world, {})
    try:
        world.add(roots)
        a.results = verdicts.results.setdefault(world.key(), {})
        analyse(a)
    except (NotHarmlessError, Raised, RecursionError):
        for key in a.running:
            if type(key) is tuple:
                a.results[key] = None
        verdicts.failures[site] = verdicts.failures.get(site, 0) + 1
        return False
    finally:
        it.steps += a.visits
    a.results.update(a.found)
    verdicts.failures.pop(site, None)
    return True
