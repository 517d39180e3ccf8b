"""Where modules are built: a record of constructor calls, kept while the user's factory runs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from torch import nn

from orderlint.graph.model import Place
from orderlint.trace.frames import user_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ATTRIBUTE = "_orderlint_built"
"""Plain tuples in the module's `__dict__`: they survive `copy.deepcopy` and pickle without orderlint."""


@contextmanager
def recording_constructors(on_built: Callable[[nn.Module], None] | None = None) -> Iterator[None]:
    """Record, of every module built inside the `with` block, the call in user code that built it.

    `on_built` is called with each module once its base constructor has run.
    """
    original = nn.Module.__init__

    def recorded(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        places = user_places(sys._getframe(1), own=self)
        self.__dict__[_ATTRIBUTE] = [_packed(place) for place in places]
        if on_built is not None:
            on_built(self)

    nn.Module.__init__ = recorded  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__init__ = original  # type: ignore[method-assign]


def _packed(place: Place) -> tuple[str, int, int, int | None, int | None]:
    return (place.path, place.line, place.column, place.end_line, place.end_column)


def built_place(module: nn.Module) -> Place | None:
    """The constructor call of a module; None if it was built while nothing recorded it."""
    places = module.__dict__.get(_ATTRIBUTE)
    return Place(*places[0]) if places else None
