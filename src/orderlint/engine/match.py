"""Matches of one rule in one model, by form: a path of layers, a fact, or the model as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.engine.attributes import holds, passes
from orderlint.engine.automaton import Automaton
from orderlint.engine.conditions import NO_ATOMS, atoms_of, joined
from orderlint.engine.order import order_matches
from orderlint.engine.walk import Walker
from orderlint.engine.witness import Group, Key, Witness, path_witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orderlint.engine.schema import Match, ModelPattern, Rule
    from orderlint.engine.view import GraphView
    from orderlint.graph.model import Model, Node


def find(rule: Rule, model: Model, view: GraphView, order: Sequence[str] = ()) -> dict[Key, Group]:
    """The findings of a rule before they are put in words, by the places they are merged by."""
    groups: dict[Key, Group] = {}
    for match in _alternatives(rule, order):
        if fits_model(match.model, model, view) and (not match.also or _occurs(match, view)):
            for witness in witnesses(match, model, view):
                _merge(groups, witness, () if rule.per == "model" else witness.key)
    return groups


def _alternatives(rule: Rule, order: Sequence[str]) -> Iterator[Match]:
    for match in rule.matches:
        if match.order:
            yield from order_matches(order)
        else:
            yield match


def _merge(groups: dict[Key, Group], witness: Witness, key: Key) -> None:
    pair = (witness.layers[0][0].id, witness.layers[-1][0].id) if witness.layers else None
    group = groups.setdefault(key, Group(witness, {}))
    if pair is not None:
        group.pairs.setdefault(pair, tuple(node.id for node, _ in witness.layers))
    if witness.rank < group.best.rank:
        group.best = witness


def fits_model(pattern: ModelPattern, model: Model, view: GraphView) -> bool:
    """Whether the model as a whole is what a match asks for."""
    if pattern.frontends and model.frontend not in pattern.frontends:
        return False
    if not all(passes(test, model.notes) for test in pattern.notes):
        return False
    if not pattern.has and not pattern.lacks:
        return True
    present = view.labelled.keys()
    return present.isdisjoint(pattern.lacks) and all(not present.isdisjoint(wanted) for wanted in pattern.has)


def _occurs(match: Match, view: GraphView) -> bool:
    walker = Walker(Automaton(view, match.also))
    return any(path_witness(view, match.also, arrival.path()) for arrival in walker.arrivals())


def witnesses(match: Match, model: Model, view: GraphView) -> Iterator[Witness]:
    """Every witness of one match."""
    if match.fact is not None:
        yield from _facts(match, model)
    elif match.reused:
        if model.status == "complete":  # else a place may be one that was only assumed to be reached
            yield from _reused(match, view)
    elif match.layers:
        yield from _paths(match, view)
    else:
        yield Witness()


def _facts(match: Match, model: Model) -> Iterator[Witness]:
    for fact in model.facts:
        contradicted = fact.condition.contradictory
        if (
            fact.fact == match.fact
            and not contradicted
            and all(passes(test, fact.attrs) for test in match.where)
        ):
            yield Witness(fact=fact, condition=fact.condition)


def _paths(match: Match, view: GraphView) -> Iterator[Witness]:
    best: dict[tuple[int, int], int] = {}
    for arrival in Walker(Automaton(view, match.layers)).arrivals():
        pair = (arrival.start, arrival.target)
        if best.get(pair) == 0:
            continue  # its first, shortest path holds always: no other can say more
        witness = path_witness(view, match.layers, arrival.path())
        if witness is not None and _related(match, witness):
            best[pair] = min(best.get(pair, 3), witness.rank[0] + bool(witness.condition))
            yield witness


def _related(match: Match, witness: Witness) -> bool:
    if not match.relations and not match.unless:
        return True
    attrs: Mapping[str, Mapping[str, object]] = {role: node.attrs for role, node in witness.anchors.items()}
    if not all(holds(relation, attrs) for relation in match.relations):
        return False
    return not match.unless or not all(holds(relation, attrs) for relation in match.unless)


def _reused(match: Match, view: GraphView) -> Iterator[Witness]:
    """One module applied by two calls in the source that can both run; a loop around one call is no reuse."""
    pattern = match.layers[0]
    automaton = Automaton(view, match.layers[:1])
    applied: dict[object, list[Node]] = {}
    for index in automaton.starts():
        node = view.node(index)
        if node.attrs.get("module") is not None and node.used is not None:
            applied.setdefault(node.attrs["module"], []).append(node)
    for nodes in applied.values():
        first = nodes[0]
        for other in nodes[1:]:
            together = joined(atoms_of(first.condition, {}), atoms_of(other.condition, {})) or NO_ATOMS
            alone = not together and bool(first.condition or other.condition)
            if other.used != first.used and not alone:
                yield Witness(
                    ((first, pattern.role), (other, "again")), condition=first.condition & other.condition
                )
