"""The layer graph: layer applications joined by tensors, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal as TypingLiteral

from orderlint.graph import implication

Status = TypingLiteral["complete", "partial", "failed"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of a source file; lines and columns are 1-based (code points), the end is exclusive."""

    path: str
    line: int
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Literal:
    """One atom of a condition: a source-level test such as `drop_rate > 0`, or its negation.

    `default` is the truth of the *unnegated* test under the default arguments; None where it is not known
    (the test depends on data).
    """

    text: str
    negated: bool = False
    default: bool | None = None
    turn: bool = False

    def negate(self) -> Literal:
        return Literal(self.text, not self.negated, self.default, self.turn)

    def excludes(self, other: Literal) -> bool:
        """Whether both cannot hold: one negates the other, or no value of their subject passes both."""
        return implication.excludes(self.text, self.negated, other.text, other.negated)

    @property
    def holds_by_default(self) -> bool | None:
        return None if self.default is None else self.default != self.negated

    def __str__(self) -> str:
        return implication.opposite(self.text) if self.negated else self.text


@dataclass(frozen=True, slots=True)
class Condition:
    """A conjunction of literals under which a layer application exists; empty means always."""

    literals: frozenset[Literal] = frozenset()

    def __and__(self, other: Condition) -> Condition:
        if not other.literals:
            return self
        return Condition(self.literals | other.literals) if self.literals else other

    def __or__(self, other: Condition) -> Condition:
        """What both require: weaker than either, where they differ."""
        return Condition(self.literals & other.literals)

    def without(self, given: Condition) -> Condition:
        """What is left to require where `given` holds."""
        if self.literals.isdisjoint(given.literals):
            return self
        return Condition(self.literals - given.literals)

    @property
    def contradictory(self) -> bool:
        """Whether some test and its negation are both required, so that no run can satisfy this."""
        return len(self.literals) > 1 and (_any_exclude(self.literals) or _denied(self.literals))

    def contradicts(self, other: Condition) -> bool:
        """Whether both cannot hold together, each being possible on its own."""
        if not self.literals or not other.literals:
            return False
        mine = by_subject(self.literals)
        excluded = any(
            literal.excludes(own)
            for literal in other.literals
            for own in mine.get(implication.subject(literal.text), ())
        )
        return excluded or _denied(self.literals | other.literals)

    @property
    def depends_on_turn(self) -> bool:
        """Whether some test was made in a loop of unknown length: its last turn may go another way."""
        return any(literal.turn for literal in self.literals)

    @property
    def holds_by_default(self) -> bool | None:
        """False if some literal is off by default, else None if some is unknown, else True."""
        truths = {literal.holds_by_default for literal in self.literals}
        if False in truths:
            return False
        return None if None in truths else True

    def __bool__(self) -> bool:
        return bool(self.literals)

    def __str__(self) -> str:
        kept = implication.without_implied((literal.text, literal.negated) for literal in self.literals)
        shown = (literal for literal in sorted(self.literals) if (literal.text, literal.negated) in kept)
        return " and ".join(dict.fromkeys(str(literal) for literal in shown))


@lru_cache(maxsize=4096)
def by_subject(literals: frozenset[Literal]) -> dict[str, list[Literal]]:
    """The literals by what they test."""
    found: dict[str, list[Literal]] = {}
    for literal in literals:
        found.setdefault(implication.subject(literal.text), []).append(literal)
    return found


@lru_cache(maxsize=65536)
def _any_exclude(literals: frozenset[Literal]) -> bool:
    return any(
        a.excludes(b)
        for group in by_subject(literals).values()
        for index, a in enumerate(group)
        for b in group[index + 1 :]
    )


def _denied(literals: frozenset[Literal]) -> bool:
    """Whether a conjunction is denied of which all parts are required."""
    return implication.denies_what_holds((literal.text, literal.negated) for literal in literals)


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Rate:
    """A dropout rate that no caller in view fixes: it may be above 0, whatever its default.

    `text` names what decides it as a user would write it (`drop_rate`); `default` is its value under the
    default
    arguments, None where there is none.
    """

    text: str
    default: float | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why, and where, a model could not be followed."""

    reason: str
    place: Place | None = None


@dataclass(slots=True, eq=False)
class Node:
    """One application of a layer or operator.

    Attributes:
        id: position in the graph's list of nodes; inputs always have smaller ids, except around a loop.
        kind: canonical kind (see `orderlint.graph.kinds`).
        op: the operator as its framework spells it (`torch.nn.Dropout2d`, `torch.nn.functional.dropout`,
        `Dropout-13`).
        name: module path (`layer1.0.bn2`) or, for ONNX, the node's name; "" where there is none.
        attrs: evaluated attributes. Well-known keys: `p` (float | Rate | None: known, symbolic, unknown),
        `bias`
            (bool), `in_channels`, `out_channels`, `num_features`, `groups` (int), `kernel_size` (tuple),
            `inplace` (bool), `training` ("always" | "train" | "never": when a dropout or batch norm works in
            training
            mode), `track_running_stats` (bool), `num_layers` (int), `dim`, `module` (an opaque integer
            identity of the
            module applied; equal for two applications of one module), `created_in_forward` (bool),
            `result_used` (bool), `functional` (bool), `literal_p` (bool: the rate stands as a literal in the
            source).
        built: the constructor call of the module; None for a functional call.
        used: the call in user code that applies it.
        condition: under which this application exists.
        frames: call places from the innermost outwards, up to 4 (for suppression and related locations).
    """

    id: int
    kind: str
    op: str
    name: str = ""
    attrs: dict[str, object] = field(default_factory=dict)
    built: Place | None = None
    used: Place | None = None
    condition: Condition = ALWAYS
    frames: tuple[Place, ...] = ()

    @property
    def place(self) -> Place | None:
        return self.built or self.used


@dataclass(slots=True, eq=False)
class LayerGraph:
    """Nodes in the order in which they ran, with insertion-ordered edges (a tensor joins producer to
    consumer).

    `edge_conditions` and `output_conditions` say when a tensor takes this edge, or leaves here, where it does
    not always: a layer under a condition is passed by only where the condition does not hold.
    """

    nodes: list[Node] = field(default_factory=list)
    successors: list[list[int]] = field(default_factory=list)
    predecessors: list[list[int]] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    edge_conditions: dict[tuple[int, int], Condition] = field(default_factory=dict)
    output_conditions: dict[int, Condition] = field(default_factory=dict)

    def add(self, node: Node) -> Node:
        assert node.id == len(self.nodes)
        self.nodes.append(node)
        self.successors.append([])
        self.predecessors.append([])
        return node

    def connect(self, source: int, target: int, condition: Condition = ALWAYS) -> None:
        if target not in self.successors[source]:
            self.successors[source].append(target)
            self.predecessors[target].append(source)
            if condition:
                self.edge_conditions[source, target] = condition
        elif (source, target) in self.edge_conditions:
            self.edge_conditions[source, target] |= condition

    def consumers(self, node: int) -> list[Node]:
        return [self.nodes[i] for i in self.successors[node]]

    def producers(self, node: int) -> list[Node]:
        return [self.nodes[i] for i in self.predecessors[node]]


@dataclass(slots=True, eq=False)
class ModuleFact:
    """A fault or fact of the program that is no layer application, found by a front end while it followed a
    model.

    `fact` is a stable key a rule can match on: `modules_in_plain_container`, `unused_layer`,
    `module_called_on_tensor`,
    `dropout_result_unused`, …; `attrs` carries what its message needs.
    """

    fact: str
    name: str
    op: str
    place: Place
    attrs: dict[str, object] = field(default_factory=dict)
    condition: Condition = ALWAYS


@dataclass(frozen=True, slots=True, order=True)
class Parameter:
    """A parameter that a caller may set: its name, where it stands, and its default as source text."""

    name: str
    place: Place
    default: str = ""


@dataclass(slots=True, eq=False)
class Model:
    """One followed model: its graph, and how far it could be followed."""

    entry: str
    path: str
    line: int
    graph: LayerGraph
    status: Status = "complete"
    unresolved: list[Unresolved] = field(default_factory=list)
    facts: list[ModuleFact] = field(default_factory=list)
    frontend: str = "source"
    notes: dict[str, object] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
