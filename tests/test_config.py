"""Configuration: found, read, checked, layered, explained."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from orderlint.config import Config, explain_config, find_config, load_config
from orderlint.config_keys import KEYS, config_schema, key_of_field
from orderlint.errors import UsageError
from orderlint.selection import select_rules

SCHEMA_FILE = Path(__file__).resolve().parents[1] / "src" / "orderlint" / "data" / "config.schema.json"

EVERYTHING = """
select = ["OL101"]
extend-select = ["residual"]
ignore = ["OL203"]
profile = "default"
order = ["norm", "activation"]
fail-on = "error"
exclude = ["old/"]
search-path = ["lib"]
entries = ["net.Net()"]
all-configs = true
rules = ["lint/rules"]
paths = ["src"]
baseline = "baseline.json"
[per-file-ignores]
"tests/*" = ["OL1"]
[severity]
OL101 = "error"
[assume]
drop_rate = 0.2
"Net.norm" = "batch"
[layers]
"my.Norm" = "batch_norm"
"""


def write(folder: Path, text: str, name: str = "orderlint.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_key_is_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load_config(str(write(tmp_path, EVERYTHING)))
    assert config.select == ("OL101",)
    assert config.per_file_ignores == {"tests/*": ("OL1",)}
    assert config.assume == {"drop_rate": 0.2, "Net.norm": "batch"}
    assert config.search_path == (str(tmp_path / "lib"),)
    assert config.rules == (str(tmp_path / "lint" / "rules"),)
    assert config.paths == (str(tmp_path / "src"),)
    assert config.baseline == str(tmp_path / "baseline.json")
    assert all(origin != "default" for _, _, origin in explain_config(config))


def test_the_nearest_file_wins_and_foreign_projects_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, '[tool.orderlint]\nfail-on = "error"\n', "pyproject.toml")
    write(tmp_path, "[tool.other]\n", "sub/pyproject.toml")
    assert load_config(start=str(tmp_path / "sub")).fail_on == "error"
    own = write(tmp_path, 'fail-on = "info"\n', "sub/orderlint.toml")
    assert find_config(tmp_path / "sub") == own
    assert load_config(start=str(tmp_path / "sub")).fail_on == "info"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('selct = ["OL101"]', "unknown key 'selct'; did you mean 'select'?"),
        ('select = "OL101"', "select must be a list of strings, not 'OL101'"),
        (
            'fail-on = "warnin"',
            "fail-on: 'warnin' is none of error, warning, info, never; did you mean 'warning'?",
        ),
        ("all-configs = 1", "all-configs must be true or false, not 1"),
        ('[severity]\nOL101 = "fatal"', "severity.OL101: 'fatal' is none of error, warning, info, off"),
        ('order = ["norm", "act"]', "order: 'act' is none of norm, activation, dropout, pool"),
        ("select = [", "Invalid value"),
    ],
)
def test_a_mistake_is_one_line_with_the_file_and_the_key(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as error:
        load_config(str(path))
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert "\n" not in message


def test_an_unknown_rule_names_where_it_was_said(tmp_path: Path) -> None:
    path = write(tmp_path, 'ignore = ["OL999"]')
    with pytest.raises(UsageError, match="ignore: 'OL999' is no rule") as error:
        select_rules(load_config(str(path)))
    assert str(error.value).startswith(str(path))


def test_options_replace_or_add_to_the_file(tmp_path: Path) -> None:
    base = load_config(str(write(tmp_path, EVERYTHING)))
    config = base.with_options({"select": ("OL2",), "exclude": ("x",), "assume": {"p": 1}, "fail_on": None})
    assert config.select == ("OL2",)
    assert config.exclude == ("old/", "x")
    assert config.assume == {"drop_rate": 0.2, "Net.norm": "batch", "p": 1}
    assert config.fail_on == "error"
    origins = {key: origin for key, _, origin in explain_config(config)}
    assert origins["select"] == "command line"
    assert origins["fail-on"] == str(tmp_path / "orderlint.toml")


def test_selection_by_code_prefix_name_and_family() -> None:
    def codes(**options: object) -> set[str]:
        return {rule.code for rule in select_rules(Config(**options)).rules}  # type: ignore[arg-type]

    assert codes(select=("OL101",)) == {"OL101"}
    assert codes(select=("dropout-before-batchnorm",)) == {"OL101"}
    assert {"OL101", "OL102", "OL110"} <= codes(select=("dropout",))
    assert {"OL101", "OL110"} <= codes(select=("OL1",), ignore=("OL102",))
    assert "OL102" not in codes(select=("OL1",), ignore=("OL102",))
    assert codes(select=("OL101",), extend_select=("OL102",)) == {"OL101", "OL102"}
    assert "OL101" not in codes(severity={"OL101": "off"})
    assert "OL001" in codes()


def test_every_key_has_a_field() -> None:
    names = set(Config.__dataclass_fields__) - {"root", "origins"}
    assert {key_of_field(key.name) for key in KEYS} == names


def test_the_schema_file_is_current_and_accepts_what_we_read() -> None:
    schema = json.loads(SCHEMA_FILE.read_text())
    assert schema == config_schema(), (
        "run: python -m orderlint config --schema > src/orderlint/data/config.schema.json"
    )
    try:
        import tomllib
    except ImportError:
        import tomli as tomllib
    jsonschema.validate(tomllib.loads(EVERYTHING), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"selct": []}, schema)
