"""The rule format, version 1, as data: what a rule file says once it has been read and checked.

Facts a rule may match on (`[match] fact = …`), with the attributes its message uses; front ends emit them as
`orderlint.graph.model.ModuleFact`:

| fact | rule | attrs |
|--|--|--|
| `modules_in_plain_container` | OL501 | `container` ("list", "dict", "tuple"), `count` (int) |
| `unused_layer` | OL502 | |
| `module_called_on_tensor` | OL503 | |
| `inplace_before_skip` | OL504 | `reader` (str: the later operator and its line) |
| `inference_export` | OL901 | `exporter`, `seems`, `left`, `recipe` (str) |
| `folded_batch_norm` | OL902 | `folded`, `recipe` (str) |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from orderlint.diagnostic import Confidence, Severity

SCHEMA_VERSION = 1

RATE_TESTS = frozenset({"may_exceed", "above", "at_least"})
"""Tests of `p` that rest on its being above 0."""

Labels: TypeAlias = frozenset[str]
Direction: TypeAlias = Literal[
    "consumers", "producers", "upstream", "downstream", "branch", "branch_downstream"
]
Quantifier: TypeAlias = Literal["all", "any", "none"]


@dataclass(frozen=True, slots=True)
class AttrTest:
    """A test of one attribute of a layer; see `orderlint.engine.attributes` for the operators."""

    attr: str
    op: str
    value: object


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A test of the layers around one: `all`, `any` or `none` of those in a direction fit the labels.

    `consumers` and `producers` are the nearest ones, looking through transparent layers; `upstream` and
    `downstream` are all that data flows from or to; `branch` and `branch_downstream` keep to the residual
    branch it stands on.
    """

    direction: Direction
    quantifier: Quantifier
    labels: Labels


@dataclass(frozen=True, slots=True)
class Between:
    """What may stand between one layer of a path and the next.

    `only`: nothing but these (None: anything); `avoid`: none of these; `requires`: at least one of these.
    """

    only: Labels | None = None
    avoid: Labels = frozenset()
    requires: Labels = frozenset()


@dataclass(frozen=True, slots=True)
class LayerPattern:
    """One layer of a path: a role to speak of it by, and what it must be."""

    role: str
    kinds: Labels
    unless: Labels = frozenset()
    stands: Labels = frozenset()
    where: tuple[AttrTest, ...] = ()
    around: tuple[Surroundings, ...] = ()
    between: Between = Between()
    tests_rate: bool = field(init=False, compare=False)
    """Whether the finding rests on a rate above 0, which a symbolic rate turns into a condition."""

    def __post_init__(self) -> None:
        rated = any(test.attr == "p" and test.op in RATE_TESTS for test in self.where)
        object.__setattr__(self, "tests_rate", rated)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of two attributes, `role.attr`; `unless` turns it round (`known` values only either way)."""

    left: str
    op: str
    right: str


@dataclass(frozen=True, slots=True)
class ModelPattern:
    """What must hold of the whole model: layers it has and lacks, the front end it came through, notes."""

    has: tuple[Labels, ...] = ()
    lacks: Labels = frozenset()
    frontends: frozenset[str] = frozenset()
    notes: tuple[AttrTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One way to match: by exactly one of a path of `layers`, a `fact`, an `order`, and the `model` alone.

    `relations` must all hold; a finding is dropped if all of `unless` hold. `reused` asks for one module
    applied at two places; `also` for a second path somewhere in the model.
    """

    layers: tuple[LayerPattern, ...] = ()
    fact: str | None = None
    order: bool = False
    reused: bool = False
    where: tuple[AttrTest, ...] = ()
    model: ModelPattern = ModelPattern()
    relations: tuple[Relation, ...] = ()
    unless: tuple[Relation, ...] = ()
    also: tuple[LayerPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class SeverityCase:
    """A severity where a layer passes these tests, or the path has this form; the first such wins."""

    severity: Severity
    layer: str | None = None
    kinds: Labels = frozenset()
    where: tuple[AttrTest, ...] = ()
    around: tuple[Surroundings, ...] = ()
    path: Literal["direct", "indirect"] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim, for or against, and where it was read."""

    claim: str
    source: str
    side: Literal["for", "against"] = "for"


@dataclass(frozen=True, slots=True)
class FixSpec:
    """The rewrite offered; `path`: only where the witness path has this form."""

    title: str
    kind: str
    safe: bool
    path: Literal["direct"] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A program, or for rules on exported graphs a graph, that is (`bad`) or is not (`good`) reported."""

    side: Literal["bad", "good"]
    title: str
    code: str = ""
    graph: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `path`: its file; `yields_to`: rules whose report of the same anchors is enough; `always`: it
    runs whatever rules are selected, since it says that the others cannot tell."""

    code: str
    name: str
    family: str
    what: str
    why: str
    ignore_when: str
    severity: Severity
    confidence: Confidence
    message: str
    help: str
    matches: tuple[Match, ...]
    enabled: bool = True
    always: bool = False
    severity_cases: tuple[SeverityCase, ...] = ()
    per: Literal["place", "model"] = "place"
    at: str | None = None
    quantity: str | None = None
    yields_to: frozenset[str] = frozenset()
    evidence: tuple[Evidence, ...] = ()
    fix: FixSpec | None = None
    examples: tuple[Example, ...] = ()
    path: str = field(default="", compare=False)
