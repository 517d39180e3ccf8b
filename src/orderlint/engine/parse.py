"""A rule file's tables to a `Rule`, every key checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast, get_args

from orderlint.diagnostic import Confidence, Severity
from orderlint.engine.attributes import RELATIONS, TESTS
from orderlint.engine.groups import expand, selector_names
from orderlint.engine.schema import (
    SCHEMA_VERSION,
    AttrTest,
    Between,
    Direction,
    Evidence,
    Example,
    FixSpec,
    Labels,
    LayerPattern,
    Match,
    ModelPattern,
    Quantifier,
    Relation,
    Rule,
    SeverityCase,
    Surroundings,
)
from orderlint.engine.spoken import check_words
from orderlint.engine.table import Table, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
QUANTIFIERS: tuple[Quantifier, ...] = get_args(Quantifier)


def parse_rule(data: dict[str, object], path: str, family: str) -> Rule:
    """Read one rule file's content.

    Raises:
        UsageError: a key is unknown, missing or wrong; the message names file and key.
    """
    top = Table(data, path)
    if top.need("schema", int) != SCHEMA_VERSION:
        raise top.fail("schema", f"this version reads schema {SCHEMA_VERSION}, not {data['schema']!r}")
    rule = Rule(
        code=_word(top, "code", r"[A-Z]{2,}[0-9]{3,}"),
        name=_word(top, "name", r"[a-z0-9]+(-[a-z0-9]+)*"),
        family=family,
        what=top.need("what", str),
        why=top.need("why", str),
        ignore_when=top.get("ignore_when", str, ""),
        severity=cast("Severity", top.choice("severity", SEVERITIES)),
        confidence=cast("Confidence", top.choice("confidence", CONFIDENCES, "high")),
        enabled=top.get("enabled", bool, True),
        always=top.get("always", bool, False),
        message=top.need("message", str),
        help=top.need("help", str),
        matches=tuple(_match(table) for table in top.tables("match")),
        severity_cases=tuple(_severity_case(table) for table in top.tables("severity_when")),
        per=cast("Any", top.choice("per", ("place", "model"), "place")),
        at=top.get("at", str, "") or None,
        quantity=top.get("quantity", str, "") or None,
        yields_to=frozenset(top.strings("yields_to")),
        evidence=tuple(_evidence(table) for table in top.tables("evidence")),
        fix=_fix(top.table("fix")) if "fix" in data else None,
        examples=tuple(_example(table) for table in top.tables("example")),
        path=path,
    )
    top.asked.add("fix")
    top.done()
    if not rule.matches:
        raise top.fail("match", "is missing")
    check_words(rule, top)
    return rule


def _word(table: Table, key: str, pattern: str) -> str:
    value = table.need(key, str)
    if re.fullmatch(pattern, value) is None:
        raise table.fail(key, f"{value!r} does not look like {pattern}")
    return value


def labels(table: Table, key: str) -> Labels:
    """The labels that a list of selectors stands for."""
    return frozenset().union(*(_expand(table, key, selector) for selector in table.strings(key)))


def _expand(table: Table, key: str, selector: str) -> Labels:
    try:
        return expand(selector)
    except KeyError:
        hint = suggest(selector, selector_names())
        raise table.fail(key, f"{selector!r} is no kind, group or place{hint}") from None


def _match(table: Table) -> Match:
    match = Match(
        layers=tuple(_layer(layer, index) for index, layer in enumerate(table.tables("layer"))),
        fact=table.get("fact", str, "") or None,
        order=table.get("order", bool, False),
        reused=table.get("reused", bool, False),
        where=_where(table),
        model=_model(table.table("model")),
        relations=tuple(_relation(table, "relations", text) for text in table.strings("relations")),
        unless=tuple(_relation(table, "unless", text) for text in table.strings("unless")),
        also=tuple(_layer(layer, index) for index, layer in enumerate(table.tables("also"))),
    )
    table.done()
    spoken = [bool(match.layers), match.fact is not None, match.order, match.model != ModelPattern()]
    if sum(spoken[:3]) > 1 or not any(spoken):
        raise table.fail("", "needs exactly one of layer, fact and order, or a model alone")
    return match


def _layer(table: Table, index: int) -> LayerPattern:
    pattern = LayerPattern(
        role=table.need("role", str),
        kinds=labels(table, "kind"),
        unless=labels(table, "unless"),
        stands=labels(table, "stands"),
        where=_where(table),
        around=tuple(_surroundings(table)),
        between=_between(table.table("between")),
    )
    table.done()
    if index == 0 and pattern.between != Between():
        raise table.fail("between", "the first layer of a path has nothing before it")
    return pattern


def _between(table: Table) -> Between:
    only = labels(table, "only") if "only" in table.data else None
    between = Between(only, labels(table, "avoid"), labels(table, "requires"))
    table.asked.add("only")
    table.done()
    return between


def _surroundings(table: Table) -> Iterable[Surroundings]:
    for direction in DIRECTIONS:
        inner = table.table(direction)
        for quantifier in QUANTIFIERS:
            if quantifier in inner.data:
                yield Surroundings(direction, quantifier, labels(inner, quantifier))
        inner.asked.update(QUANTIFIERS)
        inner.done()


def _where(table: Table, key: str = "where") -> tuple[AttrTest, ...]:
    tests: list[AttrTest] = []
    inner = table.table(key)
    for attr, value in inner.data.items():
        for op, operand in value.items() if isinstance(value, dict) else [("is", value)]:
            if op not in TESTS:
                raise inner.fail(f"{attr}.{op}", f"unknown test{suggest(op, TESTS)}")
            tests.append(AttrTest(attr, op, operand))
    return tuple(tests)


def _model(table: Table) -> ModelPattern:
    has = tuple(_expand(table, "has", selector) for selector in table.strings("has"))
    model = ModelPattern(
        has, labels(table, "lacks"), frozenset(table.strings("frontend")), _where(table, "notes")
    )
    table.done()
    return model


def _relation(table: Table, key: str, text: str) -> Relation:
    words = text.split()
    if len(words) != 3 or words[1] not in RELATIONS or not all("." in side for side in (words[0], words[2])):
        raise table.fail(
            key, f"{text!r} is no relation `role.attr OP role.attr` with OP of {', '.join(RELATIONS)}"
        )
    return Relation(*words)


def _severity_case(table: Table) -> SeverityCase:
    case = SeverityCase(
        severity=cast("Severity", table.choice("severity", SEVERITIES)),
        layer=table.get("layer", str, "") or None,
        kinds=labels(table, "kind"),
        where=_where(table),
        around=tuple(_surroundings(table)),
        path=cast("Any", table.choice("path", ("direct", "indirect"), "") or None),
    )
    table.done()
    return case


def _evidence(table: Table) -> Evidence:
    side = cast("Any", table.choice("side", ("for", "against"), "for"))
    evidence = Evidence(table.need("claim", str), table.need("source", str), side)
    table.done()
    return evidence


def _fix(table: Table) -> FixSpec:
    fix = FixSpec(
        title=table.need("title", str),
        kind=table.need("kind", str),
        safe=table.need("safe", bool),
        path=cast("Any", table.choice("path", ("direct",), "") or None),
    )
    table.done()
    return fix


def _example(table: Table) -> Example:
    side = cast("Any", table.choice("side", ("bad", "good")))
    example = Example(side, table.need("title", str), table.get("code", str, ""), table.get("graph", str, ""))
    table.done()
    if bool(example.code) == bool(example.graph):
        raise table.fail("code", "an example needs code or graph")
    return example
