"""Edits that silence a finding: a comment on a line of it, or one for the whole file."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING

from orderlint.diagnostic import Edit
from orderlint.graph.model import Place
from orderlint.suppress import OURS

if TYPE_CHECKING:
    from orderlint.diagnostic import Diagnostic
    from orderlint.server.texts import Text, Texts

PREAMBLE = re.compile(r"#!|#.*coding[:=]")


def silence_on_line(diagnostic: Diagnostic, texts: Texts) -> Edit | None:
    """Append a comment to the first line of the finding that can take one, or add the rule to the comment
    that stands there; None where the finding's lines end inside strings or are continued by a backslash."""
    place = diagnostic.place
    text = texts.at(place.path)
    closed = _lines_in_strings(text)
    for number in range(place.line, (place.end_line or place.line) + 1):
        line = text.line(number - 1)
        if number not in closed and not line.endswith("\\"):
            return _on_line(diagnostic.code, Place(place.path, number), line)
    return None


def _on_line(code: str, place: Place, line: str) -> Edit:
    comment = next((found for found in OURS.finditer(line) if not found["file"] and found["codes"]), None)
    column, text = (
        (comment.end("codes"), f", {code}")
        if comment
        else (len(line.rstrip()), f"  # orderlint: ignore[{code}]")
    )
    end = column if comment else len(line)
    return Edit(Place(place.path, place.line, column + 1, place.line, end + 1), text)


def _lines_in_strings(text: Text) -> set[int]:
    """Lines (1-based) whose end lies in a string that goes on; as far as the text can be tokenized."""
    inside: set[int] = set()
    starts: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(text.lines)).readline):
            name = tokenize.tok_name[token.type]
            if name == "STRING":
                inside |= set(range(token.start[0], token.end[0]))
            elif name.endswith("STRING_START"):
                starts.append(token.start[0])
            elif name.endswith("STRING_END") and starts:
                inside |= set(range(starts.pop(), token.end[0]))
    except (tokenize.TokenError, SyntaxError):
        pass  # half-written code; the lines before the fault are known
    return inside


def silence_in_file(diagnostic: Diagnostic, texts: Texts) -> Edit:
    """A comment for the whole file, on a line of its own, behind a `#!` line and a coding line."""
    text = texts.at(diagnostic.place.path)
    number = 0
    while number < 2 and PREAMBLE.match(text.line(number)):
        number += 1
    place = Place(diagnostic.place.path, number + 1, 1, number + 1, 1)
    return Edit(place, f"# orderlint: ignore-file[{diagnostic.code}]{text.newline}")
