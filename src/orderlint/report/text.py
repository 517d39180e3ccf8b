"""Text report: findings with source frames, and a summary that also says what was not followed."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.report.concise import headline
from orderlint.report.frames import FrameLine, Mark, SourceLines, frame
from orderlint.report.result import counted, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.diagnostic import Diagnostic, DiagnosticLayer
    from orderlint.graph.model import Parameter
    from orderlint.report.result import FollowedModel, Report

LONGEST_PATH = 9
"""Layers of a witness path that are spelled out; of a longer one, its ends."""

PARTIAL_SHOWN = 10
"""Models not wholly followed that a summary names unless asked for all."""

SPOKEN_BY_OPERATOR = frozenset({"activation", "other", "scale", "reduce", "shape", "loss"})


@dataclass(frozen=True, slots=True)
class TextStyle:
    """`width` in columns; `verbose`: every reason of every partial model; `quiet`: findings only."""

    width: int = 80
    verbose: bool = False
    quiet: bool = False


Line = tuple[str, str]
"""A line of text and its role, by which it is coloured."""


def render_text(report: Report, style: TextStyle | None = None) -> str:
    """The report as plain text."""
    return "".join(f"{text}\n" for text, _ in text_lines(report, style or TextStyle()))


def text_lines(report: Report, style: TextStyle) -> Iterator[Line]:
    """The lines of the report, each with its role."""
    sources = SourceLines(report.sources)
    for diagnostic in report.diagnostics:
        yield from _finding(diagnostic, sources, style)
        yield "", "plain"
    if not style.quiet:
        yield from _summary(report, style)


def _finding(diagnostic: Diagnostic, sources: SourceLines, style: TextStyle) -> Iterator[Line]:
    for number, text in enumerate(_wrapped(headline(diagnostic), style.width, "    ")):
        yield text, f"headline {diagnostic.severity}" if number == 0 else "message"
    lines = list(frame(_marks(diagnostic), sources, diagnostic.place.path, style.width))
    gutter = len(lines[0].gutter) if lines else 1
    for line in lines:
        yield _frame_text(line), line.role
    for label, text in _notes(diagnostic):
        prefix = f"{' ' * gutter} = {label}: "
        for wrapped in _wrapped(prefix + text, style.width, " " * len(prefix)):
            yield wrapped, "note"


def _frame_text(line: FrameLine) -> str:
    match line.role:
        case "gap":
            return f"{line.gutter} ⋮"
        case "file":
            path, number, column = line.text.rsplit(":", 2)
            return f"{line.gutter} --> {shown_path(path)}:{number}:{column}"
        case _:
            return f"{line.gutter} | {line.text}".rstrip()


def _marks(diagnostic: Diagnostic) -> list[Mark]:
    """The finding's place and the anchors at other places, in the order of a file."""
    marks = {diagnostic.place: Mark(diagnostic.place, "", True)}
    anchors = (diagnostic.layers[0], diagnostic.layers[-1]) if diagnostic.layers else ()
    for layer in anchors:
        place = layer.place
        if place is not None and (place not in marks or not marks[place].label):
            marks[place] = Mark(place, _label(layer), place == diagnostic.place)
    own = diagnostic.place.path
    return sorted(marks.values(), key=lambda mark: (mark.place.path != own, mark.place.path, mark.place.line))


def _label(layer: DiagnosticLayer) -> str:
    built, used = layer.built, layer.used
    # the name that goes with a functional call is that of the module that makes it
    name = f"`{layer.name}`" if built else f"in `{layer.module or layer.name}`"
    words = f"{spoken(layer)} {name}" if layer.name else spoken(layer)
    if built is None or used is None or (built.path, built.line) == (used.path, used.line):
        return words
    where = f"line {used.line}" if built.path == used.path else f"{shown_path(used.path)}:{used.line}"
    return f"{words}, used on {where}"


def _notes(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    if len(diagnostic.layers) > 1:
        yield "path", layer_path(diagnostic)
    if nodes := _nodes(diagnostic):
        yield "nodes", nodes
    if diagnostic.count > 1:
        yield "seen", f"{diagnostic.count} times in `{diagnostic.model}`"
    if diagnostic.parameters:
        words = (_parameter(item, diagnostic.place.path) for item in diagnostic.parameters)
        yield "parameter" if len(diagnostic.parameters) == 1 else "parameters", ", ".join(words)
    if diagnostic.help:
        yield "help", " ".join(diagnostic.help.split())


def _parameter(parameter: Parameter, path: str) -> str:
    """`drop_rate` (line 12, default 0.0)."""
    place = parameter.place
    where = f"line {place.line}" if place.path == path else f"{shown_path(place.path)}:{place.line}"
    default = f", default {parameter.default}" if parameter.default else ", no default"
    return f"`{parameter.name}` ({where}{default})"


def _nodes(diagnostic: Diagnostic) -> str:
    """`net.onnx: node_a → node_b`: where in a graph a finding is that stands at a place in the source."""
    layers = [layer for layer in diagnostic.layers if layer.module]
    if not layers or all(layer.place is None for layer in layers):
        return ""
    names = _shortened([f"`{layer.name}`" for layer in diagnostic.layers])
    return f"{diagnostic.model}: {' → '.join(names)}"


def layer_path(diagnostic: Diagnostic) -> str:
    """`dropout (line 22) → relu (23) → batch_norm (24)`.

    A layer of another file says which, one that has no place says its name.
    """
    parts = []
    path = diagnostic.place.path
    for layer in diagnostic.layers:
        place = layer.place
        words = f"{spoken(layer)} `{layer.module}`" if layer.module else spoken(layer)
        if place is None:
            parts.append(f"{spoken(layer)} `{layer.name}`" if layer.name else spoken(layer))
        elif place.path != path:
            parts.append(f"{words} ({shown_path(place.path)}:{place.line})")
        else:
            parts.append(f"{words} ({'' if parts else 'line '}{place.line})")
    return " → ".join(_shortened(parts))


def _shortened(parts: list[str]) -> list[str]:
    half = LONGEST_PATH // 2
    if len(parts) <= LONGEST_PATH:
        return parts
    return [*parts[:half], f"… {len(parts) - 2 * half} more …", *parts[-half:]]


def spoken(layer: DiagnosticLayer) -> str:
    """A short name for what a layer is: its kind, or its operator where the kind says too little (`relu`)."""
    if layer.kind not in SPOKEN_BY_OPERATOR:
        return layer.kind
    return re.sub(r"-\d+$", "", layer.op.rsplit(".", 1)[-1]).lower() or layer.kind


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    lines = textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return lines or [text]


def _summary(report: Report, style: TextStyle) -> Iterator[Line]:
    partial = [model for model in report.models if model.status != "complete"]
    shown = partial if style.verbose else partial[:PARTIAL_SHOWN]
    for model in shown:
        for line in _not_followed(model, style):
            yield line, "partial"
    if len(partial) > len(shown):
        yield f"… and {len(partial) - len(shown)} more (--verbose shows all)", "partial"
    if partial:
        yield "", "plain"
    yield from ((line, "summary") for line in _wrapped(summary_text(report), style.width, ""))


def _not_followed(model: FollowedModel, style: TextStyle) -> Iterator[str]:
    how = "not followed" if model.status == "failed" else "partly followed"
    start = f"{shown_path(model.path)}:{model.line}: {model.entry} {how}"
    reasons = model.unresolved if style.verbose else model.unresolved[:1]
    if not reasons:
        yield start
    for reason in reasons:
        where = f" ({shown_path(reason.place.path)}:{reason.place.line})" if reason.place else ""
        yield from _wrapped(f"{start}: {reason.reason}{where}", style.width, "    ")


def summary_text(report: Report) -> str:
    """What was found, in how many inputs, and how many models were followed, partly followed, or not."""
    silenced = [
        f"{n} {word}"
        for n, word in ((report.suppressed, "suppressed"), (report.baselined, "in the baseline"))
        if n
    ]
    models = _models_text(report)
    inputs = counted(report.checked, "input")
    tail = f" ({', '.join(silenced)})" if silenced else ""
    problems = f" {counted(len(report.problems), 'input')} could not be read." if report.problems else ""
    return f"{_findings_text(report)}{tail} in {inputs}; {models}.{problems}"


def _findings_text(report: Report) -> str:
    by_severity = Counter(diagnostic.severity for diagnostic in report.diagnostics)
    errors, warnings, infos = (by_severity[severity] for severity in ("error", "warning", "info"))
    if not report.diagnostics:
        return "No findings"
    parts = [counted(errors, "error") if errors else "", counted(warnings, "warning") if warnings else ""]
    return ", ".join([part for part in parts if part] + ([f"{infos} info"] if infos else []))


def _models_text(report: Report) -> str:
    if not report.models:
        return "no model found"
    complete, partly, failed = (report.followed(status) for status in ("complete", "partial", "failed"))
    return f"{counted(complete, 'model')} followed, {partly} partly, {failed} not"
