"""Comments that silence findings, and baselines that accept them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orderlint.baseline import apply_baseline, write_baseline
from orderlint.config import Config
from orderlint.diagnostic import Diagnostic, DiagnosticLayer
from orderlint.discovery import Input
from orderlint.errors import UsageError
from orderlint.graph.model import Place, Unresolved
from orderlint.merge import merge_diagnostics, merge_results
from orderlint.report.fingerprint import fingerprints
from orderlint.report.result import FollowedModel, InputResult, Report
from orderlint.selection import select_rules
from orderlint.suppress import comments_of

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    "import torch",
    "drop = nn.Dropout(0.5)",
    "norm = nn.BatchNorm1d(",
    "    8,",
    ")",
    "y = norm(drop(x))",
]


def finding(path: Path, **changes: object) -> Diagnostic:
    """A dropout built on line 2 and a batch norm built on lines 3 to 5, both used on line 6."""
    used = Place(str(path), 6, 5, 6, 18)
    drop = DiagnosticLayer(
        "dropout", "dropout", "torch.nn.Dropout", "drop", Place(str(path), 2, 8, 2, 23), used
    )
    norm = DiagnosticLayer(
        "batch_norm", "batch_norm", "torch.nn.BatchNorm1d", "norm", Place(str(path), 3, 8, 5, 2), used
    )
    diagnostic = Diagnostic(
        "OL101",
        "dropout-before-batchnorm",
        "warning",
        "high",
        "dropout feeds batch norm",
        "",
        Place(str(path), 2, 8, 2, 23),
        "Net",
        layers=(drop, norm),
    )
    return replace(diagnostic, **changes)  # type: ignore[arg-type]


def result(path: Path, *diagnostics: Diagnostic, status: str = "complete") -> InputResult:
    reasons = () if status == "complete" else (Unresolved("odd"),)
    model = FollowedModel("Net", str(path), 1, status, 2, reasons)  # type: ignore[arg-type]
    return InputResult(Input(str(path)), (model,), diagnostics)


def report(path: Path, *diagnostics: Diagnostic, status: str = "complete", **config: object) -> Report:
    settings = Config(root=str(path.parent), **config)  # type: ignore[arg-type]
    return merge_results([result(path, *diagnostics, status=status)], settings, select_rules(settings))


def with_comment(folder: Path, line: int, comment: str) -> Path:
    lines = list(LINES)
    lines[line - 1] += f"  {comment}"
    path = folder / "net.py"
    path.write_text("\n".join(lines) + "\n")
    return path


def codes(made: Report) -> list[str]:
    return [diagnostic.code for diagnostic in made.diagnostics]


@pytest.mark.parametrize("line", [2, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "comment",
    [
        "# orderlint: ignore[OL101] it is meant so",
        "# orderlint: ignore",
        "# orderlint:ignore[ol101, OL102]",
        "# orderlint: ignore[dropout-before-batchnorm]",
        "# noqa: OL101",
        "# noqa: E501, OL101",
        "# fmt: skip  # orderlint: ignore[OL101]",
    ],
)
def test_a_comment_on_any_line_of_the_path_silences(tmp_path: Path, line: int, comment: str) -> None:
    path = with_comment(tmp_path, line, comment)
    made = report(path, finding(path))
    assert "OL101" not in codes(made)
    assert made.suppressed == 1


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        (1, "# orderlint: ignore[OL101]"),
        (2, "# orderlint: ignore[OL102]"),
        (2, "# noqa: E501"),
        (2, "# noqa"),
        (2, "# orderlint ignores nothing"),
    ],
)
def test_other_comments_do_not(tmp_path: Path, line: int, comment: str) -> None:
    path = with_comment(tmp_path, line, comment)
    assert "OL101" in codes(report(path, finding(path)))


def test_strings_are_no_comments(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("\n".join([LINES[0], 'drop = f("# orderlint: ignore")', *LINES[2:]]))
    assert codes(report(path, finding(path))) == ["OL101"]


def test_a_comment_for_the_whole_file(tmp_path: Path) -> None:
    path = with_comment(tmp_path, 1, "# orderlint: ignore-file[OL101] a museum")
    assert codes(report(path, finding(path))) == []
    path = with_comment(tmp_path, 1, "# orderlint: ignore-file")
    assert codes(report(path, finding(path))) == []


def test_a_comment_counts_in_the_file_it_stands_in(tmp_path: Path) -> None:
    blocks = with_comment(tmp_path, 2, "# orderlint: ignore[OL101]")
    net = tmp_path / "other.py"
    net.write_text("\n".join(LINES))
    across = finding(net)
    drop = replace(across.layers[0], built=Place(str(blocks), 2, 8, 2, 23))
    assert codes(report(net, replace(across, layers=(drop, across.layers[1])))) == []
    assert codes(report(net, across)) == ["OL101"]


def test_unused_suppressions_are_reported(tmp_path: Path) -> None:
    path = with_comment(tmp_path, 1, "# orderlint: ignore[OL101]")
    made = report(path)
    (unused,) = made.diagnostics
    assert (unused.code, unused.severity, unused.place.line, unused.place.column) == ("OL001", "info", 1, 15)
    assert "OL101" in unused.message
    assert codes(report(path, ignore=("OL001",))) == []
    assert report(path, severity={"OL001": "warning"}).diagnostics[0].severity == "warning"


def test_a_suppression_that_may_be_needed_is_not_called_unused(tmp_path: Path) -> None:
    path = with_comment(tmp_path, 1, "# orderlint: ignore[OL101]")
    assert codes(report(path, status="partial")) == []
    assert codes(report(path, ignore=("OL101",))) == []


def test_each_code_of_a_comment_must_earn_its_place(tmp_path: Path) -> None:
    path = with_comment(tmp_path, 2, "# orderlint: ignore[OL101, OL102]")
    made = report(path, finding(path))
    assert codes(made) == ["OL001"]
    assert "OL102" in made.diagnostics[0].message
    assert "OL101" not in made.diagnostics[0].message


def test_a_file_that_cannot_be_tokenized_keeps_its_first_comments() -> None:
    source = b"x = 1  # orderlint: ignore\ny = '''never closed\n"
    assert [comment.place.line for comment in comments_of("x.py", source)] == [1]
    assert comments_of("x.py", b"\xff\xfe orderlint: ignore") == []


def test_findings_merge_by_rule_and_places(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    alone = finding(
        path, model="Block", count=2, condition="p > 0", message="when `p > 0`", confidence="medium"
    )
    built = finding(path, model="Net", count=5)
    milder = finding(path, model="Small", severity="info", count=9)
    (merged,) = merge_diagnostics([alone, built, milder])
    assert (merged.model, merged.count, merged.severity, merged.condition) == ("Net", 9, "warning", None)
    same = merge_diagnostics([finding(path, model="First"), finding(path, model="Second")])[0]
    assert same.model == "First"


def test_other_places_and_findings_without_places_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    one = finding(path)
    layers = tuple(replace(layer, built=None, used=None) for layer in one.layers)
    named = [replace(one, layers=layers, message=message) for message in ("a feeds b", "c feeds d")]
    elsewhere = replace(one, layers=(one.layers[0], replace(one.layers[1], built=Place(str(path), 9))))
    assert len(merge_diagnostics([one, *named, elsewhere])) == 4


def test_parts_of_one_layer_merge_wherever_it_is_used(tmp_path: Path) -> None:
    one = finding(tmp_path / "net.py")
    inside = tuple(replace(layer, built=one.layers[0].built) for layer in one.layers)
    elsewhere = tuple(replace(layer, used=Place(str(tmp_path / "net.py"), 9)) for layer in inside)
    assert len(merge_diagnostics([replace(one, layers=inside), replace(one, layers=elsewhere)])) == 1


def test_modules_of_one_line_merge_where_only_a_fact_names_them(tmp_path: Path) -> None:
    one = replace(finding(tmp_path / "net.py"), layers=())
    named = [replace(one, message=f"`{name}` is never applied") for name in ("a.relu", "b.c.relu", "a.norm")]
    assert {item.message for item in merge_diagnostics(named)} == {named[0].message, named[2].message}


def made(path: Path) -> Report:
    return Report((finding(path),))


def test_a_baseline_accepts_what_was_there(tmp_path: Path) -> None:
    path, baseline = with_comment(tmp_path, 1, ""), tmp_path / "baseline.json"
    write_baseline(str(baseline), made(path))
    applied = apply_baseline(str(baseline), made(path))
    assert applied.diagnostics == ()
    assert applied.baselined == 1
    assert json.loads(baseline.read_text())["accepted"][0]["path"] == "net.py"
    assert str(tmp_path) not in baseline.read_text()


def test_a_fingerprint_survives_moved_lines_and_other_numbers(tmp_path: Path) -> None:
    path = with_comment(tmp_path, 1, "")
    before = fingerprints(made(path), str(tmp_path))
    path.write_text("# a new line\n\n" + path.read_text().replace("drop =", "drop  ="))

    def moved(place: Place | None) -> Place | None:
        return place and replace(place, line=place.line + 2, end_line=(place.end_line or 0) + 2)

    old = finding(path, message="said otherwise", count=3)
    layers = tuple(replace(layer, built=moved(layer.built), used=moved(layer.used)) for layer in old.layers)
    place = moved(old.place)
    assert place is not None
    assert fingerprints(Report((replace(old, place=place, layers=layers),)), str(tmp_path)) == before


def test_a_fingerprint_tells_findings_apart(tmp_path: Path) -> None:
    path = with_comment(tmp_path, 1, "")
    other = finding(path, place=Place(str(path), 6, 1, 6, 2))
    names = fingerprints(
        Report((finding(path), finding(path), other, finding(path, code="OL102"))), str(tmp_path)
    )
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not json", "not a baseline file"),
        ("[]", "not a baseline file"),
        ('{"schema": 9, "accepted": []}', "schema 9"),
    ],
)
def test_a_wrong_baseline_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "baseline.json"
    with pytest.raises(UsageError, match="no such file"):
        apply_baseline(str(path), Report())
    path.write_text(content)
    with pytest.raises(UsageError, match=said):
        apply_baseline(str(path), Report())
