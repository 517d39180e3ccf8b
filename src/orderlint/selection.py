"""Which rules a configuration puts in force, and the one rule that has no rule file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderlint.engine.check import DEFAULTS, CheckSettings
from orderlint.engine.profiles import choose_profile, resolve
from orderlint.engine.profiles import select_rules as select_of_profile
from orderlint.engine.schema import Rule
from orderlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderlint.config import Config
    from orderlint.engine.profiles import Profile

UNUSED_SUPPRESSION = Rule(
    code="OL001",
    name="unused-suppression",
    family="suppression",
    what="A comment silences a rule that reports nothing there.",
    why="A comment that outlives its finding hides the next one.\n",
    ignore_when="The finding comes and goes with a dependency or an option.\n",
    severity="info",
    confidence="high",
    message="unused suppression",
    help="Remove the comment.",
    matches=(),
)
"""The one rule that is about comments, not layers; it has no rule file."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules in force, sorted by code; the settings to check with; the codes ignored in the files that a
    pattern matches; and the rules that run besides, since they say that those selected cannot tell."""

    rules: tuple[Rule, ...]
    settings: CheckSettings = DEFAULTS
    ignored_in: tuple[tuple[str, frozenset[str]], ...] = ()
    besides: tuple[Rule, ...] = ()

    def runs(self, code: str) -> bool:
        return any(rule.code == code for rule in self.rules)

    def severity(self, rule: Rule) -> str:
        return self.settings.severities.get(rule.code, rule.severity)


def all_rules(extra_dirs: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Every rule there is, sorted by code.

    Raises:
        UsageError: a rule file is wrong.
    """
    from orderlint.engine.loader import load_rules

    return tuple(sorted((UNUSED_SUPPRESSION, *load_rules(extra_dirs)), key=lambda rule: rule.code))


def select_rules(config: Config) -> Selection:
    """The rules a configuration puts in force: the profile's or `select`, plus `extend-select`, less
    `ignore`.

    Raises:
        UsageError: a selector, profile or rule file is wrong.
    """
    rules = all_rules(config.rules)
    select, extend, ignore = (_spelled(config, name, rules) for name in ("select", "extend_select", "ignore"))
    ignored_in = tuple(
        (pattern, _resolved(words, rules, _origin(config, "per_file_ignores")))
        for pattern, words in config.per_file_ignores.items()
    )
    chosen, settings = select_of_profile(
        rules,
        _profile(config),
        config.severity,
        (select | extend) if select else (),
        extend,
        ignore,
        config.order,
    )
    left_out = ignore | {rule.code for rule in chosen} | _switched_off(config, rules)
    besides = tuple(rule for rule in rules if rule.always and rule.code not in left_out)
    return Selection(chosen, settings, ignored_in, besides)


def _profile(config: Config) -> Profile:
    try:
        return choose_profile(config.profile)
    except UsageError as error:
        raise UsageError(f"{_origin(config, 'profile')}: {error}") from error


def _switched_off(config: Config, rules: tuple[Rule, ...]) -> frozenset[str]:
    return resolve((word for word, level in config.severity.items() if level == "off"), rules)


def _spelled(config: Config, name: str, rules: tuple[Rule, ...]) -> frozenset[str]:
    return _resolved(getattr(config, name), rules, _origin(config, name))


def _resolved(words: Iterable[str], rules: tuple[Rule, ...], origin: str) -> frozenset[str]:
    spelled = (word.upper() if word[:2].upper() == "OL" or word.upper() == "ALL" else word for word in words)
    try:
        return resolve(("all" if word == "ALL" else word for word in spelled), rules)
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from error


def rule_named(word: str, rules: tuple[Rule, ...]) -> Rule:
    """The rule of this code or name.

    Raises:
        UsageError: there is none.
    """
    found = next((rule for rule in rules if word.upper() == rule.code or word.lower() == rule.name), None)
    if found is None:
        codes = resolve([word], rules)
        raise UsageError(f"{word!r} names several rules: {', '.join(sorted(codes))}")
    return found


def _origin(config: Config, name: str) -> str:
    key = name.replace("_", "-")
    origin = config.origins.get(name, "default")
    return f"--{key}" if origin == "command line" else f"{origin}: {key}"
