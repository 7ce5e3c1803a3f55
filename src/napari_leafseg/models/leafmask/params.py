"""LeafMask's live parameters and its configuration. Imports no torch."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from napari_leafseg.core.params import Params, min_area_param, param
from napari_leafseg.nets.config import NetworkConfig

MIN_SCORE = 0.2
"""Candidates below it are not kept; the slider begins here."""
MAX_NMS_IOU = 0.8
"""Candidates that overlap a better one more than this are not kept; the slider ends here."""
MAX_DETECTIONS = 1000
"""At most this many candidates are kept of one tile."""


class LeafMaskParams(Params):
    """What can be changed without running the network again."""

    score: float = param(
        0.4,
        title="Score",
        help="Objects that the network is less sure of are dropped.",
        low=MIN_SCORE,
        high=0.95,
        step=0.01,
    )
    nms_iou: float = param(
        0.6,
        title="Box overlap",
        help="Of two boxes that overlap more than this (intersection over union), the better is kept.",
        low=0.1,
        high=MAX_NMS_IOU,
        step=0.01,
    )
    mask: float = param(
        0.5,
        title="Mask",
        help="Pixels more likely than this to belong to the object in their box are taken.",
        low=0.05,
        high=0.95,
        step=0.01,
    )
    steps: int = param(
        2,
        title="Refinement steps",
        help="How often the outline is doubled in resolution and its uncertain points are asked again; "
        "objects whose mask is finer than their box already need none.",
        low=0,
        high=4,
        step=1,
    )
    points: int = param(
        784,
        title="Points per step",
        help="How many uncertain points of each object are asked again in each step.",
        low=49,
        high=3136,
        step=1,
        log=True,
    )
    min_area: int = min_area_param()


Attention = Literal["none", "se", "cbam", "g_cam", "gl_cam", "gl_sam", "gl_dam"]
Arrangement = Literal["parallel", "parallel_shared", "channel_spatial", "spatial_channel"]


class LeafMaskConfig(NetworkConfig):
    """What the network is.

    Attributes
    ----------
    backbone
        ``"resnet101"``, ``"resnet50"`` or ``"resnet18"`` (torchvision), or ``"compact"``.
    frozen
        Whether the backbone's normalisation, stem and first stage stay as they are (published, for ImageNet weights).
    imagenet
        Whether inputs are shifted and scaled by the ImageNet mean and deviation.
    finest
        Stride of the finest pyramid level; levels go up to stride 32.
    extra_levels
        Whether two coarser levels (strides 64 and 128) follow (published).
    channels
        Width of the pyramid and of the detector's towers.
    head_convs, head_groups
        Convolutions in each tower, and groups of their normalisation.
    first_distance
        What the box layer says before training, in strides; a head that says 0 behind its ReLU learns nothing.
    tower_deviation
        Of the towers' first weights; ``None`` for Kaiming's. Published: 0.01.
    mask_channels, mask_expansion
        C of the DAG-Mask branch, and by how much it is widened for the attention (published: 4).
    attention, arrangement
        Rows of the paper's Table 2; ``arrangement`` matters to ``"gl_dam"`` only.
    attention_ratio
        r: by how much the attention's hidden layers are narrower.
    pooled_norm
        Whether the attention's pooled vectors are normalised over the batch (published).
    bases, base_size, coefficient_size
        K, R_B and R_C of the paper's Table 1.
    point_channels
        Width of the point predictor.
    train_points, oversample, importance
        N, beta and alpha of the point selection (Table 3).
    masks_per_batch
        At most this many positive locations, drawn at random, train masks and points; bounds the memory.
    semantic_weight
        Of the auxiliary semantic loss.
    short_side, long_side
        Inputs are resized so that the shorter side has this length unless the longer would exceed its own
        (published: 640, 1440); ``None`` takes images as they are.
    """

    backbone: Literal["compact", "resnet18", "resnet50", "resnet101"] = "compact"
    frozen: bool = False
    imagenet: bool = False
    finest: Literal[4, 8] = 4
    extra_levels: bool = False
    channels: int = Field(64, ge=8, multiple_of=8)
    head_convs: int = Field(2, ge=1, le=8)
    head_groups: int = Field(8, ge=1)
    first_distance: float = Field(2.0, ge=0)
    tower_deviation: float | None = Field(None, gt=0)
    mask_channels: int = Field(32, ge=8)
    mask_expansion: int = Field(2, ge=1, le=8)
    attention: Attention = "gl_dam"
    arrangement: Arrangement = "spatial_channel"
    attention_ratio: int = Field(8, ge=1)
    pooled_norm: bool = False
    bases: int = Field(4, ge=1, le=64)
    base_size: int = Field(28, ge=7, le=112)
    coefficient_size: int = Field(7, ge=1, le=56)
    point_channels: int = Field(16, ge=1)
    train_points: int = Field(196, ge=1)
    oversample: float = Field(3.0, ge=1)
    importance: float = Field(0.75, ge=0, le=1)
    masks_per_batch: int = Field(512, ge=1)
    semantic_weight: float = Field(0.3, ge=0)
    short_side: int | None = Field(None, ge=32)
    long_side: int | None = Field(None, ge=32)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.channels % self.head_groups:
            raise ValueError(f"channels = {self.channels} is no multiple of head_groups = {self.head_groups}")
        if self.coefficient_size > self.base_size:
            raise ValueError(f"coefficient_size = {self.coefficient_size} exceeds base_size = {self.base_size}")
        return self


COMPACT = LeafMaskConfig()
PAPER = LeafMaskConfig(
    backbone="resnet101",
    frozen=True,
    imagenet=True,
    finest=8,
    extra_levels=True,
    channels=256,
    head_convs=4,
    head_groups=32,
    first_distance=0.0,
    tower_deviation=0.01,
    mask_channels=128,
    mask_expansion=4,
    attention_ratio=16,
    pooled_norm=True,
    base_size=56,
    coefficient_size=14,
    short_side=640,
    long_side=1440,
    contrast="range",
)
