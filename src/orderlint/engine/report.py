"""A finding in words: severity, confidence, message and layers of a diagnostic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderlint.diagnostic import Confidence, Diagnostic, DiagnosticLayer, Fix, Severity
from orderlint.engine.attributes import passes
from orderlint.engine.message import (
    attribute_words,
    condition_text,
    condition_words,
    fill,
    layer_words,
    short_op,
    through_words,
)
from orderlint.engine.quantities import QUANTITIES
from orderlint.graph.model import Place

if TYPE_CHECKING:
    from orderlint.engine.schema import Rule, SeverityCase
    from orderlint.engine.view import GraphView
    from orderlint.engine.witness import Group, Witness
    from orderlint.graph.model import Condition, Model, Node, Parameter

NAME = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?!['\"])")
"""Names in a condition's text, without attributes and what stands in quotes."""

LOWER: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}


def diagnostic(
    rule: Rule, group: Group, model: Model, view: GraphView, override: Severity | None
) -> Diagnostic:
    """Put one finding in words. `override` replaces the rule's own severities."""
    witness = group.best
    words = _Words(rule, witness, model, view)
    suffix = condition_words(witness.condition)
    return Diagnostic(
        code=rule.code,
        rule=rule.name,
        severity=_severity(rule, witness, view, override),
        confidence=_confidence(rule, witness),
        message=fill(rule.message, words.of) + suffix,
        help=fill(rule.help, words.of),
        place=_place(rule, witness, model),
        model=model.entry,
        condition=condition_text(witness.condition),
        count=group.count,
        layers=tuple(_layer(node, role) for node, role in witness.layers),
        fix=_fix(rule, witness),
        parameters=_parameters(witness.condition, model),
    )


def _parameters(condition: Condition, model: Model) -> tuple[Parameter, ...]:
    """The parameters that a condition speaks of, in the order in which the model was given them."""
    if not condition or not model.parameters:
        return ()
    words = {word for literal in condition.literals for word in NAME.findall(literal.text)}
    return tuple(item for item in model.parameters if item.name in words)


def _severity(rule: Rule, witness: Witness, view: GraphView, override: Severity | None) -> Severity:
    if witness.condition.holds_by_default is False:
        return "info"
    if override is not None:
        return override
    cases = (case.severity for case in rule.severity_cases if _applies(case, witness, view))
    severity = next(cases, rule.severity)
    if severity == "warning" and witness.condition.depends_on_turn:
        return "info"  # some turn of a loop of unknown length would have to go that way
    return severity


def _applies(case: SeverityCase, witness: Witness, view: GraphView) -> bool:
    if case.path is not None and witness.direct != (case.path == "direct"):
        return False
    if case.layer is None:
        return True
    node = witness.anchors.get(case.layer)
    if node is None or (case.kinds and not view.fits(node.id, case.kinds)):
        return False
    return all(passes(test, node.attrs) for test in case.where) and all(
        view.stands_among(node.id, test) for test in case.around
    )


def _confidence(rule: Rule, witness: Witness) -> Confidence:
    """The rule's own; lower under a condition; low if it rests on a rate of which nothing is known."""
    rated = {pattern.role for match in rule.matches for pattern in match.layers if pattern.tests_rate}
    if any(node.attrs.get("p") is None for role, node in witness.anchors.items() if role in rated):
        return "low"
    return LOWER[rule.confidence] if witness.condition else rule.confidence


def _place(rule: Rule, witness: Witness, model: Model) -> Place:
    if witness.fact is not None:
        return witness.fact.place
    role, _, side = (rule.at or "").partition(".")
    node = witness.anchors.get(role) if role else next(iter(witness.anchors.values()), None)
    place = None if node is None else node.used or node.place if side == "used" else node.place
    return place or Place(model.path, max(1, model.line))


def _layer(node: Node, role: str | None) -> DiagnosticLayer:
    module, site = (str(node.attrs.get(key) or "") for key in ("module_path", "site"))
    return DiagnosticLayer(
        role or "between", node.kind, node.op, node.name, node.built, node.used, node.frames, module, site
    )


def _fix(rule: Rule, witness: Witness) -> Fix | None:
    spec = rule.fix
    if spec is None or (spec.path == "direct" and not witness.direct):
        return None
    return Fix(spec.title, spec.kind, spec.safe)


class _Words:
    """What the placeholders of a rule's texts stand for in one witness."""

    def __init__(self, rule: Rule, witness: Witness, model: Model, view: GraphView) -> None:
        self.rule, self.witness, self.model, self.view = rule, witness, model, view

    def of(self, subject: str, attr: str | None) -> str:
        if subject == "through":
            return through_words(node for node, role in self.witness.layers if role is None)
        if subject == "quantity":
            return QUANTITIES[self.rule.quantity or ""](self.view, self.witness.layers[0][0].id)
        if subject == "model":
            return f"`{self.model.entry}`"
        if subject == "fact":
            return self._fact(attr)
        node = self.witness.anchors[subject]
        return layer_words(node) if attr is None else attribute_words(node.attrs.get(attr))

    def _fact(self, attr: str | None) -> str:
        fact = self.witness.fact
        assert fact is not None  # the loader lets only rules on facts speak of one
        return (
            f"`{fact.name or short_op(fact.op)}`"
            if attr is None
            else attribute_words(fact.attrs.get(attr, "?"))
        )
