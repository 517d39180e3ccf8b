"""Which modules are at work while a model runs: every call of every module, by keyword or not."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator


class ModuleCalls:
    """The modules whose `forward` is running, innermost last, their names, and how often each was called."""

    def __init__(self, model: nn.Module) -> None:
        self.running: list[nn.Module] = []
        self.counts: Counter[int] = Counter()
        self._names: dict[int, str] = {}
        for name, module in model.named_modules():
            self._names.setdefault(id(module), name)

    @property
    def innermost(self) -> nn.Module | None:
        return self.running[-1] if self.running else None

    def name(self, module: nn.Module | None) -> str:
        """The module's first path in the model; "" for the model itself and for foreign modules."""
        return "" if module is None else self._names.get(id(module), "")


class Observer(Protocol):
    """What is told of every module call; it makes the call itself."""

    def call_module(
        self, module: nn.Module, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any: ...


@contextmanager
def observed_calls(observer: Observer) -> Iterator[None]:
    """Pass every module call inside the `with` block through the observer (as torch.fx does)."""
    original = nn.Module.__call__

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        return observer.call_module(self, original, (self, *args), kwargs)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]
