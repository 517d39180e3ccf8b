"""Documents in YAML, JSON and TOML: parsed to plain data by safe readers, within bounds."""

from __future__ import annotations

import copy
import functools
import io
import json
import sys
from typing import TYPE_CHECKING, Any

from orderlint.source import sizes
from orderlint.source.values import Native, Raised, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter

TEXT = 262_144
"""Longest document that is parsed: a configuration is rarely a tenth of it."""

VALUES = 50_000
"""Values of a document, those that an alias repeats counted each time."""

DEPTH = 100
"""Brackets open at once: a parser's time may grow with the square of it."""

Args = list[Value]
Keywords = dict[str, Value]


def text_of(it: Interpreter, value: Value) -> str | Unknown:
    """The text of a document that is given as text, as bytes, or as an open file."""
    value = it.resolve(value)
    if isinstance(value, (io.StringIO, io.BytesIO)):
        value = value.read()
    if isinstance(value, bytes):
        value = value.decode("utf-8-sig", "replace")
    if not isinstance(value, str):
        return Unknown("a document that is not known")
    if len(value) > TEXT:
        return Unknown(f"a document of more than {TEXT:,} characters")
    return Unknown("a document nested too deeply") if sizes.nests(value, "[{", "]}", DEPTH) else value


def parser(
    read: Callable[[str], Any], error: str, cost: int = 1
) -> Callable[[Interpreter, Args, Keywords], Value]:
    """A function of the program that parses its first argument.

    `error`: what a bad document raises. `cost`: steps that a character costs.
    """

    @functools.lru_cache(maxsize=64)
    def parse(text: str) -> Any:
        value = read(text)
        return None if sizes.weighs_more(value, VALUES) else (value,)

    def call(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
        given = args[0] if args else kwargs.get("stream", kwargs.get("fp", kwargs.get("s")))
        text = text_of(it, given)
        if isinstance(text, Unknown):
            return text
        it.steps += len(text) * cost
        try:
            found = parse(text)
        except (RecursionError, MemoryError):
            found = None
        except Exception as problem:
            raise Raised(error, None, str(problem)[:200]) from problem
        return copy.deepcopy(found[0]) if found else Unknown("a document of too many values")

    return call


def read_yaml(text: str) -> Any:
    """The first document of a YAML text, by PyYAML's safe loader, whose merge keys are bounded here."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            if len(node.value) > VALUES // 10:
                raise yaml.YAMLError("a mapping of too many keys")

    return yaml.load(text, Loader)


def read_toml(text: str) -> Any:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    return tomllib.loads(text)


YAML = parser(read_yaml, "YAMLError", cost=20)
FUNCTIONS = {
    **dict.fromkeys(("yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load"), YAML),
    "json.load": parser(json.loads, "ValueError"),
    "tomllib.load": parser(read_toml, "ValueError"),
    "tomllib.loads": parser(read_toml, "ValueError"),
    "tomli.load": parser(read_toml, "ValueError"),
    "toml.load": parser(read_toml, "ValueError"),
}
SPECIAL: dict[str, Value] = {
    name: Native(name, function, binds=False) for name, function in FUNCTIONS.items()
}
READERS = frozenset({"yaml", "tomli", "toml"})
"""Packages of which the functions above are modelled, whether they are installed or not."""
