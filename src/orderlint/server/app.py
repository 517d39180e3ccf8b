"""The language server: which messages of the protocol it answers, and how."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from orderlint import __version__
from orderlint.server.actions import KINDS, actions_for
from orderlint.server.findings import diagnostics_by_path
from orderlint.server.hover import hover_at
from orderlint.server.schedule import Schedule, Snapshot
from orderlint.server.texts import Texts, uri_of

if TYPE_CHECKING:
    from orderlint.server.runs import Outcome

WATCHED = ("**/*.py", "**/*.toml")
"""Files a change of which may change findings elsewhere: imports, the configuration, rules."""


@dataclass(slots=True)
class Session:
    """What a server knows between messages.

    `outcomes` and `shown` (diagnostics by the URI they stand in) are by the URI of the document linted;
    `complaint` is the last fault of the configuration told.
    """

    server: LanguageServer
    delay: float
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    shown: dict[str, dict[str, list[types.Diagnostic]]] = field(default_factory=dict)
    complaint: str | None = None
    schedule: Schedule = field(init=False)

    def __post_init__(self) -> None:
        self.schedule = Schedule(self.received, self.log)

    def log(self, message: str) -> None:
        self.server.window_log_message(types.LogMessageParams(types.MessageType.Log, message))

    def texts(self) -> Texts:
        return Texts(self.server.workspace)

    def lint(self, uri: str, delay: float) -> None:
        """Lint a document that is open; what is no Python file is left alone."""
        document = self.server.workspace.text_documents.get(uri)
        path = uris.to_fs_path(uri)
        if document is None or path is None or not path.endswith((".py", ".pyi")):
            return
        text = document.source.encode("utf-8", errors="replace")
        self.schedule.request(Snapshot(uri, os.path.abspath(path), document.version, text), delay)

    def lint_all(self) -> None:
        """Lint every open document again: something they may depend on has changed."""
        for uri in list(self.server.workspace.text_documents):
            self.lint(uri, self.delay)

    def received(self, snapshot: Snapshot, outcome: Outcome) -> None:
        """Show what a run gave, in every file it speaks of."""
        if outcome.usage != self.complaint and outcome.usage is not None:
            message = types.ShowMessageParams(types.MessageType.Error, f"orderlint: {outcome.usage}")
            self.server.window_show_message(message)
        self.complaint = outcome.usage
        found = diagnostics_by_path(outcome, snapshot.path, self.texts())
        self._replace(snapshot.uri, {self._uri(path, snapshot): items for path, items in found.items()})
        self.outcomes[snapshot.uri] = outcome

    @staticmethod
    def _uri(path: str, snapshot: Snapshot) -> str:
        """A document keeps the URI that the client gave it, whatever its spelling."""
        return snapshot.uri if path == snapshot.path else uri_of(path)

    def forget(self, uri: str) -> None:
        """Take back what a document that is closed gave."""
        self.schedule.cancel(uri)
        self.outcomes.pop(uri, None)
        self._replace(uri, {})

    def _replace(self, source: str, found: dict[str, list[types.Diagnostic]]) -> None:
        before = self.shown.pop(source, {})
        if found:
            self.shown[source] = found
        for uri in dict.fromkeys((*before, *found)):
            self._publish(uri)

    def _publish(self, uri: str) -> None:
        """All that any open document's run says of a file, equal diagnostics once."""
        unique: list[types.Diagnostic] = []
        for by_uri in self.shown.values():
            unique += [item for item in by_uri.get(uri, []) if item not in unique]
        document = self.server.workspace.text_documents.get(uri)
        params = types.PublishDiagnosticsParams(uri, unique, document.version if document else None)
        self.server.text_document_publish_diagnostics(params)


def make_server(delay: float) -> LanguageServer:
    """A server that lints `delay` seconds after the last change; `start_io()` serves a client.

    Documents are sent whole: Python and the protocol end lines at fewer characters than what would apply
    partial changes does.
    """
    server = LanguageServer("orderlint", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    session: list[Session] = []

    @server.feature(types.INITIALIZED)
    async def initialized(_params: Any) -> None:
        session.append(Session(server, delay))
        await _watch(server)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        session[0].lint(params.text_document.uri, 0.0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        session[0].lint(params.text_document.uri, delay)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(_params: types.DidSaveTextDocumentParams) -> None:
        session[0].lint_all()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        session[0].forget(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(_params: types.DidChangeWatchedFilesParams) -> None:
        session[0].lint_all()

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        path = os.path.abspath(uris.to_fs_path(params.text_document.uri) or "")
        return hover_at(session[0].outcomes.values(), path, params.position, session[0].texts())

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=list(KINDS)))
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        path = os.path.abspath(uris.to_fs_path(params.text_document.uri) or "")
        found = [item for outcome in session[0].outcomes.values() for item in outcome.diagnostics]
        return actions_for(list(dict.fromkeys(found)), path, params, session[0].texts())

    return server


async def _watch(server: LanguageServer) -> None:
    """Ask the client to tell of files that change, where it can."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is None or not watching.dynamic_registration:
        return
    watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration("orderlint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    await server.client_register_capability_async(types.RegistrationParams([registration]))
