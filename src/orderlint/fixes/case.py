"""A case: one finding whose fix is being worked out, with the files that its layers stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from orderlint.fixes.changes import Change, NotCleanError
from orderlint.fixes.tree import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import libcst as cst

    from orderlint.diagnostic import Diagnostic, DiagnosticLayer
    from orderlint.fixes.evidence import Evidence
    from orderlint.fixes.tree import Fragment
    from orderlint.graph.model import Place

Planner: TypeAlias = "Callable[[Case], Iterable[Change]]"
"""Works out the changes of one kind of fix.

Raises:
    NotCleanError: it cannot be applied cleanly.
"""


@dataclass(slots=True)
class Files:
    """Files as they are read for fixes, each once. `read` gives a file's Python text, None where there is
    none; `is_module` says of a class, by file and name, whether it is a module, by following its imports."""

    read: Callable[[str], bytes | None]
    is_module: Callable[[str, str], bool] = lambda _path, _name: False
    known: dict[str, SourceFile] = field(default_factory=dict)

    def at(self, place: Place | None) -> SourceFile:
        """The file of a place.

        Raises:
            NotCleanError: it is no Python file, or cannot be read or parsed.
        """
        if place is None:
            raise NotCleanError("no place")
        if place.path not in self.known:
            content = self.read(place.path)
            if content is None:
                raise NotCleanError("the file cannot be read")
            self.known[place.path] = SourceFile.of(place.path, content)
        return self.known[place.path]


@dataclass(frozen=True, slots=True)
class Case:
    """One finding, the files, and what the models say of the layers that its fix would change."""

    diagnostic: Diagnostic
    files: Files
    evidence: Evidence
    sites: set[Place] = field(default_factory=set)

    @property
    def first(self) -> DiagnosticLayer:
        return self._layers[0]

    @property
    def last(self) -> DiagnosticLayer:
        return self._layers[-1]

    @property
    def _layers(self) -> tuple[DiagnosticLayer, ...]:
        if not self.diagnostic.layers:
            raise NotCleanError("the finding names no layer")
        return self.diagnostic.layers

    def call(self, place: Place | None) -> tuple[SourceFile, Fragment, cst.Call]:
        """The call at a place, in its file.

        Raises:
            NotCleanError: there is none.
        """
        file = self.files.at(place)
        return (file, *file.call_at(place))

    def whole(self, layer: DiagnosticLayer) -> None:
        """Make sure that every layer built (else: used) where this one is has this finding.

        Raises:
            NotCleanError: some has not, and a change there would change it too.
        """
        if layer.place is not None:
            self.sites.add(layer.place)
        if not self.evidence.covers(layer.place):
            raise NotCleanError("the same line builds layers that do not have this fault")
