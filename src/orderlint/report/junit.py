"""JUnit report: a test case an input's model or finding, for servers that read nothing else."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from orderlint.report.concise import headline
from orderlint.report.result import shown_path

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.report.result import Report


def render_junit(report: Report) -> str:
    """A suite a file: a failing case for each warning or error, a passing one for each model and each info,
    a skipped one for each model that was not wholly followed, an error for each input that could not be
    linted."""
    root = ET.Element("testsuites", name="orderlint")
    for path, cases in sorted(_cases(report).items()):
        suite = ET.SubElement(root, "testsuite", {"name": path, **_counts(cases)})
        suite.extend(cases)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(report: Report) -> dict[str, list[ET.Element]]:
    cases: dict[str, list[ET.Element]] = defaultdict(list)
    for problem in report.problems:
        case = _case(cases, problem.path, "readable")
        ET.SubElement(case, "error", message=_clean(problem.problem))
    for model in report.models:
        case = _case(cases, model.path, f"{model.entry} followed")
        if model.status != "complete":
            reason = model.unresolved[0].reason if model.unresolved else "no reason given"
            ET.SubElement(case, "skipped", message=_clean(reason))
    for diagnostic in report.diagnostics:
        _finding(
            _case(cases, diagnostic.place.path, f"{diagnostic.code} line {diagnostic.place.line}"), diagnostic
        )
    return cases


def _case(cases: dict[str, list[ET.Element]], path: str, name: str) -> ET.Element:
    shown = shown_path(path)
    case = ET.Element("testcase", classname=shown, name=_clean(name))
    cases[shown].append(case)
    return case


def _finding(case: ET.Element, diagnostic: Diagnostic) -> None:
    text = _clean(f"{headline(diagnostic)}\n{diagnostic.help}".strip())
    if diagnostic.severity == "info":
        ET.SubElement(case, "system-out").text = text
        return
    failure = ET.SubElement(case, "failure", type=diagnostic.code, message=_clean(diagnostic.message))
    failure.text = text


def _counts(cases: list[ET.Element]) -> dict[str, str]:
    def number(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    return {
        "tests": str(len(cases)),
        "failures": number("failure"),
        "errors": number("error"),
        "skipped": number("skipped"),
    }


def _clean(text: str) -> str:
    """The text without characters that XML 1.0 cannot hold."""
    return "".join(char if char in "\t\n" or char >= " " else "\N{REPLACEMENT CHARACTER}" for char in text)
