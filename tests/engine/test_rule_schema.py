"""The published JSON schema of rule files agrees with what the loader reads."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import orderlint
from orderlint.engine.loader import load_rules, read_toml

SCHEMA = json.loads((Path(orderlint.__file__).parent / "data/rule.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [rule.path for rule in load_rules()], ids=lambda path: Path(path).stem)
def test_shipped_rules_are_valid(path: str) -> None:
    jsonschema.validate(read_toml(Path(path)), SCHEMA)


@pytest.mark.parametrize(
    "change", [{"schema": 2}, {"sevrity": "info"}, {"severity": "fatal"}, {"match": {"layr": []}}]
)
def test_faults_are_told(change: dict[str, object]) -> None:
    rule = read_toml(Path(load_rules()[0].path))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**rule, **change}, SCHEMA)
