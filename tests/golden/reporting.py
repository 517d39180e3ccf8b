"""A report built by hand, for the golden files: every form a finding can take."""

from __future__ import annotations

from pathlib import Path

from orderlint.diagnostic import Diagnostic, DiagnosticLayer, Fix
from orderlint.engine.schema import Evidence, Example, Rule
from orderlint.graph.model import Place, Unresolved
from orderlint.report.result import FollowedModel, InputProblem, Report

FOLDER = Path(__file__).resolve().parent
NET = str(FOLDER / "net.py")
BLOCKS = str(FOLDER / "blocks.py")


RULE = Rule(
    code="OL101",
    name="dropout-before-batchnorm",
    family="dropout",
    what="A dropout's output reaches a batch norm with no norm and no weight layer between.",
    why="The variance of a dropout's output differs between training and evaluation.\n",
    ignore_when="The rate is small.\n",
    severity="warning",
    confidence="high",
    message="dropout {dropout} feeds batch norm {batch_norm}",
    help="Move the dropout behind the last batch norm.",
    matches=(),
    evidence=(
        Evidence("The shift is 1 - p.", "Li 2018"),
        Evidence("It still gains.", "Chen 2019", "against"),
    ),
    examples=(
        Example("bad", "A ReLU between", "nn.Sequential(nn.Dropout(), nn.ReLU(), nn.BatchNorm1d(8))\n"),
    ),
)


def at(path: str, line: int, column: int, end: int) -> Place:
    return Place(path, line, column, line, end)


def direct() -> Diagnostic:
    """Two anchors in one file, a layer between, a fix."""
    layers = (
        DiagnosticLayer(
            "dropout", "dropout", "torch.nn.Dropout", "drop", at(NET, 11, 21, 36), at(NET, 18, 20, 43)
        ),
        DiagnosticLayer("between", "activation", "torch.nn.functional.relu", "", None, at(NET, 18, 13, 44)),
        DiagnosticLayer(
            "batch_norm", "batch_norm", "torch.nn.BatchNorm2d", "bn", at(NET, 14, 19, 37), at(NET, 19, 13, 23)
        ),
    )
    return Diagnostic(
        code="OL101",
        rule="dropout-before-batchnorm",
        severity="warning",
        confidence="high",
        message="dropout `drop` feeds batch norm `bn` through relu: in evaluation the norm's input "
        "has 0.41 times the variance it had in training (half-normal input, p = 0.5)",
        help="Move the dropout behind the last batch norm, or lower its rate to 0.1 or less than that.",
        place=at(NET, 11, 21, 36),
        model="Net",
        count=2,
        layers=layers,
        fix=Fix("Swap the dropout and the batch norm", "swap_dropout_and_batchnorm", False),
    )


def across_files() -> Diagnostic:
    """A conditional finding whose second anchor stands in another file."""
    layers = (
        DiagnosticLayer("dropout", "dropout", "torch.nn.functional.dropout", "", None, at(BLOCKS, 6, 11, 81)),
        DiagnosticLayer("between", "concat", "torch.cat", "", None, at(BLOCKS, 7, 12, 33)),
        DiagnosticLayer(
            "batch_norm",
            "batch_norm",
            "torch.nn.BatchNorm2d",
            "norm",
            at(NET, 15, 21, 39),
            at(NET, 20, 13, 48),
        ),
    )
    return Diagnostic(
        code="OL101",
        rule="dropout-before-batchnorm",
        severity="info",
        confidence="medium",
        message="dropout feeds batch norm `norm` through concat, when `drop_rate > 0` (default 0.0)",
        help="Move the dropout behind the last batch norm.",
        place=at(BLOCKS, 6, 11, 81),
        model="Net",
        condition="drop_rate > 0",
        layers=layers,
    )


def single() -> Diagnostic:
    """One layer, an error, a safe fix."""
    layer = DiagnosticLayer(
        "dropout", "dropout", "torch.nn.functional.dropout", "", None, at(NET, 21, 16, 33)
    )
    return Diagnostic(
        code="OL110",
        rule="functional-dropout-without-training",
        severity="error",
        confidence="high",
        message="`F.dropout` without `training=` stays on in `eval()`",
        help="Pass `training=self.training`.",
        place=at(NET, 21, 16, 33),
        model="Net",
        layers=(layer,),
        fix=Fix("Pass `training=self.training`", "add_training", True),
    )


def report() -> Report:
    """Findings of all severities, models followed to all degrees, an input that cannot be read."""
    reason = Unresolved("the number of turns of this loop is unknown", at(NET, 30, 9, 20))
    models = (
        FollowedModel("Net", NET, 8, "complete", 12),
        FollowedModel("Other", NET, 26, "partial", 3, (reason, Unresolved("a second reason"))),
        FollowedModel("build", BLOCKS, 10, "failed", 0, (Unresolved("calls itself without end"),)),
    )
    found = sorted((direct(), across_files(), single()), key=lambda item: item.sort_key())
    problem = InputProblem(str(FOLDER / "broken.py"), "cannot be parsed: invalid syntax", 3, 7)
    return Report(tuple(found), models, (problem,), checked=3, suppressed=1, rules=(RULE,))
