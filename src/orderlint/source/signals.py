"""Signals that leave a block early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from orderlint.source.values import Value


@dataclass(slots=True, eq=False)
class Return:
    value: Value


class Break:
    pass


class Continue:
    pass


BREAK, CONTINUE = Break(), Continue()

Signal: TypeAlias = "Return | Break | Continue | None"
