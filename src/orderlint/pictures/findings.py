"""The findings that a picture marks: what the rules in force say of a model, less what is silenced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.pictures.picture import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderlint.graph.model import Model
    from orderlint.selection import Selection

SEVERITIES = ("error", "warning", "info")


def findings_in(model: Model, selection: Selection) -> Sequence[Finding]:
    """The findings of a model, the gravest first."""
    from orderlint.engine.check import occurrences
    from orderlint.suppress import Suppressions

    rules = [rule for rule in selection.rules if rule.matches]
    comments = Suppressions()
    found = [
        Finding(diagnostic, paths)
        for diagnostic, paths in occurrences(model, rules, selection.settings)
        if not comments.silences(diagnostic)
    ]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.diagnostic.severity))
