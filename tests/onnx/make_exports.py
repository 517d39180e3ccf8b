"""Make the fixtures in `exports/`: every network of `models.py`, by both exporters of PyTorch, in both modes.

    python tests/onnx/make_exports.py          # needs the `torch` and `dev` extras
    python tests/onnx/make_exports.py VGG      # one network only

File names say how each was made: `VGG.dynamo.train.raw.onnx` is `dynamo=True, optimize=False`, of a model in
training mode; `.optimized` is what the dynamo exporter does by default; `.legacy` is `dynamo=False`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import torch

import onnx

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXPORTS = HERE / "exports"

KEPT = ("class_hierarchy", "name_scopes", "stack_trace", "rule_name", "graph_signature", "InputSpec.kind")
"""Ends of the metadata keys that the fixtures keep; the others only make them larger."""

LEGACY_LACKS = {"Decomposed"}
"""What the TorchScript exporter cannot export: RMS norm, and channelwise dropout in training mode."""


def main(names: list[str]) -> None:
    """Make the exports of the networks named, or of all."""
    sys.path.insert(0, str(ROOT / "tests" / "onnx"))
    import models

    EXPORTS.mkdir(exist_ok=True)
    for name in names or models.INPUTS:
        for mode in ("train", "eval"):
            torch.manual_seed(0)
            network = getattr(models, name)()
            network.train(mode == "train")
            make(name, mode, network, models.INPUTS[name])


def make(name: str, mode: str, network: torch.nn.Module, example: torch.Tensor) -> None:
    """Export one network in one mode by every way there is."""
    for optimize, word in ((True, "optimized"), (False, "raw")):
        path = EXPORTS / f"{name}.dynamo.{mode}.{word}.onnx"
        torch.onnx.export(
            network, (example,), path, dynamo=True, optimize=optimize, external_data=False, verbose=False
        )
        tidy(path)
    if name not in LEGACY_LACKS:
        path = EXPORTS / f"{name}.legacy.{mode}.onnx"
        training = mode == "train"
        torch.onnx.export(
            network,
            (example,),
            path,
            dynamo=False,
            training=torch.onnx.TrainingMode.TRAINING if training else torch.onnx.TrainingMode.EVAL,
            do_constant_folding=not training,
            opset_version=17,
        )
        tidy(path)


def tidy(path: Path) -> None:
    """Make a file the same on every machine: paths relative to the repository, no other metadata."""
    model = onnx.load(path)
    for holder in (model, *model.graph.node, *model.graph.input):
        kept = [entry for entry in holder.metadata_props if entry.key.endswith(KEPT)]
        del holder.metadata_props[:]
        for entry in kept:
            holder.metadata_props.add(key=entry.key, value=portable(entry.value))
    del model.graph.value_info[:]
    path.write_bytes(model.SerializeToString(deterministic=True))


def portable(text: str) -> str:
    packages = Path(torch.__file__).resolve().parents[1]
    return text.replace(f"{ROOT}/", "").replace(str(packages), "/usr/lib/python3/site-packages")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
