"""What grows without bound is cut: loops, recursion, looking for a name, and modules that are kept."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from orderlint.source import budget, frontend, functions, importing
from orderlint.source.frontend import SourceOptions, models_of_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orderlint.graph.model import Model

NET = """
import re
from pathlib import Path
from torch import nn


class Net(nn.Module):
    def __init__(self, path):
        super().__init__()
        self.drop, self.norm = nn.Dropout(0.5), nn.BatchNorm1d(8)
        self.found = look(path)

    def forward(self, x):
        return self.norm(self.drop(x))

"""


@pytest.fixture
def follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Model]:
    """Follow a net that calls the function `look` of a program, in few steps."""

    def followed(program: str) -> Model:
        monkeypatch.setattr(budget, "STEPS", 4_000)
        path = tmp_path / "net.py"
        path.write_text(NET + dedent(program))
        (model,) = models_of_file(str(path), path.read_bytes(), SourceOptions((str(tmp_path),), cache=False))
        assert [node.kind for node in model.graph.nodes] == ["input", "dropout", "batch_norm"]
        return model

    return followed


def reasons(model: Model) -> str:
    return "; ".join(part.reason for part in model.unresolved)


def test_a_while_loop_in_which_nothing_known_changes(follow) -> None:
    model = follow(
        """
        def imports(path):
            return list(set(re.findall("import (.*)", open(path).read())))

        def look(path):
            done, todo, found = False, [path], []
            while not done:
                new = []
                for file in todo:
                    new.extend(imports(file))
                todo = [file for file in new if file not in found]
                done = len(todo) == 0
                found.extend(todo)
            return found
        """
    )
    assert reasons(model) == "a while loop that ends by what is not known"


@pytest.mark.parametrize("turn", ["n -= 1", "left.pop()", "left = left[1:]", "counter.n -= 1"])
def test_a_while_loop_in_which_something_known_changes(follow, turn: str) -> None:
    model = follow(
        f"""
        class Counter:
            n = 100

        def look(path):
            n, left, seen, counter = 100, [1] * 100, [], Counter()
            while n and left and counter.n:
                seen.append(path)
                {turn}
            assert len(seen) == 100
            return seen
        """
    )
    assert model.status == "complete", reasons(model)


def test_recursion_by_a_condition_that_was_met_before(follow, monkeypatch) -> None:
    called, run = [], functions.run

    def counted(it, function, *args, **kwargs):
        called.append(function.name)
        return run(it, function, *args, **kwargs)

    monkeypatch.setattr(functions, "run", counted)
    model = follow(
        """
        def look(path):
            path = (Path("~") / path).resolve()
            if not path.parent.exists():
                look(path.parent)
            return path
        """
    )
    assert model.status == "complete", reasons(model)
    assert called.count("look") < 20


PADDED = """
from collections.abc import Iterable
from torch import nn


def pair(value):
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(value)
    return tuple([value, value])


def pad(kernel, stride=1, **_):
    if any([isinstance(v, (tuple, list)) for v in [kernel, stride]]):
        kernel, stride = pair(kernel), pair(stride)
        return [pad(*both) for both in zip(kernel, stride)]
    return (stride - 1 + kernel) // 2


class Net(nn.Module):
    def __init__(self, channels, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, padding=pad(kernel, stride))

    def forward(self, x):
        return self.conv(x)
"""


def test_recursion_over_the_elements_of_what_may_be_a_tuple(tmp_path) -> None:
    """What packs arguments is of the call alone: nothing else is filled through it."""
    (tmp_path / "net.py").write_text(PADDED)
    (model,) = models_of_file(str(tmp_path / "net.py"), PADDED.encode(), SourceOptions(cache=False))
    assert model.status == "complete", reasons(model)


def test_recursion_that_is_known_may_be_deep(follow) -> None:
    model = follow(
        """
        def depth(n):
            return 0 if n == 0 else 1 + depth(n - 1)

        def look(path):
            if Path(path).exists():
                assert depth(60) == 60
            return path
        """
    )
    assert model.status == "complete", reasons(model)


def test_a_name_that_no_star_brings_is_looked_for_once(tmp_path, follow, monkeypatch) -> None:
    (tmp_path / "wide").mkdir()
    parts = [f"part{number}" for number in range(8)]
    stars = "".join(f"from .{name} import *\n" for name in parts)
    (tmp_path / "wide" / "__init__.py").write_text(stars)
    for name in parts:  # each with the names of all others
        (tmp_path / "wide" / f"{name}.py").write_text(f"from . import *\n{stars}{name} = 1\n")
    looked, through = [], importing._through_stars
    monkeypatch.setattr(
        importing, "_through_stars", lambda *args, **kwargs: looked.append(1) or through(*args, **kwargs)
    )
    model = follow(
        """
        import wide

        def look(path):
            return [hasattr(wide, "missing") for _ in range(50)] + [wide.part7, wide.part6, wide.part0]
        """
    )
    assert model.status == "complete", reasons(model)
    assert len(looked) < 3_000


def test_a_name_that_a_later_star_brings_is_found(tmp_path, follow) -> None:
    (tmp_path / "first.py").write_text("one = 1\n")
    (tmp_path / "second.py").write_text("two = 2\n")
    (tmp_path / "both.py").write_text(
        "from first import *\ntry:\n    three = two\nexcept NameError:\n    three = 3\nfrom second import *\n"
    )
    model = follow(
        """
        import both

        def look(path):
            assert (both.one, both.two, both.three) == (1, 2, 3)
            return path
        """
    )
    assert model.status == "complete", reasons(model)


def test_modules_are_forgotten_where_they_have_become_many(tmp_path, monkeypatch) -> None:
    (tmp_path / "big.py").write_text("SIZE = 8\n" + "# a line\n" * 100)
    source = b"from big import SIZE\nfrom torch import nn\n\nmodel = nn.Sequential(nn.Linear(SIZE, SIZE))\n"
    options = SourceOptions((str(tmp_path),), cache=False)
    monkeypatch.setattr(frontend, "_IMPORTERS", {})

    def kept(limit: int) -> list[int]:
        monkeypatch.setattr(budget, "KEPT_SOURCE", limit)
        importers = []
        for name in ("one.py", "two.py"):
            (model,) = models_of_file(str(tmp_path / name), source, options)
            assert model.graph.nodes[-1].attrs["in_features"] == 8
            importers.append(id(frontend.importer_for(options, str(tmp_path))))
        return importers

    first, second = kept(500)
    assert first != second
    first, second = kept(5_000_000)
    assert first == second
