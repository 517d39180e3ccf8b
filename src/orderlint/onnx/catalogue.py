"""The catalogue of ONNX operators (`data/operators.toml`): the kind of each, and what its results carry."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderlint.graph.kinds import KINDS
from orderlint.onnx.program import PLAIN, Role

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderlint.onnx.program import Operator

PLAIN_DOMAIN = "ai.onnx"


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a fused operator: the inputs it reads beside the layer before it, the results it gives."""

    kind: str
    inputs: tuple[int, ...] = ()
    results: tuple[int, ...] = ()


@dataclass(slots=True)
class Domain:
    """The operators of one domain."""

    kinds: dict[str, str] = field(default_factory=dict)
    results: dict[str, Role] = field(default_factory=dict)
    first_only: frozenset[str] = frozenset()
    parameters: dict[str, frozenset[int]] = field(default_factory=dict)
    named_parameters: dict[str, frozenset[int]] = field(default_factory=dict)
    fused: dict[str, tuple[Part, ...]] = field(default_factory=dict)


NO_DOMAIN = Domain()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Operators by domain, and the user's own kinds by `Operator` or `domain.Operator`."""

    domains: Mapping[str, Domain]
    own: Mapping[str, str] = field(default_factory=dict)

    def domain(self, name: str) -> Domain:
        return self.domains.get(PLAIN_DOMAIN if name in PLAIN else name, NO_DOMAIN)

    def kind(self, operator: Operator) -> str:
        """The kind of an operator, or a word that decides by its operands; in unknown domains by its name."""
        own = self.own.get(f"{operator.domain}.{operator.op_type}") or self.own.get(operator.op_type)
        if own is not None:
            return own
        listed = self.domain(operator.domain).kinds.get(operator.op_type)
        if listed is None and operator.domain not in self.domains:
            listed = self.domains[PLAIN_DOMAIN].kinds.get(operator.op_type)
        return listed or "other"

    def parts(self, operator: Operator) -> tuple[Part, ...]:
        return self.domain(operator.domain).fused.get(operator.op_type, ())

    def results(self, operator: Operator) -> Role | None:
        """What the results carry, None where it is what the operands carry."""
        return self.domain(operator.domain).results.get(operator.op_type)

    def is_first_only(self, operator: Operator) -> bool:
        return operator.op_type in self.domain(operator.domain).first_only

    def is_parameter(self, operator: Operator, position: int, *, named: bool) -> bool:
        """Whether an input takes a parameter; some inputs do so only if it is `named` like one."""
        domain = self.domain(operator.domain)
        places = domain.parameters.get(operator.op_type, frozenset())
        return position in (
            places | domain.named_parameters.get(operator.op_type, frozenset()) if named else places
        )


def load(own: Mapping[str, str] | None = None) -> Catalogue:
    """The shipped catalogue, with the user's own layers."""
    return Catalogue(_shipped(), own or {})


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Domain]:
    return {name: _domain(table) for name, table in data("operators.toml").items()}


def data(name: str) -> dict[str, Any]:
    """A data file of this package."""
    return tomllib.loads(Path(__file__).with_name("data").joinpath(name).read_text(encoding="utf-8"))


def _domain(table: dict[str, Any]) -> Domain:
    results = table.get("results", {})
    roles = {"constant": Role.CONSTANT, "random": Role.RANDOM, "cut": Role.CUT}
    return Domain(
        kinds={op: kind for kind, ops in table.get("kinds", {}).items() for op in ops},
        results={op: role for word, role in roles.items() for op in results.get(word, ())},
        first_only=frozenset(results.get("first_only", ())),
        parameters=_positions(table.get("parameters", {})),
        named_parameters=_positions(table.get("named_parameters", {})),
        fused={op: tuple(_part(part) for part in parts) for op, parts in table.get("fused", {}).items()},
    )


def _positions(table: dict[str, list[int]]) -> dict[str, frozenset[int]]:
    return {op: frozenset(at) for op, at in table.items()}


def _part(table: dict[str, Any]) -> Part:
    assert table["kind"] in KINDS
    return Part(table["kind"], tuple(table.get("inputs", ())), tuple(table.get("results", ())))
