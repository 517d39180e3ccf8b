"""The language server, by a real client on its standard input and output."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from .client import Editor, editor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

HEAD = "import torch.nn.functional as F\nfrom torch import nn\n\n\n"
FAULTY = (
    HEAD
    + """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, bias=False)
        self.drop = nn.Dropout(0.5)
        self.norm = nn.BatchNorm2d(8)

    def forward(self, x):
        return self.norm(F.relu(self.drop(self.conv(x))))
"""
)
CLEAN = FAULTY.replace(
    "self.norm(F.relu(self.drop(self.conv(x))))", "self.drop(F.relu(self.norm(self.conv(x))))"
)


def play(folder: Path, scene: Callable[[Editor], Awaitable[None]], **options: object) -> None:
    """Run a scene with an editor that has a server in the folder."""

    async def stage() -> None:
        async with editor(folder, **options) as client:
            await scene(client)

    asyncio.run(stage())


def codes(diagnostics: list[types.Diagnostic]) -> list[object]:
    return [item.code for item in diagnostics]


def test_findings_on_open_and_change(tmp_path: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        found = await client.diagnostics(uri)
        assert codes(found) == ["OL101"]
        assert found[0].source == "orderlint"
        assert found[0].severity == types.DiagnosticSeverity.Warning
        client.change(uri, CLEAN, 2)
        assert await client.diagnostics(uri, 2) == []
        client.change(uri, FAULTY, 3)
        assert codes(await client.diagnostics(uri, 3)) == ["OL101"]
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        assert await client.diagnostics(uri, None) == []

    play(tmp_path, scene)


def test_related_places_follow_the_path_of_the_data(tmp_path: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        (found,) = await client.diagnostics(uri)
        related = found.related_information or []
        assert [item.message for item in related] == [
            "1. dropout `drop`, built here",
            "1. dropout `drop`, applied here",
            "2. activation `torch.nn.functional.relu`, applied here",
            "3. batch_norm `norm`, built here",
            "3. batch_norm `norm`, applied here",
        ]
        assert {item.location.uri for item in related} == {uri}
        assert [item.location.range.start.line for item in related] == [8, 12, 12, 9, 12]

    play(tmp_path, scene)


def test_stale_runs_are_ended(tmp_path: Path) -> None:
    """Forty changes in a row give one run, of the last; a run that goes on when a change comes is ended."""
    deep = "".join(f"        x = self.norm(F.relu(self.drop(self.conv(x))))  # {i}\n" for i in range(20_000))
    slow = FAULTY.replace("        return", deep + "        return")

    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", slow)
        await asyncio.sleep(1.0)  # long enough for the run to have begun, not for it to end
        for version in range(2, 42):
            client.change(uri, CLEAN, version)
        assert await client.diagnostics(uri, 41) == []
        assert [p.version for p in client.published] == [41]
        assert any("version 1: stale, ended" in line for line in client.logs)
        assert [line for line in client.logs if "findings in" in line] == client.logs[-1:]

    play(tmp_path, scene, delay=300)


def test_hover_gives_the_evidence(tmp_path: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        await client.diagnostics(uri)
        for line, character in ((8, 25), (9, 25), (12, 20)):  # the dropout, the norm, their use
            hover = await client.hover(uri, line, character)
            assert hover is not None
            assert isinstance(hover.contents, types.MarkupContent)
            text = hover.contents.value
            assert "**OL101 dropout-before-batchnorm**" in text
            assert "Path: dropout `drop` → activation" in text
            assert "## Evidence" in text
            assert "Li" in text
        assert await client.hover(uri, 0, 0) is None

    play(tmp_path, scene)


def applied(text: str, action: types.CodeAction, uri: str) -> str:
    """The text with an action's edits made; the texts here are ASCII."""
    assert action.edit is not None
    assert action.edit.changes is not None
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
    edits = action.edit.changes[uri]
    for edit in sorted(
        edits, key=lambda item: (item.range.start.line, item.range.start.character), reverse=True
    ):
        start = starts[edit.range.start.line] + edit.range.start.character
        end = starts[edit.range.end.line] + edit.range.end.character
        text = text[:start] + edit.new_text + text[end:]
    return text


def test_suppressions_as_code_actions(tmp_path: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        (found,) = await client.diagnostics(uri)
        by_title = {action.title: action for action in await client.actions(uri, found)}
        for number, where in enumerate(("on this line", "in this file"), 2):
            text = applied(FAULTY, by_title[f"Silence OL101 {where}"], uri)
            assert text.count("orderlint: ignore") == 1
            client.change(uri, text, number)
            assert await client.diagnostics(uri, number) == []

    play(tmp_path, scene)


def test_a_suppression_joins_the_one_that_stands_there(tmp_path: Path) -> None:
    text = FAULTY.replace("nn.Dropout(0.5)", "nn.Dropout(0.5)  # orderlint: ignore[OL301]")

    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", text)
        found = [item for item in await client.diagnostics(uri) if item.code == "OL101"]
        action = next(a for a in await client.actions(uri, found[0]) if a.title.endswith("on this line"))
        assert "# orderlint: ignore[OL301, OL101]\n" in applied(text, action, uri)

    play(tmp_path, scene)


def test_only_the_kinds_asked_for(tmp_path: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        (found,) = await client.diagnostics(uri)
        assert await client.actions(uri, found, [types.CodeActionKind.Refactor]) == []

    play(tmp_path, scene)


def test_columns_count_the_code_units_of_the_client(tmp_path: Path) -> None:
    text = FAULTY.replace("self.drop = nn", "𝜌 = '🎉é'; self.drop = nn")

    async def in_utf16(client: Editor) -> None:
        (found,) = await client.diagnostics(client.open(tmp_path / "net.py", text))
        assert (found.range.start.character, found.range.end.character) == (32, 47)

    async def in_utf32(client: Editor) -> None:
        (found,) = await client.diagnostics(client.open(tmp_path / "net.py", text))
        assert (found.range.start.character, found.range.end.character) == (30, 45)

    play(tmp_path, in_utf16)
    play(tmp_path, in_utf32, encodings=["utf-32"])


def test_lines_end_as_python_ends_them(tmp_path: Path) -> None:
    """Neither a form feed nor a line separator in a string starts a line."""
    text = FAULTY.replace("class Net", "\f\nSEPARATORS = '\u2028\x1c\x85'\n\n\nclass Net").replace(
        "\n", "\r\n"
    )

    async def scene(client: Editor) -> None:
        (found,) = await client.diagnostics(client.open(tmp_path / "net.py", text))
        assert found.range.start.line == 12
        assert text.split("\r\n")[12][found.range.start.character :] == "nn.Dropout(0.5)"

    play(tmp_path, scene)


def test_the_configuration_is_read_again(tmp_path: Path) -> None:
    settings = tmp_path / "orderlint.toml"

    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        assert codes(await client.diagnostics(uri)) == ["OL101"]
        await client.until(lambda: client.registered)
        for text, expected in (('ignore = ["OL101"]', []), ("", ["OL101"])):
            settings.write_text(text)
            count = len(client.published)
            event = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
            client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            assert codes(await client.diagnostics(uri, after=count)) == expected

    play(tmp_path, scene)


def test_a_wrong_configuration_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "orderlint.toml").write_text('ignor = ["OL101"]')

    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY)
        assert await client.diagnostics(uri) == []
        client.change(uri, CLEAN, 2)
        await client.diagnostics(uri, 2)
        (message,) = client.messages
        assert "unknown key 'ignor'; did you mean 'ignore'?" in message

    play(tmp_path, scene)


def test_what_cannot_be_parsed_or_followed_is_said(tmp_path: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", FAULTY + "def (\n")
        (found,) = await client.diagnostics(uri)
        assert found.message.startswith("not linted: ")
        assert found.range.start.line == 13
        client.change(uri, FAULTY.replace("self.conv(x)", "mystery(x)"), 2)
        found = await client.diagnostics(uri, 2)
        assert [item.severity for item in found] == [types.DiagnosticSeverity.Hint]
        assert "followed only in part" in found[0].message

    play(tmp_path, scene)


def test_findings_in_an_imported_file_are_shown_there(tmp_path: Path) -> None:
    """A save of the imported file lints what imports it again."""
    blocks = tmp_path / "blocks.py"
    blocks.write_text(FAULTY)
    text = "from blocks import Net\n\nmodel = Net()\n"

    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "train.py", text)
        assert await client.diagnostics(uri) == []
        assert codes(await client.diagnostics(blocks.as_uri(), None)) == ["OL101"]
        blocks.write_text(CLEAN)
        count = len(client.published)
        client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
        assert await client.diagnostics(blocks.as_uri(), None, after=count) == []

    play(tmp_path, scene)


def test_fixes_as_code_actions(tmp_path: Path) -> None:
    """The fix of a finding, and all safe fixes of the file; then nothing is found any more."""
    text = CLEAN.replace("self.drop(F.relu(", "F.dropout(F.relu(").replace("))))", "))), 0.5)")

    async def scene(client: Editor) -> None:
        uri = client.open(tmp_path / "net.py", text)
        found = next(item for item in await client.diagnostics(uri) if item.code == "OL110")
        quick = next(action for action in await client.actions(uri, found) if action.is_preferred)
        (everything,) = await client.actions(uri, found, ["source.fixAll"])
        mended = applied(text, quick, uri)
        assert "training=self.training" in mended
        assert applied(text, everything, uri) == mended
        client.change(uri, mended, 2)
        assert "OL110" not in codes(await client.diagnostics(uri, 2))

    play(tmp_path, scene)
