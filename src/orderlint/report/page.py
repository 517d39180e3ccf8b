"""The page of a rule, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.engine.schema import Example, Rule


def page_lines(rule: Rule) -> Iterator[str]:
    """The page of a rule in Markdown."""
    default = rule.severity if rule.enabled else f"off ({rule.severity} when selected)"
    yield f"# {rule.code} {rule.name}"
    yield from (
        "",
        _flat(rule.what),
        "",
        f"Default: {default}. Confidence: {rule.confidence}. Family: {rule.family}.",
    )
    yield from ("", "## Why", "", rule.why.strip())
    if rule.help:
        yield from ("", "## What to do", "", _flat(rule.help))
    if rule.fix is not None:
        yield from ("", f"Fix ({'safe' if rule.fix.safe else 'unsafe'}): {rule.fix.title}.")
    if rule.ignore_when:
        yield from ("", "## When to ignore it", "", rule.ignore_when.strip())
    yield from evidence_lines(rule)
    yield from _examples(rule)


def evidence_lines(rule: Rule) -> Iterator[str]:
    """The part of the page that cites what speaks for the rule and what against it."""
    for side, title in (("for", "## Evidence"), ("against", "## Counter-evidence")):
        claims = [item for item in rule.evidence if item.side == side]
        if claims:
            yield from ("", title, "")
        for item in claims:
            yield f"- {_flat(item.claim)} ({item.source})"


def _examples(rule: Rule) -> Iterator[str]:
    for side, title in (("bad", "## Reported"), ("good", "## Not reported")):
        examples = [example for example in rule.examples if example.side == side]
        if examples:
            yield from ("", title)
        for example in examples:
            yield from _example(example)


def _example(example: Example) -> Iterator[str]:
    yield from ("", f"{example.title}:", "")
    language, text = ("python", example.code) if example.code else ("text", example.graph)
    yield from (f"```{language}", text.strip("\n"), "```")


def _flat(text: str) -> str:
    return " ".join(text.split())
