"""Comments that silence findings: `# orderlint: ignore[OL101] reason`, `# noqa: OL101`, `# orderlint:
ignore-file`."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderlint.diagnostic import Diagnostic
from orderlint.discovery import ONNX_START
from orderlint.graph.model import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

OURS = re.compile(r"#\s*orderlint:\s*ignore(?P<file>-file)?\s*(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)
NOQA = re.compile(r"#\s*noqa:\s*(?P<codes>[A-Za-z]+\d+(?:[,\s]+[A-Za-z]+\d+)*)", re.IGNORECASE)
MARKS = re.compile(rb"orderlint:\s*ignore|noqa:[^\n]*\bOL\d", re.IGNORECASE)


@dataclass(slots=True)
class Comment:
    """One comment. `codes`: the rules it silences, by code or name; none means all. `used` ones silenced
    something."""

    place: Place
    codes: frozenset[str]
    whole_file: bool
    noqa: bool = False
    used: set[str] = field(default_factory=set)

    def silences(self, diagnostic: Diagnostic) -> bool:
        hit = {diagnostic.code, diagnostic.rule} & self.codes
        if self.codes and not hit:
            return False
        self.used |= hit or {"*"}
        return True


def comments_of(path: str, source: bytes) -> list[Comment]:
    """The comments of a file that silence findings, in order; a file that cannot be tokenized has none."""
    if not MARKS.search(source):
        return []
    found: list[Comment] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT:
                found.extend(_read_comment(path, token))
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, ValueError):
        pass  # the source front end says what is wrong with the file; comments before the fault still count
    return found


def _read_comment(path: str, token: tokenize.TokenInfo) -> Iterator[Comment]:
    line, column = token.start
    for pattern, noqa in ((OURS, False), (NOQA, True)):
        for match in pattern.finditer(token.string):
            codes = frozenset(re.split(r"[,\s]+", (match["codes"] or "").strip())) - {""}
            if noqa:
                codes = frozenset(code.upper() for code in codes if code.upper().startswith("OL"))
                if not codes:
                    continue
            whole_file = not noqa and bool(match["file"])
            start = column + match.start() + 1
            place = Place(path, line, start, line, start + match.end() - match.start())
            yield Comment(place, _spelled(codes), whole_file, noqa)


def _spelled(codes: frozenset[str]) -> frozenset[str]:
    return frozenset(code.upper() if re.fullmatch(r"(?i)ol\d+", code) else code for code in codes)


@dataclass(slots=True)
class Suppressions:
    """The comments of the files that findings touch; files are read when first asked for, unless `texts`
    holds what stands for them."""

    texts: Mapping[str, bytes] = field(default_factory=dict)
    files: dict[str, list[Comment]] = field(default_factory=dict)

    def of_file(self, path: str) -> list[Comment]:
        if path not in self.files:
            text = self.texts.get(path)
            self.files[path] = comments_of(path, _content(path) if text is None else text)
        return self.files[path]

    def silences(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment on any line of the finding's path, or on its whole file, silences it."""
        lines = lines_of(diagnostic)
        silenced = False
        for path in dict.fromkeys(path for path, _ in lines):
            for comment in self.of_file(path):
                whole = comment.whole_file and path == diagnostic.place.path
                if whole or (not comment.whole_file and (path, comment.place.line) in lines):
                    silenced |= comment.silences(diagnostic)
        return silenced

    def unused(self, path: str, in_force: Collection[str]) -> list[Diagnostic]:
        """A finding for each comment of a file that silenced nothing, or names a rule that it silenced
        nothing of."""
        found = []
        for comment in self.of_file(path):
            idle = sorted(code for code in comment.codes - comment.used if code in in_force)
            if idle or (not comment.codes and not comment.used):
                found.append(_unused(comment, idle))
        return found


def lines_of(diagnostic: Diagnostic) -> set[tuple[str, int]]:
    """Every line on which a comment silences the finding: its own and those of all its layers, first line to
    last."""
    places = {diagnostic.place}
    for layer in diagnostic.layers:
        places |= {place for place in (layer.built, layer.used, *layer.frames) if place is not None}
    return {
        (place.path, line)
        for place in places
        for line in range(place.line, (place.end_line or place.line) + 1)
    }


def _unused(comment: Comment, idle: list[str]) -> Diagnostic:
    return Diagnostic(
        code="OL001",
        rule="unused-suppression",
        severity="info",
        confidence="high",
        message=f"nothing here for this comment to silence{' (' + ', '.join(idle) + ')' if idle else ''}",
        help="Remove the comment.",
        place=comment.place,
        model="",
    )


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            start = file.read(1)
            return b"" if start == ONNX_START else start + file.read()  # a graph may be many gigabytes
    except OSError:
        return b""
