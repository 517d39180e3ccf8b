"""Following equal blocks once changes nothing but the number of steps: graphs, places, names, conditions and
facts are those of following each.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.source.equal_forwards import AGAIN, HEAD, ONCE
from tests.source.test_equal_blocks import Followed, follow

if TYPE_CHECKING:
    from pathlib import Path


def both(folder: Path, program: str, entry: str | None, monkeypatch: pytest.MonkeyPatch) -> list[Followed]:
    """What comes of a program where each block is followed, and where equal ones are followed once."""
    path = folder / "net.py"
    path.write_text(HEAD + textwrap.dedent(program))
    return [follow(path, entry, monkeypatch, replaying=True, repeating=on) for on in (False, True)]


@pytest.mark.parametrize("entry", [None, "Net()"])
@pytest.mark.parametrize("name", ONCE)
def test_a_repeated_forward_is_what_following_gives(
    name: str, entry: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each, once = both(tmp_path, ONCE[name], entry, monkeypatch)
    assert once.models == each.models
    assert once.steps < each.steps


@pytest.mark.parametrize("entry", [None, "Net()"])
@pytest.mark.parametrize("name", AGAIN)
def test_what_depends_on_more_is_followed_each_time(
    name: str, entry: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each, once = both(tmp_path, AGAIN[name], entry, monkeypatch)
    assert once == each
