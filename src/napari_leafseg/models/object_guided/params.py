"""The live parameters and the configuration of the object-guided method. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from napari_leafseg.core.params import Params, min_area_param, param
from napari_leafseg.nets.config import NetworkConfig

LEAST_CONFIDENCE = 0.05
"""Lower end of the slider: candidates below it are not even given a mask."""


class ObjectGuidedParams(Params):
    """What can be changed without running the network again."""

    confidence: float = param(
        0.3,
        title="Centre confidence",
        help="Objects whose centre is less certain than this are left out.",
        low=LEAST_CONFIDENCE,
        high=0.95,
        step=0.01,
    )
    mask_threshold: float = param(
        0.5,
        title="Mask threshold",
        help="Pixels in a box more likely than this belong to its object: higher draws tighter outlines.",
        low=0.05,
        high=0.95,
        step=0.01,
    )
    nms_iou: float = param(
        0.2,
        title="Mask overlap",
        help="Of two masks that overlap (IoU) more than this, only the one with the surer centre is kept.",
        low=0.0,
        high=0.95,
        step=0.01,
    )
    min_area: int = min_area_param()


class ObjectGuidedConfig(NetworkConfig):
    """What the network is.

    Attributes
    ----------
    backbone
        ``"resnet50"`` is the published one, ``"compact"`` the small one that all compact presets share.
    head_width
        Channels within the three detection heads.
    size_kernel
        Kernel of both convolutions of the width-height head (published: 7, against the figure).
    heat_bias
        First bias of the heatmap: the logit of a centre before anything is learned.
    subcells
        Values that the heads say per cell of stride 4 along each axis: 2 makes the heatmap as fine as stride 2.
    size_code
        ``"linear"``: height and width in heatmap cells (published). ``"log"``: the logarithm of their ratio to 16
        network pixels, so that small and large objects weigh the same.
    combine
        Whether deep features are enlarged before (published) or after their convolution; the second costs a quarter.
    rois
        ``"native"``: one sample per network pixel of the box (published). ``"grid"``: a few square grids, with cells of
        one to two pixels, so that boxes of all shapes go through the branch together.
    fine_width
        Channels of the finest level.
    expand
        Factor of a box's height and width before its mask is drawn (published: 1.1).
    jitter
        Random shift and change of size of the true boxes in training, as a part of their size; 0 is none (published).
    max_rois
        Most boxes per batch, drawn at random, whose masks are learned.
    size_weight, segmentation_weight, refinement_weight
        Weights of the losses beside those of the heatmap and the offset (1).
    input_size
        Side of the square that images are fitted into, keeping the aspect (published: 512), or ``None``.
    colour
        ``"rgb"``: values 0 to 1. ``"bgr"``: reversed channels, values -0.5 to 0.5 (published).
    """

    backbone: Literal["resnet50", "compact"] = "compact"
    head_width: int = Field(48, ge=8)
    size_kernel: Literal[3, 5, 7] = 3
    heat_bias: float = -2.19
    subcells: Literal[1, 2] = 2
    size_code: Literal["linear", "log"] = "log"
    combine: Literal["upsample_first", "convolve_first"] = "convolve_first"
    rois: Literal["native", "grid"] = "grid"
    fine_width: int = Field(16, ge=4)
    expand: float = Field(1.25, ge=1, le=2)
    jitter: float = Field(0.1, ge=0, le=0.5)
    max_rois: int = Field(96, ge=1)
    size_weight: float = Field(1.0, ge=0)
    segmentation_weight: float = Field(2.0, ge=0)
    refinement_weight: float = Field(1.0, ge=0)
    input_size: int | None = Field(None, ge=64, multiple_of=32)
    colour: Literal["rgb", "bgr"] = "rgb"


COMPACT = ObjectGuidedConfig()
PAPER = ObjectGuidedConfig(
    backbone="resnet50",
    head_width=256,
    size_kernel=7,
    subcells=1,
    size_code="linear",
    combine="upsample_first",
    rois="native",
    fine_width=64,
    expand=1.1,
    jitter=0.0,
    max_rois=128,
    size_weight=0.1,
    input_size=512,
    contrast="range",
    colour="bgr",
)
