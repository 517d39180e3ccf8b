"""Rule files: where they are found, and how their faults are told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orderlint.engine import loader
from orderlint.engine.loader import load_rules, shipped_folder
from orderlint.errors import UsageError

RULE = """
schema = 1
code = "XX001"
name = "my-rule"
what = "w"
why = "y"
severity = "info"
message = "{dropout} feeds {norm}"
help = "h"
[[match.layer]]
role = "dropout"
kind = "dropout"
[[match.layer]]
role = "norm"
kind = "norm"
between.only = ["activation"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "own" / "my-rule.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_shipped_rules_are_sorted_and_their_files_bear_their_names() -> None:
    rules = load_rules()
    assert [rule.code for rule in rules] == sorted({rule.code for rule in rules})
    for rule in rules:
        assert (Path(rule.path).stem, Path(rule.path).parent.name) == (rule.name, rule.family)


def test_users_add_rules(tmp_path: Path) -> None:
    write(tmp_path, RULE)
    (rule,) = (rule for rule in load_rules([tmp_path]) if rule.code == "XX001")
    assert (rule.family, rule.confidence, rule.enabled) == ("own", "high", True)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("severity =", "sevrity =", "severity: is missing"),
        ('"info"', '"fatal"', "severity: 'fatal' is none of error, warning, info"),
        ('help = "h"', 'help = "h"\nhlep = "h"', "hlep: unknown key; did you mean 'help'?"),
        ('help = "h"', "help = 3", "help: must be a string, not 3"),
        ("schema = 1", "schema = 2", "schema: this version reads schema 1, not 2"),
        ('"activation"', '"activaton"', "between.only: 'activaton' is no kind, group or place; did you mean"),
        ("between.only", "betwen.only", "betwen: unknown key; did you mean 'between'?"),
        ("between.only", "between.olny", "between.olny: unknown key; did you mean 'only'?"),
        ("{norm}", "{nrom}", "message: {nrom} is nothing this rule matches; did you mean 'norm'?"),
        (
            'kind = "norm"',
            'kind = "norm"\nwhere.p = { bove = 1 }',
            "where.p.bove: unknown test; did you mean 'above'?",
        ),
        ('"XX001"', '"OL101"', "OL101 is already the rule in"),
        ('"XX001"', '"x"', "code: 'x' does not look like"),
        ("schema = 1", "schema = ", "Invalid value"),
        ('role = "dropout"', 'role = "dropout"\nbetween.only = []', "has nothing before it"),
        ('help = "h"', 'help = "h"\nat = "x"', "at: 'x' is no layer of every match"),
        ('help = "h"', 'help = "h"\nquantity = "x"', "quantity: 'x' is none of variance_shift"),
    ],
)
def test_a_fault_is_told_in_one_line(tmp_path: Path, old: str, new: str, error: str) -> None:
    path = write(tmp_path, RULE.replace(old, new, 1))
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path])
    assert str(caught.value).startswith(f"{path}: ")
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_rule_without_a_match_is_refused(tmp_path: Path) -> None:
    write(tmp_path, RULE[: RULE.index("[[match")].replace("{dropout} feeds {norm}", "m"))
    with pytest.raises(UsageError, match="match: is missing"):
        load_rules([tmp_path])


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        load_rules([tmp_path / "nowhere"])


def test_rules_are_found_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "orderlint"
    shutil.copytree(shipped_folder(), package / "rules")
    monkeypatch.setattr(loader, "__file__", str(package / "engine" / "loader.py"))
    assert shipped_folder() == package / "rules"
    assert load_rules()


def test_an_installation_without_rules_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "__file__", str(tmp_path / "a" / "b" / "engine" / "loader.py"))
    with pytest.raises(UsageError, match="missing from this installation"):
        shipped_folder()
