"""Configuration: what may be set, where it was found, and where each value came from."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderlint.config_keys import KEYS, check_value, key_of_field
from orderlint.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH_FIELDS = ("search_path", "rules", "paths")
"""Fields that hold paths, relative to the folder of the file that sets them."""


@dataclass(frozen=True, slots=True)
class Config:
    """What is in force. `root` is the folder of the configuration file (per-file patterns are relative to
    it); `origins` says by field where a value came from: a file, "command line", or "default" where it is
    absent."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)
    profile: str = "default"
    order: tuple[str, ...] = ()
    fail_on: str = "warning"
    exclude: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    assume: Mapping[str, object] = field(default_factory=dict)
    all_configs: bool = False
    layers: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    paths: tuple[str, ...] = (".",)
    baseline: str | None = None
    root: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)

    def with_options(self, options: Mapping[str, Any]) -> Config:
        """The configuration with values from the command line put over it; None and empty values leave it as
        it is.

        `extend_select`, `exclude`, `search_path` and `assume` add to the file's; the others replace them.
        """
        given = {name: value for name, value in options.items() if value not in (None, (), {}, False)}
        merged = {name: _merged(name, getattr(self, name), value) for name, value in given.items()}
        return replace(self, **merged, origins={**self.origins, **dict.fromkeys(given, "command line")})


def _merged(name: str, old: Any, new: Any) -> Any:
    match name:
        case "extend_select" | "exclude":
            return (*old, *new)
        case "search_path":
            return (*new, *old)
        case "assume":
            return {**old, **new}
        case _:
            return new


def load_config(explicit: str | None = None, start: str | None = None) -> Config:
    """The configuration in `explicit`, or in the nearest orderlint.toml or pyproject.toml at or above
    `start`.

    Raises:
        UsageError: the file cannot be read, or says something that cannot be meant.
    """
    path = Path(explicit) if explicit else find_config(Path(start or os.getcwd()))
    if path is None:
        return Config(root=os.getcwd())
    return config_of_table(_section(path, required=explicit is not None), path)


def find_config(folder: Path) -> Path | None:
    """The nearest orderlint.toml, or pyproject.toml with a [tool.orderlint] table, at or above a folder."""
    folder = folder.resolve()
    for parent in (folder, *folder.parents):
        own = parent / "orderlint.toml"
        if own.is_file():
            return own
        project = parent / "pyproject.toml"
        if project.is_file() and _mentions_us(project):
            return project
    return None


def _mentions_us(project: Path) -> bool:
    try:
        return b"orderlint" in project.read_bytes() and "orderlint" in _read(project).get("tool", {})
    except OSError:
        return False


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = (
            error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        )
        raise UsageError(f"{path}: {reason}") from error


def _section(path: Path, required: bool) -> dict[str, Any]:
    document = _read(path)
    if path.name != "pyproject.toml":
        return document
    section = document.get("tool", {}).get("orderlint")
    if section is None and required:
        raise UsageError(f"{path}: no [tool.orderlint] table")
    if section is not None and not isinstance(section, dict):
        raise UsageError(f"{path}: tool.orderlint must be a table")
    return section or {}


def config_of_table(table: Mapping[str, object], path: Path) -> Config:
    """The configuration that a table of a file says.

    Raises:
        UsageError: a key is unknown or a value is of the wrong form.
    """
    root = str(path.resolve().parent)
    values = {_field(key): check_value(key, value, str(path)) for key, value in table.items()}
    for name in PATH_FIELDS:
        if name in values:
            values[name] = tuple(_anchored(root, item) for item in values[name])
    if "baseline" in values:
        values["baseline"] = _anchored(root, values["baseline"])
    return Config(**values, root=root, origins=dict.fromkeys(values, str(path)))


def _field(key: str) -> str:
    return key.replace("-", "_")


def _anchored(root: str, path: str) -> str:
    return os.path.normpath(os.path.join(root, os.path.expanduser(path)))


def explain_config(config: Config) -> list[tuple[str, object, str]]:
    """Each key, its value in force, and where that came from, in the order of the documentation."""
    names = {item.name for item in fields(Config)}
    rows = ((key.name, key_of_field(key.name)) for key in KEYS)
    return [
        (key, getattr(config, name), config.origins.get(name, "default"))
        for key, name in rows
        if name in names
    ]
