"""Code that real packages hold and that once ended in an internal error: it is followed, or unknown."""

from __future__ import annotations

from textwrap import dedent

import pytest

from orderlint.source.frontend import SourceOptions, models_of_file

PROGRAMS = {
    "a field of its own kind without a default": """
        class Marker:
            def __init__(self):
                self.init = False

        @dataclasses.dataclass
        class Record:
            size: int = Marker()
        """,
    "a class as an argument of a function of Python": """
        operator.is_not(list, dict)
        list(itertools.product(list, repeat=2))
        list(itertools.permutations(dict))
        """,
    "an object that an iterator of Python calls": """
        class Key:
            def __call__(self, value):
                return value // 2
        for key, group in itertools.groupby([1, 2, 3], key=Key()):
            list(group)
        list(itertools.takewhile(Key(), [2, 3, 0]))
        """,
    "an enumeration whose names are not known": """
        A = enum.IntEnum("A", {input(): 1})
        B = enum.Enum("B", [("a", 1, 2)])
        C = enum.Enum("C", [()])
        """,
}

NET = """

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(x)
"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_no_internal_error(tmp_path, name: str) -> None:
    head = "import dataclasses, enum, itertools, operator\nfrom torch import nn\n"
    source = (head + dedent(PROGRAMS[name]) + NET).encode()
    (model,) = models_of_file(str(tmp_path / "net.py"), source, SourceOptions(cache=False))
    assert [node.kind for node in model.graph.nodes] == ["input", "dropout"]
