"""torchvision's compiled operators in Python, so that its sources import and run beside a torch of any build.

`nms` is computed; `roi_align` gives zeros of the right shape that still depend on the features.
"""

from __future__ import annotations

from typing import Any

import torch

_BOX = "SymInt pooled_height, SymInt pooled_width"
_SHAPE = "SymInt batch_size, SymInt channels, SymInt height, SymInt width"
_ROIS = f"Tensor rois, float spatial_scale, {_BOX}"
_ALIGN = f"Tensor input, Tensor rois, float spatial_scale, {_BOX}, int sampling_ratio"
_POOL = f"Tensor input, Tensor rois, float spatial_scale, {_BOX}"
_MAPPED = f"Tensor grad, Tensor rois, Tensor channel_mapping, float spatial_scale, {_BOX}"
_CONV = (
    "SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, "
    "SymInt groups, SymInt offset_groups"
)
_DEFORMED = "Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias"
_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    f"roi_align({_ALIGN}, bool aligned) -> Tensor",
    f"qroi_align({_ALIGN}, bool aligned) -> Tensor",
    f"_roi_align_backward(Tensor grad, {_ROIS}, {_SHAPE}, int sampling_ratio, bool aligned) -> Tensor",
    f"ps_roi_align({_ALIGN}) -> (Tensor, Tensor)",
    f"_ps_roi_align_backward({_MAPPED}, int sampling_ratio, {_SHAPE}) -> Tensor",
    f"roi_pool({_POOL}) -> (Tensor, Tensor)",
    f"_roi_pool_backward(Tensor grad, Tensor rois, Tensor argmax, float scale, {_BOX}, {_SHAPE}) -> Tensor",
    f"ps_roi_pool({_POOL}) -> (Tensor, Tensor)",
    f"_ps_roi_pool_backward({_MAPPED}, {_SHAPE}) -> Tensor",
    f"deform_conv2d({_DEFORMED}, {_CONV}, bool use_mask) -> Tensor",
    (
        f"_deform_conv2d_backward(Tensor grad, {_DEFORMED}, {_CONV}, bool use_mask) -> "
        "(Tensor, Tensor, Tensor, Tensor, Tensor)"
    ),
    "_cuda_version() -> int",
)


def define_operators() -> Any:
    """Define what is missing; the returned library must be kept, the definitions end with it."""
    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)
    library.impl("nms", _nms, "CPU")
    library.impl("roi_align", _roi_align, "CPU")
    library.impl("_cuda_version", lambda: -1, "CompositeExplicitAutograd")
    return library


def _nms(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> torch.Tensor:
    """Greedy non-maximum suppression: keep the best box, drop what overlaps it, repeat."""
    kept: list[int] = []
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    order = scores.argsort(descending=True)
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        corner = torch.minimum(boxes[best, 2:], boxes[order, 2:])
        overlap = (corner - torch.maximum(boxes[best, :2], boxes[order, :2])).clamp(min=0).prod(dim=1)
        order = order[overlap / (area[best] + area[order] - overlap + 1e-9) <= threshold]
    return torch.tensor(kept, dtype=torch.long)


def _roi_align(
    features: torch.Tensor,
    rois: torch.Tensor,
    scale: float,
    height: int,
    width: int,
    ratio: int,
    aligned: bool,
) -> torch.Tensor:
    del scale, ratio, aligned
    return features.new_zeros(rois.shape[0], features.shape[1], height, width) + features.mean()
