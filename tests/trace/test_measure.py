"""Measured variance shift: equal to its closed form where that is exact, within sampling error."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ElementTree

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import orderlint  # noqa: E402
from orderlint.engine.variance_shift import rectified_shift, zero_mean_shift  # noqa: E402
from orderlint.errors import UsageError  # noqa: E402
from orderlint.trace.measure import measure  # noqa: E402
from orderlint.trace.measure_plot import measurement_to_svg  # noqa: E402
from orderlint.trace.measure_report import measurement_to_json, measurement_to_text  # noqa: E402
from orderlint.trace.training import train_briefly  # noqa: E402

RATES = (0.1, 0.2, 0.3, 0.5, 0.7)
CHANNELS, ROWS, BATCHES = 32, 2048, 4


def direct(rate, rectified):
    first = nn.ReLU() if rectified else nn.Identity()
    return nn.Sequential(first, nn.Dropout(rate), nn.BatchNorm1d(CHANNELS))


@pytest.fixture
def batches():
    torch.manual_seed(0)
    return [torch.randn(ROWS, CHANNELS) for _ in range(BATCHES)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("rectified", [False, True], ids=["zero-mean", "ReLU"])
def test_the_closed_form_is_what_is_measured(rate, rectified, batches):
    (layer,) = measure(direct(rate, rectified), batches).layers
    expected = (rectified_shift if rectified else zero_mean_shift)(rate)
    error = sampling_error(rate, rectified)
    assert abs(math.log(layer.shift / expected)) < 4 * error
    assert abs(math.log(layer.estimate / expected)) < 4 * error


def sampling_error(rate, rectified):
    """Standard error of the logarithm of the mean shift over channels, by the delta method.

    Over one channel's n samples the variances of training and evaluation have relative errors of
    sqrt((kurtosis - 1) / n) at most; both are counted as if they were independent, which is on the safe side.
    """
    samples = torch.randn(400_000, generator=torch.Generator().manual_seed(1)).double()
    samples = samples.clamp(min=0) if rectified else samples
    kept = (torch.rand(len(samples), generator=torch.Generator().manual_seed(2)) >= rate).double()
    relative = sum(kurtosis(values) - 1 for values in (samples, samples * kept))
    return math.sqrt(relative / (ROWS * BATCHES) / CHANNELS)


def kurtosis(values):
    centred = values - values.mean()
    return float(centred.pow(4).mean() / centred.square().mean() ** 2)


def test_the_source_of_each_shift_is_named(batches):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Dropout(0.5), nn.BatchNorm1d(CHANNELS), nn.Linear(CHANNELS, 8), nn.BatchNorm1d(8)
    )
    first, second = measure(model, batches).layers
    assert (first.name, first.source.code, first.source.dropout, first.source.direct) == (
        "1",
        "OL101",
        "0",
        True,
    )
    assert second.source is None
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(CHANNELS, 8), nn.BatchNorm1d(8))
    (layer,) = measure(model, batches).layers
    assert (layer.source.code, layer.source.direct) == ("OL102", False)


def test_a_shift_is_carried_on_past_a_batch_norm(batches):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Dropout(0.5), nn.BatchNorm1d(CHANNELS), nn.Linear(CHANNELS, 8), nn.BatchNorm1d(8)
    )
    measurement = orderlint.measure(model, batches)
    first, second = measurement.layers
    assert (first.inherited, second.inherited) == (False, True)
    assert second.shift == pytest.approx(first.shift, abs=0.03)
    assert str(measurement).splitlines()[-1].startswith("carried on:")


def test_the_estimate_is_of_the_dropout_that_is_named(batches):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(CHANNELS)

        def forward(self, x):
            x = nn.functional.layer_norm(nn.functional.dropout(x, 0.1, self.training), (CHANNELS,)) + 3
            return self.norm(2 * nn.functional.dropout(x, 0.5, self.training))

    (layer,) = measure(Two(), batches).layers
    assert (layer.source.p, layer.source.call) == (0.5, 1)
    assert layer.estimate == pytest.approx(layer.shift, rel=0.05)


def test_a_frozen_batch_norm_keeps_its_statistics(batches):
    class Frozen(nn.Sequential):
        def train(self, mode=True):
            super().train(mode)
            self[0].eval()
            return self

    model = Frozen(nn.BatchNorm1d(CHANNELS), nn.BatchNorm1d(CHANNELS))
    model[0].running_mean.fill_(5.0)
    _, second = measure(model, batches).layers
    assert second.test_mean[0] == pytest.approx(-5, abs=0.1)


def test_a_model_that_fails_in_evaluation_is_a_usage_error(batches):
    class Broken(nn.BatchNorm1d):
        def forward(self, x):
            if not self.training:
                raise RuntimeError("only for training")
            return super().forward(x)

    with pytest.raises(UsageError, match="in evaluation mode: RuntimeError: only for training"):
        measure(Broken(CHANNELS), batches)


@pytest.mark.parametrize("width", [80, 50])
def test_the_table_keeps_to_its_width(width, batches):
    model = nn.Sequential(nn.Dropout(0.5), nn.Identity(), nn.BatchNorm1d(CHANNELS))
    lines = measurement_to_text(measure(model, batches, entry="net.py:build"), width).splitlines()
    assert max(len(line) for line in lines if "(p=" in line) <= width
    assert ("OL101 0 (p=0.5)" in [line.strip() for line in lines]) == (width == 50)


def test_no_dropout_no_shift(batches):
    (layer,) = measure(nn.BatchNorm1d(CHANNELS), batches).layers
    assert layer.shift == pytest.approx(1.0)
    assert layer.estimate is None


def test_the_model_is_left_as_it_was(batches):
    model = direct(0.5, True).eval()
    model[2].momentum = 0.3
    before = {name: value.clone() for name, value in model.state_dict().items()}
    measure(model, batches)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert (model.training, model[2].momentum) == (False, 0.3)


def test_a_batch_norm_applied_twice_is_measured_twice(batches):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.drop = nn.BatchNorm1d(CHANNELS), nn.Dropout(0.5)

        def forward(self, x):
            return self.norm(self.drop(self.norm(x)))

    layers = measure(Twice(), batches).layers
    assert [(layer.name, layer.call) for layer in layers] == [("norm", 0), ("norm", 1)]
    assert layers[0].shift == pytest.approx(1.0)


def test_no_batches_is_an_error():
    with pytest.raises(ValueError, match="no batches"):
        measure(nn.BatchNorm1d(2), [])


def test_the_report_names_its_conditions(batches):
    measurement = measure(direct(0.5, False), batches, weights="random", data="random")
    text = measurement_to_text(measurement)
    assert "(random weights, random input, 4 batches)" in text
    assert "OL101 1 (p=0.5)" in text
    data = json.loads(json.dumps(measurement_to_json(measurement)))
    assert (data["schema"], data["weights"], data["input"]) == (1, "random", "random")
    assert len(data["layers"][0]["train_variance"]) == CHANNELS


def test_the_plot_is_well_formed(batches):
    root = ElementTree.fromstring(measurement_to_svg(measure(direct(0.5, False), batches, entry="a<b")))
    assert root.tag.endswith("svg")
    assert len(root.findall("{*}circle")) == 1


def test_brief_training_lowers_the_loss():
    torch.manual_seed(0)
    model, inputs = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2)), torch.randn(256, 4)
    targets = (inputs[:, 0] > 0).long()
    first = train_briefly(model, inputs, targets, 1, 64)
    assert train_briefly(model, inputs, targets, 60, 64) < first / 2
