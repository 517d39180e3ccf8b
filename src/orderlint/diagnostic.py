"""A diagnostic: one finding of one rule, with every layer of its witness path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from orderlint.graph.model import Parameter, Place

Severity: TypeAlias = Literal["error", "warning", "info"]
Confidence: TypeAlias = Literal["high", "medium", "low"]

SEVERITY_ORDER: dict[str, int] = {"info": 0, "warning": 1, "error": 2}


@dataclass(frozen=True, slots=True)
class DiagnosticLayer:
    """One layer of a witness path.

    `module`: the path of its module, where `name` is that of a node of a graph; `site`: which layer of its
    class it is, where places do not tell.
    """

    role: str
    kind: str
    op: str
    name: str
    built: Place | None
    used: Place | None
    frames: tuple[Place, ...] = ()
    module: str = ""
    site: str = ""

    @property
    def place(self) -> Place | None:
        return self.built or self.used


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of a place by `replacement`."""

    place: Place
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """How to mend a finding: `kind` names the rewrite in `orderlint.fixes`; `edits` is what it would change
    in the files as they were read, in the order of their text; `sites` the places at which every layer must
    have the finding, whatever model builds it. A fix that nobody worked out yet has neither."""

    title: str
    kind: str
    safe: bool
    edits: tuple[Edit, ...] = ()
    sites: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding. `layers` is the witness path in data-flow order; its first and last are the anchors.

    `condition` is the text of the condition under which it holds (None: always); `count` how many pairs of
    layer
    applications share the anchors' places; `model` the entry it was found in; `parameters` those that the
    condition speaks of.
    """

    code: str
    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    help: str
    place: Place
    model: str
    condition: str | None = None
    count: int = 1
    layers: tuple[DiagnosticLayer, ...] = field(default=())
    fix: Fix | None = None
    parameters: tuple[Parameter, ...] = field(default=())

    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.place.path, self.place.line, self.place.column, self.code, self.message)
