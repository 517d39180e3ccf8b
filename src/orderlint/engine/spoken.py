"""What a rule's texts and cases may speak of: a misspelt role is an error of the rule file, not of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.engine.message import placeholders
from orderlint.engine.order import ROLES
from orderlint.engine.quantities import QUANTITIES
from orderlint.engine.table import suggest

if TYPE_CHECKING:
    from orderlint.engine.schema import Match, Rule
    from orderlint.engine.table import Table


def check_words(rule: Rule, top: Table) -> None:
    """Check that every subject a rule names is there in each of its matches.

    Raises:
        UsageError: one is not.
    """
    if rule.quantity is not None and rule.quantity not in QUANTITIES:
        raise top.fail("quantity", f"{rule.quantity!r} is none of {', '.join(QUANTITIES)}")
    roles = frozenset.intersection(*(_roles(match) for match in rule.matches))
    subjects = roles | {"model", "through"} | ({"quantity"} if rule.quantity else set())
    for key, template in (("message", rule.message), ("help", rule.help)):
        for word in placeholders(template):
            if word not in subjects:
                raise top.fail(key, f"{{{word}}} is nothing this rule matches{suggest(word, subjects)}")
    if rule.at is not None and rule.at.removesuffix(".used") not in roles:
        raise top.fail("at", f"{rule.at!r} is no layer of every match{suggest(rule.at, roles)}")
    for match in rule.matches:
        _check_relations(match, top)
    every = frozenset().union(*(_roles(match) for match in rule.matches))
    for case in rule.severity_cases:
        if case.layer is not None and case.layer not in every:
            raise top.fail("severity_when.layer", f"{case.layer!r} is no layer of this rule")


def _roles(match: Match) -> frozenset[str]:
    if match.fact is not None:
        return frozenset({"fact"})
    if match.order:
        return ROLES
    return frozenset(pattern.role for pattern in match.layers) | ({"again"} if match.reused else set())


def _check_relations(match: Match, top: Table) -> None:
    roles = _roles(match)
    for relation in (*match.relations, *match.unless):
        for side in (relation.left, relation.right):
            role = side.partition(".")[0]
            if role not in roles:
                raise top.fail("match.relations", f"{side!r} is of no layer of this match")
