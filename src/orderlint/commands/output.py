"""Write reports: to standard output, with colours where they are wanted, and to files."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import click

from orderlint.errors import UsageError
from orderlint.report.formats import FIX_FORMATS, FORMATS, format_of_file, renderer
from orderlint.report.result import counted
from orderlint.report.text import TextStyle, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.report.result import Report
    from orderlint.report.text import Line

WIDEST = 110
"""Columns a text report uses at most, however wide the terminal."""


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What the command line says about reports."""

    style: str
    outputs: tuple[str, ...]
    statistics: bool
    verbose: bool
    quiet: bool
    color: bool | None

    @staticmethod
    def taken_from(options: dict[str, Any]) -> OutputOptions:
        """Take these options out of all that a command was given."""
        return OutputOptions(*(options.pop(name) for name in OutputOptions.__dataclass_fields__))

    @property
    def shows_fixes(self) -> bool:
        """Whether a report asked for says what each fix would change; to work that out costs time."""
        return bool(FIX_FORMATS & {self.style, *(style for style, _ in self.files())})

    def files(self) -> Iterator[tuple[str, str]]:
        """Format and path of each file asked for."""
        for output in self.outputs:
            prefix, sign, rest = output.partition(":")
            known = sign and prefix in FORMATS
            yield (prefix, rest) if known else (format_of_file(output, self.style), output)


def write_report(report: Report, options: OutputOptions, *, printed: bool = True, err: bool = False) -> None:
    """Write the report to every file asked for and, if `printed`, to standard output, or with `err` to
    standard error (where standard output holds fixed text).

    Raises:
        UsageError: a file cannot be written.
    """
    for style, path in options.files():
        _write_file(report, style, path)
    if printed and options.style == "text":
        _write_text(report, options, sys.stderr if err else sys.stdout)
    elif printed:
        click.echo(renderer(options.style)(report), nl=False, err=err)
    if options.statistics:
        click.echo("\n".join(statistics(report)), err=options.style not in ("text", "concise"))


def _write_file(report: Report, style: str, path: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(renderer(style)(report))
    except OSError as error:
        raise UsageError(f"--output {path}: {error.strerror or error}") from error


def _write_text(report: Report, options: OutputOptions, stream: TextIO) -> None:
    columns = shutil.get_terminal_size((WIDEST, 24)).columns
    style = TextStyle(max(40, min(columns, WIDEST)), options.verbose, options.quiet)
    lines = text_lines(report, style)
    if wants_color(options.color, stream):
        from orderlint.report.color import print_colored

        print_colored(lines, stream)
    else:
        click.echo(_encodable(lines, stream), file=stream, nl=False)


def wants_color(asked: bool | None, stream: TextIO) -> bool:
    """What the user asked for; else colours on a terminal, unless NO_COLOR is set or the terminal is dumb."""
    if asked is not None:
        return asked
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _encodable(lines: Iterable[Line], stream: TextIO) -> str:
    text = "".join(f"{line}\n" for line, _ in lines)
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("→", "->").replace("⋮", ":").replace("…", "...")
        text = text.encode(encoding, errors="replace").decode(encoding)
    return text


def statistics(report: Report) -> Iterator[str]:
    """Findings by rule, then the reasons why models were not wholly followed, each with its number."""
    rules = Counter((diagnostic.code, diagnostic.rule) for diagnostic in report.diagnostics)
    for (code, rule), number in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:>6}  {code}  {rule}"
    partial = [model for model in report.models if model.status != "complete"]
    reasons = Counter(
        model.unresolved[0].reason if model.unresolved else "no reason given" for model in partial
    )
    if reasons:
        yield f"{counted(len(partial), 'model')} not wholly followed; first reasons:"
    for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:>6}  {reason}"
