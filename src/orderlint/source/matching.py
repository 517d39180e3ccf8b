"""`match` statements: value, sequence, mapping, class, capture and alternative patterns."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from orderlint.source import comparison, instances
from orderlint.source.frames import source_text
from orderlint.source.values import Instance, Raised, Test, Unknown, Value

if TYPE_CHECKING:
    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


def match_statement(it: Interpreter, node: ast.Match, frame: Frame) -> Value:
    subject = it.resolve(it.eval(node.subject, frame))
    return _cases(it, node.cases, subject, frame)


def _cases(it: Interpreter, cases: list[ast.match_case], subject: Value, frame: Frame) -> Value:
    from orderlint.source import statements

    for index, case in enumerate(cases):
        captured: dict[str, Value] = {}
        matched = pattern(it, case.pattern, subject, captured, frame)
        if matched is False:
            continue
        frame.scope.variables.update(captured)
        if case.guard is not None and matched is True:
            matched = it.truth(it.eval(case.guard, frame), source_text(case.guard))
            if matched is False:
                continue
        if matched is True:
            return it.exec_block(case.body, frame)
        truth = it.truth(matched, source_text(case.pattern))
        if isinstance(truth, Test):
            rest = cases[index + 1 :]
            return statements.branch(
                it,
                truth,
                partial(it.exec_block, case.body, frame),
                partial(_cases, it, rest, subject, frame),
                frame,
            )
    return None


def pattern(
    it: Interpreter, node: ast.pattern, subject: Value, captured: dict[str, Value], frame: Frame
) -> Value:
    """Whether a pattern matches: True, False or unknown; fills `captured`."""
    if isinstance(node, ast.MatchAs):
        matched = True if node.pattern is None else pattern(it, node.pattern, subject, captured, frame)
        if node.name is not None:
            captured[node.name] = subject
        return matched
    if isinstance(node, ast.MatchValue):
        return comparison.ordered(
            it, ast.Eq(), subject, it.eval(node.value, frame), ast.Compare(node.value, [], [])
        )
    if isinstance(node, ast.MatchSingleton):
        return Unknown("an unknown subject") if isinstance(subject, Unknown) else subject is node.value
    if isinstance(node, ast.MatchOr):
        return instances.any_of([pattern(it, p, subject, captured, frame) for p in node.patterns])
    if isinstance(node, ast.MatchSequence):
        return _sequence(it, node, subject, captured, frame)
    if isinstance(node, ast.MatchClass):
        return _class(it, node, subject, captured, frame)
    if isinstance(node, ast.MatchMapping):
        return _mapping(it, node, subject, captured, frame)
    return Unknown("a pattern")


def _all(results: list[Value]) -> Value:
    if any(r is False for r in results):
        return False
    return next((r for r in results if r is not True), True)


def _sequence(
    it: Interpreter, node: ast.MatchSequence, subject: Value, captured: dict[str, Value], frame: Frame
) -> Value:
    if isinstance(subject, Unknown):
        return Unknown("an unknown subject")
    if not isinstance(subject, (list, tuple)):
        return False
    star = next((i for i, p in enumerate(node.patterns) if isinstance(p, ast.MatchStar)), None)
    if star is None:
        if len(subject) != len(node.patterns):
            return False
        return _all([pattern(it, p, v, captured, frame) for p, v in zip(node.patterns, subject, strict=True)])
    after = len(node.patterns) - star - 1
    if len(subject) < star + after:
        return False
    starred = node.patterns[star]
    assert isinstance(starred, ast.MatchStar)
    if starred.name:
        captured[starred.name] = list(subject[star : len(subject) - after])
    pairs = list(zip(node.patterns[:star], subject[:star], strict=True))
    pairs += zip(node.patterns[star + 1 :], subject[len(subject) - after :], strict=True)
    return _all([pattern(it, p, v, captured, frame) for p, v in pairs])


def _class(
    it: Interpreter, node: ast.MatchClass, subject: Value, captured: dict[str, Value], frame: Frame
) -> Value:
    cls = it.eval(node.cls, frame)
    matched = instances.is_instance(it, subject, cls)
    if matched is False:
        return False
    results = [matched]
    try:
        for name, inner in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
            results.append(pattern(it, inner, it.getattr(subject, name), captured, frame))
    except Raised:
        return False
    fields = subject.cls.dataclass_fields if type(subject) is Instance else None
    for index, inner in enumerate(node.patterns):
        value = subject if fields is None else it.getattr(subject, fields[index][0])
        results.append(pattern(it, inner, value, captured, frame))
    return _all(results)


def _mapping(
    it: Interpreter, node: ast.MatchMapping, subject: Value, captured: dict[str, Value], frame: Frame
) -> Value:
    if not isinstance(subject, dict):
        return Unknown("an unknown subject") if isinstance(subject, Unknown) else False
    results: list[Value] = []
    taken: list[Value] = []
    for key_node, inner in zip(node.keys, node.patterns, strict=True):
        key = it.eval(key_node, frame)
        if key not in subject:
            return False
        results.append(pattern(it, inner, subject[key], captured, frame))
        taken.append(key)
    if node.rest is not None:
        captured[node.rest] = {k: v for k, v in subject.items() if k not in taken}
    return _all(results)
