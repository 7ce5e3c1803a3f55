"""RSIS's live parameters and its configuration. Imports no torch."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from napari_leafseg.core.params import Params, min_area_param, param
from napari_leafseg.nets.config import NetworkConfig

MOST_STEPS = 400
"""Steps that any network may take on one piece of an image."""


class Ending(StrEnum):
    """Which steps are believed."""

    FIRST = "first"
    EACH = "each"


class RsisParams(Params):
    """What can be changed without running the network again."""

    stop: float = param(
        0.5,
        title="Stop threshold",
        help="A step is believed while the network is surer than this that an object was left to find.",
        low=0.05,
        high=0.95,
        step=0.01,
    )
    mask: float = param(
        0.5,
        title="Mask threshold",
        help="Pixels surer than this belong to the object: lower draws wider outlines.",
        low=0.05,
        high=0.95,
        step=0.01,
    )
    steps: int = param(
        MOST_STEPS,
        title="Number of steps",
        help="At most this many objects are taken from each piece of the image that the network saw.",
        low=1,
        high=MOST_STEPS,
        step=1,
        unit="steps",
        log=True,
    )
    min_area: int = min_area_param()
    ending: Ending = param(
        Ending.FIRST,
        title="Ending",
        help="first: nothing is taken after the first step below the stop threshold; "
        "each: every step above it is taken, whatever came before.",
    )


class RsisConfig(NetworkConfig):
    """What the network is and how it learns.

    Attributes
    ----------
    encoder
        ``"resnet101"`` is the published one, ``"compact"`` the small one.
    width
        Channels of the first ConvLSTM (D in the paper); each further one has half of the last.
    levels
        Number of ConvLSTMs, from the deepest map up (N in the paper's Table 5).
    head
        How a step's mask is made. ``"convolution"``: from the last hidden state (published).
        ``"focus"``: the step points at a place, and the hidden state there says how features
        computed once for the image make the mask (not in the paper).
    canvas
        Whether the ConvLSTMs see what was found before as a map; the paper leaves that to
        their memory. Only with ``head="focus"``.
    maps
        Channels of the features that masks are made of; only with ``head="focus"``.
    classes
        Number of classes.
    steps
        Objects looked for in training, and at most learned of one image (T).
    encode_steps
        Steps taken on an image that is segmented.
    patience
        `encode` ends after this many steps in a row that are almost sure to be too many;
        ``None`` always takes all of them (published).
    objects
        Objects expected at most in a piece of an image; where the typical size of objects is
        known, larger images are cut into such pieces. ``None``: never.
    input_size
        Side of the square that such a piece is resized to.
    stretch
        Whether images are stretched to that square (published); else they keep their aspect,
        and are resized so that a piece gets that side.
    imagenet
        Whether inputs are then shifted and scaled by the ImageNet mean and deviation.
    order
        In which order objects are put before matching: ``"area"`` (published), largest first,
        or ``"sweep"``, from the top to the bottom. What exceeds ``steps`` is left out.
    order_weight
        What the matching pays for finding objects out of that order; 0 is published.
    cross_entropy_weight
        Weight of the masks' cross-entropy beside their soft IoU; 0 is published.
    class_weight, stop_weight, focus_weight
        Weights of those losses beside the masks'.
    stop_beyond
        Steps after the last object that learn to stop; 1 is published.
    windows
        Random windows learned from in each training crop; 1 is published (the whole of it).
    first_steps
        Steps at the begin of the training.
    curriculum
        Share of the training over which they grow to ``steps``.
    encoder_rate
        Learning rate of the encoder, in parts of the decoder's.
    """

    encoder: Literal["resnet18", "resnet50", "resnet101", "compact"] = "compact"
    width: int = Field(64, ge=16, multiple_of=16)
    levels: int = Field(3, ge=1, le=5)
    head: Literal["convolution", "focus"] = "focus"
    canvas: bool = True
    maps: int = Field(24, ge=1)
    classes: int = Field(1, ge=1)
    steps: int = Field(20, ge=1, le=MOST_STEPS)
    encode_steps: int = Field(40, ge=1, le=MOST_STEPS)
    patience: int | None = Field(2, ge=1)
    objects: int | None = Field(15, ge=1)
    input_size: int = Field(128, ge=64, multiple_of=16)
    stretch: bool = False
    imagenet: bool = False
    order: Literal["area", "sweep"] = "sweep"
    order_weight: float = Field(2.0, ge=0)
    cross_entropy_weight: float = Field(1.0, ge=0)
    class_weight: float = Field(0.1, ge=0)
    stop_weight: float = Field(0.5, ge=0)
    focus_weight: float = Field(0.5, ge=0)
    stop_beyond: int = Field(3, ge=1)
    windows: int = Field(2, ge=1)
    first_steps: int = Field(8, ge=1)
    curriculum: float = Field(0.2, ge=0, le=1)
    encoder_rate: float = Field(1.0, gt=0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.canvas and self.head == "convolution":
            raise ValueError("canvas needs head=focus")
        return self


COMPACT = RsisConfig()
PAPER = RsisConfig(
    encoder="resnet101",
    levels=5,
    head="convolution",
    canvas=False,
    encode_steps=20,
    patience=None,
    input_size=400,
    stretch=True,
    contrast="range",
    imagenet=True,
    order="area",
    order_weight=0.0,
    cross_entropy_weight=0.0,
    stop_weight=0.1,
    stop_beyond=1,
    windows=1,
    first_steps=2,
    curriculum=0.8,
    encoder_rate=1e-3,
)
