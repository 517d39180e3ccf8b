"""Profiles: sets of defaults by code, as data, and which rules run with what severity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast, get_args

from orderlint.diagnostic import Severity
from orderlint.engine.check import CheckSettings
from orderlint.engine.loader import PROFILES, read_toml, shipped_folder
from orderlint.engine.order import check_order
from orderlint.engine.schema import SCHEMA_VERSION
from orderlint.engine.table import Table, suggest
from orderlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orderlint.engine.schema import Rule

LEVELS = (*get_args(Severity), "off")


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of defaults: `severities` by code ("off": not run), `order` for OL601, `all` rules on."""

    name: str
    what: str
    severities: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    all: bool = False


def load_profiles() -> dict[str, Profile]:
    """The shipped profiles by name.

    Raises:
        UsageError: the file is missing or wrong.
    """
    path = shipped_folder() / PROFILES
    data = read_toml(path)
    if data.pop("schema", None) != SCHEMA_VERSION:
        raise UsageError(f"{path}: schema: this version reads schema {SCHEMA_VERSION}")
    top = Table(data, str(path))
    return {name: _profile(name, top.table(name)) for name in data}


def _profile(name: str, table: Table) -> Profile:
    levels = table.table("severities")
    profile = Profile(
        name,
        table.need("what", str),
        {code: levels.choice(code, LEVELS) for code in levels.data},
        table.strings("order"),
        table.get("all", bool, False),
    )
    table.done()
    check_order(profile.order)
    return profile


def choose_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        UsageError: there is none.
    """
    profiles = load_profiles()
    if name not in profiles:
        raise UsageError(f"profile {name!r} is none of {', '.join(profiles)}{suggest(name, profiles)}")
    return profiles[name]


def resolve(words: Iterable[str], rules: Sequence[Rule]) -> frozenset[str]:
    """The codes that words stand for: codes, names, families, prefixes of codes (`OL1`), `all`.

    Raises:
        UsageError: a word stands for no rule.
    """
    return frozenset().union(*(_codes(word, rules) for word in words))


def _codes(word: str, rules: Sequence[Rule]) -> frozenset[str]:
    codes = {rule.code for rule in rules if word in (rule.code, rule.name, rule.family, "all")}
    codes |= {rule.code for rule in rules if word[-1:].isdigit() and rule.code.startswith(word)}
    if not codes:
        known = [word for rule in rules for word in (rule.code, rule.name, rule.family)]
        raise UsageError(f"{word!r} is no rule, family or prefix of codes{suggest(word, known)}")
    return frozenset(codes)


def select_rules(
    rules: Sequence[Rule],
    profile: Profile,
    levels: Mapping[str, str] | None = None,
    select: Iterable[str] = (),
    extend: Iterable[str] = (),
    ignore: Iterable[str] = (),
    order: tuple[str, ...] = (),
) -> tuple[tuple[Rule, ...], CheckSettings]:
    """The rules to run and the settings to run them with, for `orderlint.engine.check.check`.

    `levels`: severity or "off" by word (see `resolve`), over the profile; `select`: run these only;
    `extend`: run these too; `ignore`: leave these out; `order`: over the profile's, and it turns OL601 on.

    Raises:
        UsageError: a word stands for no rule, or a severity or slot does not exist.
    """
    check_order(order)
    wanted = _levels(profile, levels or {}, rules)
    selected, ignored = resolve(select, rules), resolve(ignore, rules)
    on = {code for code, level in wanted.items() if level != "off"} | resolve(extend, rules)
    on |= {rule.code for rule in rules if rule.enabled or profile.all}
    on |= {rule.code for rule in rules if order and any(match.order for match in rule.matches)}
    on -= {code for code, level in wanted.items() if level == "off"}
    running = (selected or on) - ignored
    severities = {code: cast("Severity", level) for code, level in wanted.items() if level != "off"}
    chosen = tuple(rule for rule in rules if rule.code in running)
    return chosen, CheckSettings(severities, order or profile.order)


def _levels(profile: Profile, levels: Mapping[str, str], rules: Sequence[Rule]) -> dict[str, str]:
    wanted = dict(profile.severities)
    for word, level in levels.items():
        if level not in LEVELS:
            raise UsageError(f"severity of {word}: {level!r} is none of {', '.join(LEVELS)}")
        wanted.update(dict.fromkeys(resolve([word], rules), level))
    return wanted
