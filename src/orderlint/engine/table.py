"""Strict reading of a TOML table: every key is asked for by type, and what nobody asked for is an error."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeVar

from orderlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


class Table:
    """A table of a rule file, with the file and key that its errors name."""

    def __init__(self, data: dict[str, object], path: str, key: str = "") -> None:
        self.data, self.path, self.key = data, path, key
        self.asked: set[str] = set()

    def fail(self, key: str, problem: str) -> UsageError:
        where = ".".join(part for part in (self.key, key) if part)
        return UsageError(f"{self.path}: {where}: {problem}" if where else f"{self.path}: {problem}")

    def get(self, key: str, kind: type[T], default: T) -> T:
        """The value of an optional key.

        Raises:
            UsageError: it has another type.
        """
        self.asked.add(key)
        if key not in self.data:
            return default
        value = self.data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fail(key, f"must be {_TYPES.get(kind, kind.__name__)}, not {value!r}")
        return value

    def need(self, key: str, kind: type[T]) -> T:
        """The value of a required key.

        Raises:
            UsageError: it is absent or has another type.
        """
        if key not in self.data:
            raise self.fail(key, "is missing")
        return self.get(key, kind, kind())

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """A string out of a fixed set."""
        names = list(options)
        value = self.need(key, str) if default is None else self.get(key, str, default)
        if value not in names and value != default:
            raise self.fail(key, f"{value!r} is none of {', '.join(names)}{suggest(value, names)}")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of strings, or one string."""
        value = self.get(key, object, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise self.fail(key, f"must be a list of strings, not {value!r}")
        return tuple(items)

    def table(self, key: str) -> Table:
        """A table within this one; empty if absent."""
        return Table(self.get(key, dict, {}), self.path, f"{self.key}.{key}" if self.key else key)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array, or the one table that stands for it."""
        value = self.get(key, object, [])
        items = [value] if isinstance(value, dict) else value
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self.fail(key, "must be a table or an array of tables")
        base = f"{self.key}.{key}" if self.key else key
        for index, item in enumerate(items):
            yield Table(item, self.path, base if len(items) == 1 else f"{base}[{index}]")

    def done(self) -> None:
        """Every key must have been asked for.

        Raises:
            UsageError: one was not; the nearest known key is suggested.
        """
        for key in self.data:
            if key not in self.asked:
                raise self.fail(key, f"unknown key{suggest(key, sorted(self.asked))}")


_TYPES: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    dict: "a table",
    list: "a list",
}


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
