"""Building equal blocks once changes nothing but the number of steps: graphs, places, names, numbers and
facts are those of building each.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.source.equal_blocks import HEAD, REPLAYED, RUN_AGAIN

from orderlint.source import budget, frontend, interpreter
from orderlint.source.options import SourceOptions
from orderlint.source.values import next_number

if TYPE_CHECKING:
    from pathlib import Path

    from orderlint.graph.model import Model, Node


@dataclass(frozen=True)
class Followed:
    """What came of a program, and what it took."""

    models: list[tuple[Any, ...]]
    steps: int


def shown(model: Model, base: int) -> tuple[Any, ...]:
    """All that is known of a model; numbers of modules are counted from `base`."""
    graph = model.graph
    return (
        (model.entry, model.status, model.unresolved, model.parameters, model.notes),
        [(f.fact, f.name, f.op, f.place, f.attrs, f.condition) for f in model.facts],
        [node(n, base) for n in graph.nodes],
        (graph.successors, graph.predecessors, graph.outputs),
        (graph.edge_conditions, graph.output_conditions),
    )


def node(n: Node, base: int) -> object:
    attrs = dict(n.attrs)
    if "module" in attrs:
        attrs["module"] = n.attrs["module"] - base  # type: ignore[operator]
    return (n.kind, n.op, n.name, attrs, n.built, n.used, n.condition, n.frames)


def follow(
    path: Path,
    entry: str | None,
    monkeypatch: pytest.MonkeyPatch,
    *,
    replaying: bool,
    repeating: bool = False,
) -> Followed:
    made: list[interpreter.Interpreter] = []
    start = interpreter.Interpreter.__init__

    def noted(self: interpreter.Interpreter, *args: object, **kwargs: object) -> None:
        start(self, *args, **kwargs)  # type: ignore[arg-type]
        made.append(self)

    frontend.forget_modules()
    with monkeypatch.context() as patch:
        patch.setattr(interpreter.Interpreter, "replaying", replaying)
        patch.setattr(interpreter.Interpreter, "repeating", repeating)
        patch.setattr(interpreter.Interpreter, "__init__", noted)
        base, options = next_number(), SourceOptions()
        if entry is None:
            models = frontend.models_of_file(str(path), path.read_bytes(), options)
        else:
            models = [frontend.model_of_entry(entry, options, str(path))]
    return Followed([shown(m, base) for m in models], sum(it.steps for it in made))


def written(folder: Path, program: str) -> Path:
    path = folder / "net.py"
    path.write_text(HEAD + textwrap.dedent(program))
    return path


@pytest.mark.parametrize("entry", [None, "Net()"])
@pytest.mark.parametrize("name", REPLAYED)
def test_copies_are_what_building_gives(
    name: str, entry: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, REPLAYED[name])
    each = follow(path, entry, monkeypatch, replaying=False)
    once = follow(path, entry, monkeypatch, replaying=True)
    assert once.models == each.models
    assert once.steps < each.steps


@pytest.mark.parametrize("entry", [None, "Net()"])
@pytest.mark.parametrize("name", RUN_AGAIN)
def test_what_depends_on_more_than_its_arguments_is_built_each_time(
    name: str, entry: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, RUN_AGAIN[name])
    each = follow(path, entry, monkeypatch, replaying=False)
    once = follow(path, entry, monkeypatch, replaying=True)
    assert once == each


TABLES = """
class Table(nn.Module):
    def __init__(self, side):
        super().__init__()
        offsets, index = {}, []
        for i in range(side):
            for j in range(side):
                key = (abs(i - j), i)
                if key not in offsets:
                    offsets[key] = len(offsets)
                index.append(offsets[key])
        self.bias = nn.Parameter(torch.zeros(len(offsets)))
        self.fc = nn.Linear(8, 8)
    def forward(self, x):
        return self.fc(x)
def Net():
    return Stack([Table(20) for _ in range(12)])
"""


@pytest.mark.parametrize(("replaying", "status"), [(False, "failed"), (True, "complete")])
def test_tables_of_equal_blocks_are_paid_for_once(
    replaying: bool, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "ENTRY_STEPS", 30_000)
    ((about, *_),) = follow(written(tmp_path, TABLES), "Net()", monkeypatch, replaying=replaying).models
    assert about[1] == status


def test_a_long_stack_of_equal_blocks_costs_steps_by_the_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies are paid for, so that budgets bound memory: a stack without end is not followed."""
    steps = [
        follow(
            written(tmp_path, f"Net = lambda: Stack([Block(8) for _ in range({count})])"),
            "Net()",
            monkeypatch,
            replaying=True,
        ).steps
        for count in (10, 20, 40)
    ]
    assert steps[2] - steps[1] >= 2 * (steps[1] - steps[0]) > 0
