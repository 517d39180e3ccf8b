"""How source is followed, apart from the interpreter, so that a run whose results are kept never loads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How source is followed.

    `search_path`: folders where imports are looked up first; `project_root`: looked up next; then the
    installed
    packages of the running interpreter. `assume`: constructor parameters fixed by the user (`drop_rate` or
    `Class.drop_rate`). `all_configs`: every flag and choice with a default is treated as unknown. `layers`:
    the user's
    own catalogue (dotted name to kind). `cache`: keep lowered programs on disk. `overlay`: the text of
    files, by absolute path, that stands for what is on disk (unsaved or about to be written).
    """

    search_path: tuple[str, ...] = ()
    project_root: str | None = None
    assume: Mapping[str, object] = field(default_factory=dict)
    all_configs: bool = False
    layers: Mapping[str, str] = field(default_factory=dict)
    cache: bool = True
    overlay: Mapping[str, bytes] = field(default_factory=dict)
