"""The effect analysis of functions that only compute: what they read beside their arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.source.effect_values import HELD, NONE, PLAIN, Abstract, Code, Known, NotHarmlessError
from orderlint.source.effect_world import World
from orderlint.source.effects import Analysis
from orderlint.source.values import (
    ABSENT,
    Choice,
    Class,
    External,
    Function,
    LazyImport,
    Native,
    PythonModule,
    Scope,
    Value,
    is_constant,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.source.effect_statements import Activation
    from orderlint.source.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Read:
    """A variable that was read: what it was, and a copy of what it held."""

    scope: Scope
    name: str
    value: Value
    content: Value = None
    varies: bool = False  # it holds values that depend on the branch that is followed

    def same(self) -> bool:
        """Whether the variable is what it was."""
        found = self.scope.variables.get(self.name, ABSENT)
        return found is self.value and (self.content is None or found == self.content)


@dataclass(slots=True, eq=False)
class Purity(Analysis):
    """An analysis in which nothing is within reach but plain arguments and flat tables of the program."""

    reads: list[Read] = field(default_factory=list)

    @staticmethod
    def begin(it: Interpreter) -> Purity:
        return Purity(it, World(), {}, pure=True)

    def call(self, function: Function, args: list[Value], kwargs: dict[str, Value]) -> None:
        """Analyse a call for all plain arguments of these kinds."""
        self.run(function, [self.argument(v) for v in args], {k: self.argument(v) for k, v in kwargs.items()})

    def argument(self, value: Value) -> Abstract:
        found = self.world.kind(value)
        return PLAIN if type(found) is Known and found != NONE else found

    def named(self, name: str, at: Activation) -> Abstract:
        from orderlint.source import expressions

        value = expressions.lookup(self.it, name, at.where)
        scope: Scope | None = at.where.scope
        while scope is not None and name not in scope.variables:
            scope = scope.parent
        if scope is not None:
            return self.read(scope, name)
        if value is ABSENT or not isinstance(value, (Native, type)):
            raise NotHarmlessError(f"{name} is not found")
        return Code(value)

    def read(self, scope: Scope, name: str) -> Abstract:
        """A variable around the function: a constant, code, or a table of these."""
        value = scope.variables[name]
        if type(value) is LazyImport or (type(value) is External and not value.found):
            raise NotHarmlessError(f"{name} is not found")
        found = self.world.kind(value)
        items: Iterable[Value] = ()
        if found == HELD:
            items = [*value, *value.values()] if type(value) is dict else value
            if type(value) not in (dict, list, set, frozenset) or not all(map(flat, items)):
                raise NotHarmlessError(f"{name} is no table")
        if found != HELD:
            self.reads.append(Read(scope, name, value))
        else:
            varies = any(type(item) is Choice for item in items)
            self.reads.append(Read(scope, name, value, type(value)(value), varies))
        return found

    def attribute_of_code(self, value: Value, name: str) -> Abstract:
        if type(value) is PythonModule:
            found = self.it.getattr(value, name)
            if value.library:
                return self.world.kind(found)
            if name not in value.scope.variables:
                raise NotHarmlessError(f"{name} is not found")
            return self.read(value.scope, name)
        if isinstance(value, (Function, Class)):
            if name in ("__name__", "__qualname__", "__module__"):
                return PLAIN
            raise NotHarmlessError(f"attribute {name} of code")
        found = self.it.getattr(value, name)
        if type(found) is External and not found.found:
            raise NotHarmlessError(f"{found.name} is not found")
        return self.world.kind(found)


def flat(value: Value) -> bool:
    """Whether an element of a table is a constant or code, or one of several on different branches."""
    if type(value) is Choice:
        return all(flat(option) for _, option in value.options)
    return is_constant(value) or type(value) in (Class, Function, External)
