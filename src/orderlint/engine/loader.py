"""Find rule files and read them: the shipped ones, and those in folders the user names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.engine.parse import parse_rule
from orderlint.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.engine.schema import Rule

PROFILES = "profiles.toml"
"""The one file in the shipped folder that is no rule."""


def shipped_folder() -> Path:
    """The folder of the shipped rules: inside an installed package, or at the root of a checkout.

    Raises:
        UsageError: the installation has none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "rules", package.parents[1] / "rules"):
        if (folder / PROFILES).is_file():
            return folder
    raise UsageError("the shipped rules are missing from this installation of orderlint")


def load_rules(extra_dirs: Iterable[str | Path] = ()) -> tuple[Rule, ...]:
    """The shipped rules and those of further folders, sorted by code.

    Raises:
        UsageError: a file cannot be read, is no rule, or says a code or name that another one says.
    """
    rules: list[Rule] = []
    known: dict[str, str] = {}
    for folder in (shipped_folder(), *map(Path, extra_dirs)):
        for path in _rule_files(folder):
            rule = load_rule(path)
            for word in (rule.code, rule.name):
                if word in known:
                    raise UsageError(f"{path}: {word} is already the rule in {known[word]}")
                known[word] = rule.path
            rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def _rule_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of rules")
    return sorted(path for path in folder.rglob("*.toml") if path.name != PROFILES)


def read_toml(path: Path) -> dict[str, object]:
    """The content of a TOML file.

    Raises:
        UsageError: it cannot be read or parsed.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {' '.join(str(error).split())}") from error


def load_rule(path: Path) -> Rule:
    """One rule file; its folder's name is the rule's family."""
    return parse_rule(read_toml(path), str(path), path.parent.name)
