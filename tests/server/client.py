"""A language client that runs `orderlint server` and remembers what the server said."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds to wait for what must come; the machine may be busy."""


class Editor(LanguageClient):
    """A client with the documents it has open."""

    def __init__(self) -> None:
        super().__init__("test-editor", "1")
        self.published: list[types.PublishDiagnosticsParams] = []
        self.messages: list[str] = []
        self.logs: list[str] = []
        self.registered: list[types.RegistrationParams] = []
        self._news = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        said = (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, lambda params: self._note(self.published, params)),
            (types.WINDOW_SHOW_MESSAGE, lambda params: self._note(self.messages, params.message)),
            (types.WINDOW_LOG_MESSAGE, lambda params: self._note(self.logs, params.message)),
            (types.CLIENT_REGISTER_CAPABILITY, lambda params: self._note(self.registered, params)),
        )
        for method, listener in said:
            self.feature(method)(listener)

    def _note(self, where: list[Any], what: Any) -> None:
        where.append(what)
        self._news.set()

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait for a condition on what has been said; gives what it gave."""
        while not (result := condition()):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        return result

    def open(self, path: Path, text: str, version: int = 1) -> str:
        uri = path.as_uri()
        item = types.TextDocumentItem(uri, "python", version, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, text: str, version: int) -> None:
        whole = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(version, uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    async def diagnostics(self, uri: str, version: int | None = 1, after: int = 0) -> list[types.Diagnostic]:
        """What is published for a version of a document, leaving out the first `after` publications."""
        found = await self.until(
            lambda: [p for p in self.published[after:] if (p.uri, p.version) == (uri, version)]
        )
        return list(found[-1].diagnostics)

    async def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        position = types.Position(line, character)
        params = types.HoverParams(types.TextDocumentIdentifier(uri), position)
        return await self.text_document_hover_async(params)

    async def actions(
        self, uri: str, shown: types.Diagnostic, only: list[str] | None = None
    ) -> list[types.CodeAction]:
        context = types.CodeActionContext([shown], only)
        document = types.TextDocumentIdentifier(uri)
        params = types.CodeActionParams(document, shown.range, context)
        return list(await self.text_document_code_action_async(params) or [])


@asynccontextmanager
async def editor(folder: Path, delay: int = 50, encodings: list[str] | None = None) -> AsyncIterator[Editor]:
    """An editor with a server started in a folder; the server must end well."""
    client = Editor()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(folder / ".cache")}
    await client.start_io(
        sys.executable, "-m", "orderlint", "server", "--delay", str(delay), cwd=folder, env=environment
    )
    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        workspace=types.WorkspaceClientCapabilities(
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        ),
    )
    params = types.InitializeParams(capabilities, process_id=os.getpid(), root_uri=folder.as_uri())
    await client.initialize_async(params)
    client.initialized(types.InitializedParams())
    try:
        yield client
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()
