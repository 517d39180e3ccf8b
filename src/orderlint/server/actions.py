"""Code actions: the fix of a finding, all safe fixes of a file, and comments that silence a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from orderlint.server.silencing import silence_in_file, silence_on_line
from orderlint.server.texts import overlap, uri_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from orderlint.diagnostic import Diagnostic, Edit
    from orderlint.server.texts import Texts

FIX_ALL = "source.fixAll.orderlint"
KINDS = [types.CodeActionKind.QuickFix, FIX_ALL]


def actions_for(
    diagnostics: Sequence[Diagnostic], path: str, params: types.CodeActionParams, texts: Texts
) -> list[types.CodeAction]:
    """The actions for the findings of a file that touch the range asked for, of the kinds asked for."""
    wanted = params.context.only
    found: list[types.CodeAction] = []
    if _asked(types.CodeActionKind.QuickFix, wanted):
        for diagnostic in diagnostics:
            if diagnostic.place.path == path and overlap(texts.range_of(diagnostic.place), params.range):
                found += _quick_fixes(diagnostic, params.context.diagnostics, texts)
    if _asked(FIX_ALL, wanted):
        found += _fix_all(diagnostics, path, texts)
    return found


def _asked(kind: str, wanted: Sequence[str] | None) -> bool:
    return wanted is None or any(kind == item or kind.startswith(f"{item}.") for item in wanted)


def _quick_fixes(
    diagnostic: Diagnostic, shown: Sequence[types.Diagnostic], texts: Texts
) -> Iterator[types.CodeAction]:
    place = texts.range_of(diagnostic.place)
    answered = [item for item in shown if item.code == diagnostic.code and item.range == place]
    fix = diagnostic.fix
    if fix is not None and fix.edits:
        title = fix.title if fix.safe else f"{fix.title} (unsafe: check what it changes)"
        yield _action(title, fix.edits, answered, texts, preferred=fix.safe)
    for title, edit in (
        (f"Silence {diagnostic.code} on this line", silence_on_line(diagnostic, texts)),
        (f"Silence {diagnostic.code} in this file", silence_in_file(diagnostic, texts)),
    ):
        if edit is not None:
            yield _action(title, (edit,), answered, texts)


def _action(
    title: str,
    edits: Iterable[Edit],
    answered: Sequence[types.Diagnostic],
    texts: Texts,
    preferred: bool | None = None,
    kind: str = types.CodeActionKind.QuickFix,
) -> types.CodeAction:
    return types.CodeAction(
        title,
        kind=kind,
        diagnostics=list(answered) or None,
        is_preferred=preferred or None,
        edit=types.WorkspaceEdit(changes=_changes(edits, texts)),
    )


def _changes(edits: Iterable[Edit], texts: Texts) -> dict[str, Sequence[types.TextEdit]]:
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        text_edit = types.TextEdit(texts.range_of(edit.place), edit.replacement)
        changes.setdefault(uri_of(edit.place.path), []).append(text_edit)
    return dict(changes)


def _fix_all(diagnostics: Iterable[Diagnostic], path: str, texts: Texts) -> Iterator[types.CodeAction]:
    """One action with the safe fixes of a file; of two that touch the same text, the first."""
    taken: list[Edit] = []
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        if fix is None or not fix.safe or diagnostic.place.path != path:
            continue
        if fix.edits and not any(_touch(edit, other) for edit in fix.edits for other in taken):
            taken += fix.edits
    if taken:
        yield _action("Apply all safe fixes of orderlint", taken, (), texts, kind=FIX_ALL)


def _touch(one: Edit, other: Edit) -> bool:
    if one.place.path != other.place.path:
        return False
    return _start(one) <= _end(other) and _start(other) <= _end(one)


def _start(edit: Edit) -> tuple[int, int]:
    return edit.place.line, edit.place.column


def _end(edit: Edit) -> tuple[int, int]:
    place = edit.place
    return place.end_line or place.line, place.end_column or place.column
