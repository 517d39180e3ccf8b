"""What the modules of a run were read from: files and folder listings, each as a digest of what was seen."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Reads", "file_digest", "folder_digest", "text_digest"]


def text_digest(content: bytes) -> str:
    """A digest of a text; what has the same is taken for the same."""
    return blake2b(content, digest_size=16).hexdigest()


def names_digest(names: Iterable[str]) -> str:
    """A digest of those names of a folder that an import could find there."""
    seen = (name for name in names if name.endswith(".py") or (name.isidentifier() and name != "__pycache__"))
    return text_digest("\0".join(sorted(seen)).encode("utf-8", "surrogateescape"))


def file_digest(path: str) -> str:
    """The digest of a file as it is now; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return text_digest(file.read())
    except OSError:
        return ""


def folder_digest(path: str) -> str:
    """The digest of a folder's names as they are now; one that cannot be read counts as empty."""
    try:
        return names_digest(os.listdir(path))
    except OSError:
        return names_digest(())


@dataclass(slots=True)
class Reads:
    """Files and folders by path, in the order in which they were first read; nothing is ever taken out.

    `sound` turns false when a file could not be read, or changed between two readings: then what was followed
    depends on more than what stands here. `chain` is how far a result cache has written this down.
    """

    files: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    sound: bool = True
    chain: tuple[str, int, int] = ("", 0, 0)

    def file(self, path: str, content: bytes) -> None:
        digest = text_digest(content)
        self.sound &= self.files.setdefault(path, digest) == digest

    def file_absent(self, path: str) -> None:
        """A file that was looked for and is not there."""
        self.sound &= self.files.setdefault(path, "") == ""

    def folder(self, path: str, names: Iterable[str]) -> None:
        self.folders[path] = names_digest(names)
