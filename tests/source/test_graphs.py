"""Layer graphs of small programs: kinds in order, edges, places, module paths, conditions, statuses."""

from __future__ import annotations

from textwrap import dedent
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from orderlint.graph.model import ALWAYS, Rate
from orderlint.source import metaclasses
from orderlint.source.frontend import SourceOptions, model_of_entry, models_of_file
from orderlint.source.functions import without_layers
from orderlint.source.values import Choice, Class, Instance, Unknown

from .marked import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orderlint.graph.model import LayerGraph, Model, Node

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
HEAD_LINES = HEAD.count("\n")


@pytest.fixture
def models(tmp_path: Path) -> Callable[..., list[Model]]:
    """Follow a program; line 1 of its models is the first line behind `HEAD`."""

    def follow(program: str, **options: object) -> list[Model]:
        path = tmp_path / "net.py"
        source = HEAD + dedent(program).strip("\n")
        path.write_text(source)
        return models_of_file(str(path), source.encode(), SourceOptions(cache=False, **options))

    return follow


@pytest.fixture
def graph(models: Callable[..., list[Model]]) -> Callable[..., LayerGraph]:
    """The graph of the one model of a program, wholly followed."""

    def follow(program: str, **options: object) -> LayerGraph:
        (model,) = models(program, **options)
        assert model.status == "complete", model.unresolved
        return model.graph

    return follow


def net(init: str, forward: str, arguments: str = "x") -> str:
    """A module class of a constructor and a forward."""
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {line}" for line in init.splitlines()]
    lines += [f"    def forward(self, {arguments}):"]
    lines += [f"        {line}" for line in forward.splitlines()]
    return "\n".join(lines)


def kinds(graph: LayerGraph) -> list[str]:
    return [node.kind for node in graph.nodes]


def edges(graph: LayerGraph) -> list[tuple[int, int]]:
    return [(node.id, after) for node in graph.nodes for after in graph.successors[node.id]]


def the(graph: LayerGraph, kind: str) -> Node:
    (node,) = [node for node in graph.nodes if node.kind == kind]
    return node


def line(node: Node, which: str) -> int:
    """The line where a node is built or used, counted from behind `HEAD`."""
    place = getattr(node, which)
    return place.line - HEAD_LINES


# ---- order, edges, places ----------------------------------------------------------------------------------


def test_a_chain(graph) -> None:
    found = graph(net("self.body = nn.Sequential(nn.Linear(4, 4), nn.ReLU())", "return self.body(x)"))
    assert kinds(found) == ["input", "linear", "activation"]
    assert edges(found) == [(0, 1), (1, 2)]
    assert [node.name for node in found.nodes] == ["x", "body.0", "body.1"]
    assert [node.op for node in found.nodes] == ["input", "torch.nn.Linear", "torch.nn.ReLU"]
    assert found.outputs == [2]


def test_built_and_used_places(graph) -> None:
    found = graph(
        """
        def make(dim):
            return nn.Sequential(
                nn.Linear(dim, dim),
                nn.Dropout(0.5),
            )

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = make(4)

            def forward(self, x):
                x = self.body(
                    x
                )
                return F.relu(x)
        """
    )
    linear, dropout, relu = found.nodes[1:]
    assert (line(linear, "built"), line(dropout, "built")) == (3, 4)
    assert (linear.built.column, linear.built.end_column) == (9, 28)
    assert line(linear, "used") == line(dropout, "used") == 13
    assert relu.built is None
    assert line(relu, "used") == 16
    assert dropout.place == dropout.built
    assert relu.place == relu.used


def test_frames_lead_from_the_call_outwards(graph) -> None:
    found = graph(
        """
        class Inner(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 4)

            def forward(self, x):
                return self.fc(x)

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = Inner()

            def forward(self, x):
                return self.inner(x)
        """
    )
    node = the(found, "linear")
    assert line(node, "used") == 7
    assert [place.line - HEAD_LINES for place in node.frames] == [15]


def test_a_residual_add(graph) -> None:
    found = graph(
        net(
            "self.conv = nn.Conv2d(4, 4, 3, padding=1)\nself.bn = nn.BatchNorm2d(4)",
            "return x + self.bn(self.conv(x))",
        )
    )
    assert kinds(found) == ["input", "conv", "batch_norm", "add"]
    assert edges(found) == [(0, 1), (0, 3), (1, 2), (2, 3)]


def test_columns_count_code_points(graph) -> None:
    found = graph(net("self.größe, self.drop = 4, nn.Dropout(0.5)", "return self.drop(x)"))
    assert the(found, "dropout").built.column == 9 + len("self.größe, self.drop = 4, ")


def test_a_module_called_twice_is_two_nodes(graph) -> None:
    found = graph(net("self.fc = nn.Linear(4, 4)", "return self.fc(self.fc(x))"))
    assert kinds(found) == ["input", "linear", "linear"]
    assert edges(found) == [(0, 1), (1, 2)]
    assert found.nodes[1].attrs["module"] == found.nodes[2].attrs["module"]
    assert found.nodes[1].built == found.nodes[2].built


def test_copies_are_modules_of_their_own(graph) -> None:
    found = graph(
        net(
            "import copy\nself.a = nn.Linear(4, 4)\nself.b = copy.deepcopy(self.a)\nself.c = self.a",
            "return self.c(self.b(self.a(x)))",
        )
    )
    numbers = [node.attrs["module"] for node in found.nodes[1:]]
    assert numbers[0] != numbers[1]
    assert numbers[0] == numbers[2]
    assert [node.name for node in found.nodes[1:]] == ["a", "b", "a"]


def test_outputs_of_a_dictionary(graph) -> None:
    found = graph(
        net(
            "self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)",
            "y = self.a(x)\nreturn {'a': y, 'b': [self.b(x)]}",
        )
    )
    assert found.outputs == [1, 2]


def test_module_paths(graph) -> None:
    found = graph(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer1 = nn.Sequential()
                self.layer1.add_module("down", nn.Sequential(nn.Conv2d(1, 1, 1)))
                self.items = nn.ModuleDict({"key": nn.ModuleList([nn.Linear(1, 1)])})

            def forward(self, x):
                return self.items["key"][0](self.layer1(x))
        """
    )
    assert [node.name for node in found.nodes] == ["x", "layer1.down.0", "items.key.0"]


def test_an_element_of_a_list_of_modules_goes_by_the_name_that_its_number_is(graph) -> None:
    found = graph(
        net(
            """
self.items = nn.ModuleList([nn.ReLU(), nn.Tanh()])
self.items.add_module("7", nn.Conv2d(4, 4, 1))
self.items[-1] = nn.BatchNorm2d(4)
self.items[0] = nn.Sigmoid()
""",
            "for item in self.items:\n    x = item(x)\nreturn x",
        )
    )
    assert [node.name for node in found.nodes] == ["x", "items.0", "items.1", "items.7", "items.2"]


# ---- attributes --------------------------------------------------------------------------------------------


def test_attributes_of_a_convolution(graph) -> None:
    found = graph(net("self.c = nn.Conv2d(4, 8, (3, 1), stride=2, groups=2, bias=False)", "return self.c(x)"))
    attrs = the(found, "conv").attrs
    wanted = {"in_channels": 4, "out_channels": 8, "kernel_size": (3, 1), "groups": 2, "bias": False}
    assert {name: attrs[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("call", "p"),
    [
        ("nn.Dropout()", 0.5),
        ("nn.Dropout(0.1 + 0.2 - 0.1)", pytest.approx(0.2)),
        ("nn.Dropout2d(p=1 / 4, inplace=True)", 0.25),
        ("nn.AlphaDropout(float('0.3'))", 0.3),
    ],
)
def test_rates(graph, call: str, p: float) -> None:
    attrs = the(graph(net(f"self.d = {call}", "return self.d(x)")), "dropout").attrs
    assert attrs["p"] == p
    assert attrs["training"] == "train"


def test_a_rate_of_zero_is_no_dropout(graph) -> None:
    found = graph(net("self.d = nn.Dropout(0.0)", "return F.dropout(self.d(x), 0)"))
    assert "dropout" not in kinds(found)


def test_a_rate_from_the_constructor_is_symbolic(graph) -> None:
    program = """
        class Net(nn.Module):
            def __init__(self, drop_rate=0.1):
                super().__init__()
                self.drop = nn.Dropout(drop_rate)

            def forward(self, x):
                return self.drop(x)
        """
    assert the(graph(program), "dropout").attrs["p"] == Rate("drop_rate", 0.1)
    assert the(graph(program, assume={"drop_rate": 0.4}), "dropout").attrs["p"] == 0.4
    assert the(graph(program, assume={"Net.drop_rate": 0.4}), "dropout").attrs["p"] == 0.4
    assert "dropout" not in kinds(graph(program, assume={"drop_rate": 0}))


@pytest.mark.parametrize(
    ("argument", "training"),
    [
        ("", "always"),
        (", training=self.training", "train"),
        (", training=True", "always"),
        (", self.training", "train"),
    ],
)
def test_when_a_functional_dropout_works(graph, argument: str, training: str) -> None:
    node = the(graph(net("pass", f"return F.dropout(x, 0.5{argument})")), "dropout")
    assert node.attrs["training"] == training
    assert node.attrs["functional"] is True
    assert node.built is None


# ---- conditions --------------------------------------------------------------------------------------------


def test_a_layer_behind_a_test_exists_under_its_condition(graph) -> None:
    found = graph(
        """
        class Net(nn.Module):
            def __init__(self, drop_rate=0.0):
                super().__init__()
                self.drop_rate = drop_rate
                self.fc = nn.Linear(4, 4)

            def forward(self, x):
                x = self.fc(x)
                if self.drop_rate > 0:
                    x = F.dropout(x, self.drop_rate, self.training)
                return x
        """
    )
    node = the(found, "dropout")
    assert str(node.condition) == "drop_rate > 0"
    assert node.condition.holds_by_default is False
    assert not the(found, "linear").condition
    assert found.outputs == [1, 2]


def test_two_sides_of_a_branch_on_data_join(graph) -> None:
    found = graph(
        net(
            "self.a, self.b, self.c = nn.Linear(4, 4), nn.ReLU(), nn.BatchNorm1d(4)",
            "if x.sum() > 0:\n    x = self.a(x)\nelse:\n    x = self.b(x)\nreturn self.c(x)",
        )
    )
    first, second, norm = the(found, "linear"), the(found, "activation"), the(found, "batch_norm")
    assert found.predecessors[norm.id] == [first.id, second.id]
    assert (first.condition & second.condition).contradictory
    assert not norm.condition


def test_training_branches_are_run(graph) -> None:
    found = graph(
        net(
            "self.a, self.b = nn.Linear(4, 4), nn.ReLU()",
            "if self.training:\n    return self.a(x)\nreturn self.b(x)",
        )
    )
    assert kinds(found) == ["input", "linear"]


def test_an_unknown_number_of_turns_makes_the_edge_around_the_loop(graph) -> None:
    found = graph(
        net(
            "self.fc, self.drop = nn.Linear(4, 4), nn.Dropout(0.1)",
            "for _ in range(n):\n    x = self.drop(self.fc(x))\nreturn x",
            "x, n: int",
        )
    )
    assert kinds(found) == ["input", "linear", "dropout", "linear", "dropout"]
    assert (2, 3) in edges(found)
    assert found.outputs == [4], "the body runs twice; a loop that is never entered is not supposed"


# ---- statuses ----------------------------------------------------------------------------------------------


def test_what_cannot_be_followed_is_said(models) -> None:
    (model,) = models(
        """
        from no_such_package import Magic

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 4)
                self.magic = Magic(4)

            def forward(self, x):
                return self.magic(self.fc(x))
        """
    )
    assert model.status == "partial"
    assert "linear" in kinds(model.graph)
    (reason,) = model.unresolved
    assert "no_such_package" in reason.reason or "Magic" in reason.reason
    assert reason.place is not None
    assert reason.place.line > HEAD_LINES


def test_a_model_that_raises_is_failed_or_partial(models) -> None:
    (model,) = models(net("self.fc = nn.Linear(4, 4)\nself.gone.there = 1", "return self.fc(x)"))
    assert model.status == "failed"
    assert "AttributeError" in model.unresolved[0].reason
    assert model.unresolved[0].place.line - HEAD_LINES == 5
    (model,) = models(net("self.fc = nn.Linear(4, 4)", "x = self.fc(x)\nreturn self.gone(x)"))
    assert model.status == "partial"
    assert kinds(model.graph) == ["input", "linear"]
    assert model.unresolved[0].place.line - HEAD_LINES == 7


def test_an_unknown_base_is_said(models) -> None:
    (model,) = models(
        """
        from no_such_package import Base

        class Net(Base, nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 4)

            def forward(self, x):
                return self.fc(self.stem(x))
        """
    )
    assert model.status == "partial"
    assert model.unresolved


def test_files_without_models(models) -> None:
    assert models("x = nn.Linear\n") == []
    assert models("def f():\n    return 1\n") == []


# ---- roots and entries -------------------------------------------------------------------------------------

ROOTS = """
    class Block(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.fc = nn.Linear(dim, dim)

        def forward(self, x):
            return self.fc(x)

    class Net(nn.Module):
        def __init__(self, depth=2):
            super().__init__()
            self.body = nn.Sequential(*[Block(4) for _ in range(depth)])

        def forward(self, x):
            return self.body(x)

    class Other(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return self.fc(x)

    class NoForward(nn.Module):
        pass
    """


def test_roots_are_what_nothing_else_builds(models) -> None:
    assert sorted(model.entry for model in models(ROOTS)) == ["Net", "Other"]


def test_a_factory_stands_for_the_class_it_builds(models) -> None:
    program = dedent(ROOTS) + "\ndef big(**kwargs):\n    return Net(depth=3, **kwargs)\n"
    found = {model.entry: model for model in models(program)}
    assert sorted(found) == ["Other", "big()"]
    assert kinds(found["big()"].graph).count("linear") == 3


def test_a_model_of_the_module(models) -> None:
    program = dedent(ROOTS) + "\nmodel = Net(depth=1)\n"
    found = {model.entry: model for model in models(program)}
    assert sorted(found) == ["Other", "model"]
    assert kinds(found["model"].graph).count("linear") == 1


@pytest.mark.parametrize(
    ("entry", "dropouts"),
    [
        ("DenseNet(drop_rate=0.2)", 4),
        ("DenseNet(drop_rate=0)", 0),
        ("DenseNet(block_config=(1,), drop_rate=0.1)", 1),
        ("net = DenseNet(block_config=(1, 1, 1))\nnet", 3),
        ("import copy; copy.deepcopy(DenseNet(block_config=[3]))", 3),
    ],
)
def test_entries(entry: str, dropouts: int) -> None:
    path = str(FOLDER / "networks" / "densenet.py")
    model = model_of_entry(entry, SourceOptions(cache=False), file=path)
    assert model.status == "complete", model.unresolved
    assert kinds(model.graph).count("dropout") == dropouts


def test_an_entry_on_the_search_path() -> None:
    folder = str(FOLDER / "shapes" / "package")
    model = model_of_entry("pkg.Model(norm='in')", SourceOptions(search_path=(folder,), cache=False))
    assert model.status == "complete", model.unresolved
    assert kinds(model.graph) == ["input", "conv", "dropout", "instance_norm"]


def test_densenet() -> None:
    """Each dropout feeds the norms of the later layers of its block, and what stands behind the block."""
    path = str(FOLDER / "networks" / "densenet.py")
    graph = model_of_entry("DenseNet(block_config=(3,))", SourceOptions(cache=False), file=path).graph
    counts = {kind: kinds(graph).count(kind) for kind in ("conv", "batch_norm", "dropout", "linear")}
    assert counts == {"conv": 7, "batch_norm": 8, "dropout": 3, "linear": 1}
    concats = [node.id for node in graph.nodes if node.kind == "concat"]
    fed = [len([i for i in graph.predecessors[node] if graph.nodes[i].kind == "dropout"]) for node in concats]
    assert fed[-1] == 3
    assert sorted(fed)[-3:] == [1, 2, 3]


def test_the_call_of_a_module_can_be_taken_by_name(graph: Callable[..., LayerGraph]) -> None:
    followed = graph("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))

            def forward(self, x):
                return self.body.__call__(x)
        """)
    assert kinds(followed)[1:] == ["conv", "batch_norm"]


def test_a_block_of_activations_with_a_skip_is_no_activation(graph: Callable[..., LayerGraph]) -> None:
    followed = graph("""
        class Block(nn.Sequential):
            def forward(self, x):
                return x + super().forward(F.relu(x))

        class Gated(nn.Module):
            def forward(self, x, gate):
                return F.gelu(x) * gate

        class Chain(nn.Module):
            def forward(self, x):
                return F.tanh(F.softplus(x))

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.block, self.gated, self.chain = Block(nn.GELU()), Gated(), Chain()

            def forward(self, x):
                return self.chain(self.gated(self.block(x), gate=x.sigmoid()))
        """)
    assert kinds(followed)[1:] == [
        *("activation", "activation", "add"),
        *("activation", "activation", "multiply"),
        *("activation", "activation"),
    ]


def test_out_is_written_into(graph: Callable[..., LayerGraph]) -> None:
    followed = graph("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)

            def forward(self, x):
                y = self.one(x).clone()
                torch.add(y, x, out=y)
                return self.two(y)
        """)
    assert kinds(followed)[1:] == ["linear", "shape", "add", "linear"]
    assert edges(followed) == [(0, 1), (0, 3), (1, 2), (2, 3), (3, 4)]


def test_a_polynomial_inside_a_gate_is_no_skip(graph: Callable[..., LayerGraph]) -> None:
    followed = graph("""
        class NewGELU(nn.Module):
            def forward(self, x):
                return 0.5 * x * (1 + torch.tanh(0.8 * (x + 0.04 * torch.pow(x, 3))))

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.act = NewGELU()

            def forward(self, x):
                return self.act(x)
        """)
    assert [node.op for node in followed.nodes if node.kind == "activation"] == ["torch.Tensor.__mul__"]


def test_what_can_hold_no_layer() -> None:
    maker = Class("Maker", "net.Maker", "net", (), {})
    settings = Instance(maker, {"width": 8, "extra": Unknown("read")})
    assert without_layers(Choice(((ALWAYS, settings), (ALWAYS, {"a": [1]}))))
    assert not without_layers(Choice(((ALWAYS, settings), (ALWAYS, maker))))
    assert not without_layers(Instance(maker, {"_modules": {}}))
    assert not without_layers({})


def test_bases_that_only_a_branch_decides_make_no_class() -> None:
    maker = Class("Maker", "net.Maker", "net", (), {})
    bases = Choice(((ALWAYS, ()), (ALWAYS, (maker,))))
    it = SimpleNamespace(resolve=lambda value: value)
    assert type(metaclasses.new_class(it, [maker, "Made", bases, {}], {})) is Unknown
    assert type(metaclasses.new_class(it, [maker], {})) is Unknown
