"""The keys of the configuration: what each means and which values it takes; also as a JSON schema for
editors."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from orderlint.errors import UsageError
from orderlint.graph.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

Form = Literal["text", "flag", "texts", "table of text", "table of texts", "table"]

SEVERITIES = ("error", "warning", "info")
LAYER_KINDS = tuple(sorted(KINDS - {"input"}))
SLOTS = ("norm", "activation", "dropout", "pool")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `choices` are the values it (or its items) may have; none means any."""

    name: str
    form: Form
    what: str
    choices: tuple[str, ...] = ()


KEYS = (
    Key(
        "select",
        "texts",
        "Rules to run, by code, prefix of a code, name or family; replaces the profile's choice.",
    ),
    Key("extend-select", "texts", "Rules to run besides the selected ones."),
    Key("ignore", "texts", "Rules not to run."),
    Key("per-file-ignores", "table of texts", "Rules to ignore in the files that a glob matches."),
    Key("severity", "table of text", "Severity by rule, or off.", (*SEVERITIES, "off")),
    Key("profile", "text", "Set of defaults to start from."),
    Key("order", "texts", "Order of the layers between two weight layers, enforced by OL601.", SLOTS),
    Key("fail-on", "text", "Least severity that fails a run.", (*SEVERITIES, "never")),
    Key("exclude", "texts", "Patterns, as in .gitignore, of what is not linted when a folder is searched."),
    Key("search-path", "texts", "Folders where imports are looked up first."),
    Key("entries", "texts", "Expressions that build the models to lint, when a run names no target."),
    Key("assume", "table", "Values of constructor parameters, by name or Class.name."),
    Key("all-configs", "flag", "Treat every flag and choice with a default as unknown."),
    Key("layers", "table of text", "Kinds of your own layers and functions by dotted name.", LAYER_KINDS),
    Key("rules", "texts", "Folders of your own rules."),
    Key("paths", "texts", "Files and folders to lint when a run names no target."),
    Key("baseline", "text", "File of accepted findings."),
)
BY_NAME = {key.name: key for key in KEYS}


def key_of_field(name: str) -> str:
    return name.replace("-", "_")


def check_value(name: str, value: object, source: str) -> Any:
    """The value of a key in the form `orderlint.config.Config` holds it.

    Raises:
        UsageError: there is no such key, or the value is of another form or none of the choices.
    """
    key = BY_NAME.get(name)
    if key is None:
        raise UsageError(f"{source}: unknown key {name!r}{did_you_mean(name, tuple(BY_NAME))}")
    where = f"{source}: {name}"
    match key.form:
        case "text":
            return _text(value, where, key.choices)
        case "flag":
            return _of_type(value, bool, "true or false", where)
        case "texts":
            return _texts(value, where, key.choices)
        case "table of text":
            return {
                item: _text(v, f"{where}.{item}", key.choices) for item, v in _table(value, where).items()
            }
        case "table of texts":
            return {
                item: _texts(v, f"{where}.{item}", key.choices) for item, v in _table(value, where).items()
            }
        case "table":
            return _table(value, where)


def _of_type(value: object, kind: type, words: str, where: str) -> Any:
    if not isinstance(value, kind):
        raise UsageError(f"{where} must be {words}, not {value!r}")
    return value


def _table(value: object, where: str) -> dict[str, Any]:
    table: dict[str, Any] = _of_type(value, dict, "a table", where)
    return table


def _text(value: object, where: str, choices: Sequence[str]) -> str:
    text: str = _of_type(value, str, "a string", where)
    if choices and text not in choices:
        raise UsageError(f"{where}: {text!r} is none of {', '.join(choices)}{did_you_mean(text, choices)}")
    return text


def _texts(value: object, where: str, choices: Sequence[str]) -> tuple[str, ...]:
    items = _of_type(value, list, "a list of strings", where)
    return tuple(_text(item, where, choices) for item in items)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """`; did you mean 'select'?` where something known is close, else nothing."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def config_schema() -> dict[str, object]:
    """JSON schema (draft 7) of orderlint.toml and of the [tool.orderlint] table."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "orderlint configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {"description": key.what, **_schema_of(key)} for key in KEYS},
    }


def _schema_of(key: Key) -> dict[str, object]:
    text: dict[str, object] = {"type": "string", **({"enum": list(key.choices)} if key.choices else {})}
    texts: dict[str, object] = {"type": "array", "items": text}
    forms: dict[Form, dict[str, object]] = {
        "text": text,
        "flag": {"type": "boolean"},
        "texts": texts,
        "table of text": {"type": "object", "additionalProperties": text},
        "table of texts": {"type": "object", "additionalProperties": texts},
        "table": {"type": "object", "additionalProperties": True},
    }
    return forms[key.form]
