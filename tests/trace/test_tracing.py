"""The traced front end: kinds, edges, places and attributes of what really ran."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

from orderlint.errors import UsageError  # noqa: E402
from orderlint.trace.constructors import recording_constructors  # noqa: E402
from orderlint.trace.tracing import trace_module  # noqa: E402


def traced(build, *args, **kwargs):
    with recording_constructors():
        model = build()
    return trace_module(model, args, kwargs)


def kinds(model):
    return [node.kind for node in model.graph.nodes]


def only(model, kind):
    (node,) = [node for node in model.graph.nodes if node.kind == kind]
    return node


def edges(model):
    nodes = model.graph.nodes
    return {
        (nodes[a].kind, nodes[b].kind) for a, targets in enumerate(model.graph.successors) for b in targets
    }


class Forward(nn.Module):
    """A module whose forward is given."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.run = forward

    def forward(self, *args, **kwargs):
        return self.run(self, *args, **kwargs)


def test_layers_stand_in_the_order_of_forward_not_of_construction():
    def build():
        def forward(self, x):
            return self.drop(self.norm(self.conv(x)))

        return Forward(forward, drop=nn.Dropout(0.3), norm=nn.BatchNorm2d(4), conv=nn.Conv2d(3, 4, 3))

    model = traced(build, torch.randn(2, 3, 8, 8))
    assert kinds(model) == ["input", "conv", "batch_norm", "dropout"]
    assert [node.name for node in model.graph.nodes[1:]] == ["conv", "norm", "drop"]
    assert model.graph.outputs == [3]


def test_places_are_the_constructor_call_and_the_call_in_forward():
    def build():
        return Forward(lambda self, x: self.norm(x), norm=nn.BatchNorm1d(4))

    node = only(traced(build, torch.randn(2, 4)), "batch_norm")
    first = build.__code__.co_firstlineno
    assert node.built is not None
    assert node.used is not None
    assert (node.built.line, node.used.line) == (first + 1, first + 1)
    assert node.built.path.endswith("test_tracing.py")
    assert node.used.column < node.built.column


def test_attributes_come_from_the_module():
    conv = only(
        traced(lambda: nn.Conv2d(3, 6, (1, 3), groups=3, bias=False), torch.randn(2, 3, 8, 8)), "conv"
    )
    expected = {"in_channels": 3, "out_channels": 6, "groups": 3, "bias": False, "kernel_size": (1, 3)}
    assert expected.items() <= conv.attrs.items()
    assert (conv.op, conv.attrs["functional"]) == ("torch.nn.Conv2d", False)


def test_functional_calls_and_operators_are_seen():
    def forward(self, x):
        x = torch.relu(F.conv2d(x, self.weight))
        return torch.cat([x, F.dropout(x, 0.2, self.training)], dim=1) + 1

    model = traced(
        lambda: Forward(forward, weight=nn.Parameter(torch.randn(4, 3, 3, 3))), torch.randn(2, 3, 8, 8)
    )
    assert kinds(model) == ["input", "conv", "activation", "dropout", "concat", "scale"]
    dropout = only(model, "dropout")
    assert (dropout.op, dropout.attrs["p"], dropout.built) == ("torch.nn.functional.dropout", 0.2, None)
    assert {("activation", "concat"), ("dropout", "concat")} <= edges(model)


def test_a_sum_of_two_tensors_joins_and_a_shift_by_a_parameter_scales():
    def forward(self, x):
        return (self.one(x) + self.two(x)) * self.gain

    def build():
        gain = nn.Parameter(torch.ones(4))
        return Forward(forward, one=nn.Linear(4, 4), two=nn.Linear(4, 4), gain=gain)

    assert kinds(traced(build, torch.randn(2, 4))) == ["input", "linear", "linear", "add", "scale"]


def test_a_change_in_place_reaches_every_view_of_the_storage():
    def forward(self, x):
        x = self.linear(x)
        part = x[:, :2]
        part.relu_()
        return self.norm(x)

    model = traced(
        lambda: Forward(forward, linear=nn.Linear(4, 4), norm=nn.BatchNorm1d(4)), torch.randn(2, 4)
    )
    assert ("activation", "batch_norm") in edges(model)


def test_an_assignment_into_a_slice_feeds_the_whole():
    def forward(self, x):
        whole = torch.zeros(2, 8)
        whole[:, :4] = self.drop(x)
        return self.norm(whole)

    model = traced(lambda: Forward(forward, drop=nn.Dropout(0.5), norm=nn.BatchNorm1d(8)), torch.randn(2, 4))
    dropout, norm = only(model, "dropout"), only(model, "batch_norm")
    assert model.graph.predecessors[model.graph.predecessors[norm.id][0]] == [dropout.id]


def test_a_shared_module_is_two_nodes_of_one_module_and_does_not_merge_flows():
    def forward(self, x):
        return self.b(self.act(self.a(x))), self.act(x)

    model = traced(
        lambda: Forward(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 4), act=nn.ReLU()), torch.randn(2, 4)
    )
    one, two = [node for node in model.graph.nodes if node.kind == "activation"]
    assert one.attrs["module"] == two.attrs["module"]
    assert model.graph.successors[two.id] == []


def test_swish_by_hand_is_an_activation_of_its_input():
    model = traced(lambda: Forward(lambda self, x: self.a(x) * torch.sigmoid(self.a(x)), a=nn.Linear(4, 4)),
                   torch.randn(2, 4))  # fmt: skip
    assert kinds(model)[-1] == "multiply"  # two applications: a gate of another tensor

    def forward(self, x):
        x = self.a(x)
        return x * torch.sigmoid(x)

    model = traced(lambda: Forward(forward, a=nn.Linear(4, 4)), torch.randn(2, 4))
    assert kinds(model)[-1] == "activation"


def floor_mask(x, keep):
    mask = keep + torch.rand((x.shape[0], 1, 1), dtype=x.dtype)
    return x.div(keep) * mask.floor_()


def bernoulli_mask(x, keep):
    return x * x.new_empty((x.shape[0], 1, 1)).bernoulli_(keep).div_(keep)


def threshold_mask(x, keep):
    return x * (torch.rand(x.shape[0], 1, 1) < keep).float() / keep


@pytest.mark.parametrize("drop", [floor_mask, bernoulli_mask, threshold_mask])
def test_drop_path_is_known_by_what_it_does(drop):
    model = traced(
        lambda: Forward(lambda self, x: drop(self.a(x), 0.9), a=nn.Linear(4, 4)), torch.randn(2, 3, 4)
    )
    node = only(model, "drop_path")
    assert node.attrs["p"] == pytest.approx(0.1)
    assert node.attrs["training"] == "always"


def test_an_elementwise_mask_is_dropout():
    def forward(self, x):
        x = self.a(x)
        return x * torch.empty_like(x).bernoulli_(0.7) / 0.7

    assert "dropout" in kinds(traced(lambda: Forward(forward, a=nn.Linear(4, 4)), torch.randn(2, 4)))


def test_dropout_that_is_off_is_an_identity():
    model = traced(lambda: nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.0)), torch.randn(2, 4))
    assert kinds(model) == ["input", "linear", "identity"]


def test_dropout_that_ignores_eval_is_always_on():
    def forward(self, x):
        return F.dropout(F.dropout(x, 0.1), 0.2, self.training)

    ignoring, obeying = traced(lambda: Forward(forward), torch.randn(2, 4)).graph.nodes[1:]
    assert (ignoring.attrs["training"], obeying.attrs["training"]) == ("always", "train")


def test_a_layer_made_in_forward_says_so():
    node = only(traced(lambda: Forward(lambda _, x: nn.Dropout(0.5)(x)), torch.randn(2, 4)), "dropout")
    assert node.attrs["created_in_forward"] is True
    assert node.built is not None


def test_batch_norm_on_weights_is_no_layer():
    def forward(self, x):
        weight = F.batch_norm(self.weight[None], None, None, training=True)[0]
        return F.linear(x, weight)

    model = traced(lambda: Forward(forward, weight=nn.Parameter(torch.randn(4, 4))), torch.randn(2, 4))
    assert kinds(model) == ["input", "linear"]


def test_indices_carry_no_values():
    def forward(self, x):
        return self.embed(self.norm(x).argmax(dim=1))

    model = traced(
        lambda: Forward(forward, norm=nn.BatchNorm1d(4), embed=nn.Embedding(4, 8)), torch.randn(2, 4)
    )
    assert model.graph.successors[only(model, "batch_norm").id] == []
    assert "embedding" in kinds(model)


def test_batch_norm_kept_in_evaluation_is_never_on():
    class Frozen(nn.BatchNorm1d):
        def train(self, _mode=True):
            return super().train(False)

    assert only(traced(lambda: Frozen(4), torch.randn(2, 4)), "batch_norm").attrs["training"] == "never"


def test_attention_is_one_node_with_its_rate():
    model = traced(lambda: nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1), torch.randn(5, 2, 8))
    attention = only(model, "attention")
    assert attention.attrs["p"] == 0.1
    assert kinds(model).count("dropout") == 3
    assert kinds(model).count("layer_norm") == 2


def test_rnn_is_one_node():
    class Last(nn.LSTM):
        pass

    model = traced(lambda: Last(4, 4, num_layers=2, dropout=0.2), torch.randn(3, 2, 4))
    rnn = only(model, "rnn")
    assert (rnn.attrs["p"], rnn.attrs["num_layers"]) == (0.2, 2)


def test_a_layer_of_the_users_catalogue_is_one_node():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(4, 4)

        def forward(self, x):
            return torch.relu(self.inner(x))

    name = f"{Own.__module__}.{Own.__qualname__}"
    model = trace_module(nn.Sequential(Own(), nn.ReLU()), (torch.randn(2, 4),), layers={name: "layer_norm"})
    assert kinds(model) == ["input", "layer_norm", "activation"]


def test_keyword_inputs_and_dictionaries_of_outputs():
    def forward(self, x, *, scale):
        return {"out": self.a(x) * scale}

    model = traced(lambda: Forward(forward, a=nn.Linear(4, 4)), torch.randn(2, 4), scale=torch.ones(2, 4))
    assert [node.name for node in model.graph.nodes if node.kind == "input"] == ["0", "scale"]
    assert model.graph.nodes[model.graph.outputs[0]].kind == "multiply"


def test_checkpointed_blocks_are_followed():
    from torch.utils.checkpoint import checkpoint

    def forward(self, x):
        return self.b(checkpoint(self.a, x, use_reentrant=True))

    model = traced(lambda: Forward(forward, a=nn.Linear(4, 4), b=nn.ReLU()), torch.randn(2, 4))
    assert ("linear", "activation") in edges(model)


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model.eval()
    model[1].train()
    state, modes = copy.deepcopy(model.state_dict()), [module.training for module in model.modules()]
    numbers = torch.get_rng_state()
    trace_module(model, (torch.randn(8, 4, generator=torch.Generator().manual_seed(1)),))
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert torch.equal(numbers, torch.get_rng_state())


def test_constructors_survive_a_deep_copy():
    with recording_constructors():
        layer = nn.Linear(4, 4)
    model = trace_module(nn.Sequential(*(copy.deepcopy(layer) for _ in range(2))), (torch.randn(2, 4),))
    assert len({node.built for node in model.graph.nodes if node.kind == "linear"}) == 1
    assert model.graph.nodes[1].built is not None


def test_unused_layers_and_plain_containers_are_facts():
    def build():
        model = Forward(lambda self, x: self.blocks[0](x), spare=nn.Linear(2, 2))
        model.blocks = [nn.Linear(4, 4)]
        return model

    facts = {fact.fact: fact for fact in traced(build, torch.randn(2, 4)).facts}
    assert facts["unused_layer"].name == "spare"
    assert facts["modules_in_plain_container"].name == "blocks"


def test_a_model_that_does_not_run_is_one_clear_line():
    with pytest.raises(UsageError, match="Linear does not run on this: RuntimeError"):
        trace_module(nn.Linear(4, 4), (torch.randn(2, 5),))
