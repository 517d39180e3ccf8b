"""Errors meant for the user: one clear line each, with the exit status they end the run with."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_UNREADABLE = 3


class OrderlintError(Exception):
    """An error told in one line; `exit_code` is the status the command ends with."""

    exit_code = EXIT_USAGE


class UsageError(OrderlintError):
    """A wrong option, configuration or rule file."""


class InputError(OrderlintError):
    """An input that cannot be read or parsed: `path`, optional `line` and `column`, and what is wrong."""

    exit_code = EXIT_UNREADABLE

    def __init__(self, path: str, problem: str, line: int | None = None, column: int | None = None) -> None:
        self.path, self.problem, self.line, self.column = path, problem, line, column
        place = path if line is None else f"{path}:{line}" if column is None else f"{path}:{line}:{column}"
        super().__init__(f"{place}: {problem}")
