"""Profiles, and which rules run."""

from __future__ import annotations

import pytest

from orderlint.engine.profiles import choose_profile, load_profiles, resolve, select_rules
from orderlint.errors import UsageError

from .cases import rules

RULES = tuple(rules().values())


def chosen(profile: str = "default", **options: object) -> set[str]:
    return {rule.code for rule in select_rules(RULES, choose_profile(profile), **options)[0]}  # type: ignore[arg-type]


def test_profiles_speak_of_rules_that_exist() -> None:
    for profile in load_profiles().values():
        assert set(profile.severities) <= set(rules())


def test_default_runs_what_is_enabled() -> None:
    assert chosen() == {rule.code for rule in RULES if rule.enabled}
    assert not chosen() & {"OL103", "OL123", "OL202", "OL205", "OL601", "OL602"}


def test_strict_runs_all() -> None:
    assert chosen("strict") == set(rules())


def test_a_profile_turns_rules_on_and_off() -> None:
    assert "OL103" in chosen("li2018")
    assert not chosen("ic2019") & {"OL102", "OL303"}
    assert select_rules(RULES, choose_profile("canonical"))[1].order == (
        "norm",
        "activation",
        "dropout",
        "pool",
    )
    assert select_rules(RULES, choose_profile("ioffe2015"))[1].severities["OL303"] == "warning"


def test_users_have_the_last_word() -> None:
    assert "OL102" in chosen("ic2019", levels={"dropout-weight-batchnorm": "info"})
    assert "OL101" not in chosen(levels={"OL101": "off"})
    assert chosen(select=["OL103"]) == {"OL103"}
    assert chosen(select=["shapes"], ignore=["OL701"]) == {f"OL70{n}" for n in range(2, 9)}
    assert "OL602" in chosen(extend=["OL6"])
    assert "OL601" in chosen(order=("norm", "activation"))


def test_words_for_rules() -> None:
    assert resolve(["OL3"], RULES) == resolve(["norm"], RULES)
    assert resolve(["all"], RULES) == set(rules())
    with pytest.raises(UsageError, match="did you mean 'dropout-on-logits'"):
        resolve(["dropout-on-logit"], RULES)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"levels": {"OL101": "fatal"}}, "'fatal' is none of error, warning, info, off"),
        ({"order": ("norm", "norm")}, "says a slot twice"),
        ({"order": ("conv",)}, "'conv' is none of norm"),
    ],
)
def test_faults(options: dict[str, object], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        chosen(**options)  # type: ignore[arg-type]


def test_an_unknown_profile() -> None:
    with pytest.raises(UsageError, match="did you mean 'canonical'"):
        choose_profile("canonicl")
