"""Harmonic's live parameters and its configuration. Imports no torch."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from napari_leafseg.core.params import Params, min_area_param, param, score_param
from napari_leafseg.nets.config import EmbeddingConfig


class Background(StrEnum):
    """How background is told from objects."""

    FOREGROUND = "foreground"
    CLUSTER = "cluster"


class HarmonicParams(Params):
    """What can be changed without running the network again."""

    bandwidth: float = param(
        0.5,
        title="Bandwidth",
        help="How alike the embeddings of one object are: smaller splits, larger joins.",
        low=0.1,
        high=1.5,
        step=0.01,
    )
    foreground: float = param(
        0.5,
        title="Foreground",
        help="Pixels more likely than this to belong to an object are grouped; "
        "without effect where the densest cluster is background.",
        low=0.05,
        high=0.95,
        step=0.01,
    )
    score: float = score_param()
    min_area: int = min_area_param()
    background: Background = param(
        Background.FOREGROUND,
        title="Background",
        help="foreground: what the network calls background; cluster: the densest cluster, as published "
        "(also used where the network does not say).",
    )
    split: bool = param(True, title="Split", help="Give each connected piece of a cluster an id of its own.")


class HarmonicConfig(EmbeddingConfig):
    """What the network is.

    Attributes
    ----------
    architecture
        ``"unet"`` is the published network, ``"compact"`` the small one.
    units
        ``"crop"``: guide coordinates run from 0 to 1 over the input (published).
        ``"pixel"``: index / 256, with a random origin in training, so that an image of any
        size works in one piece.
    dimensions
        Number of guides.
    guide_input
        What the decoder's convolutions see besides features: the guides (SinConv), plain
        coordinates (CoordConv), or nothing. The last two are the paper's ablations.
    guided_output
        Whether the network says how to turn the guides at each pixel instead of the embedding
        itself (compact network only; not in the paper).
    fit
        Whether the guides are fitted to the training data; ``False`` leaves them random.
    low_frequency, high_frequency
        Range of the random frequencies before the fit, in radians per unit.
    foreground
        Whether the network also says where objects are.
    margin
        Distance (L2) that the fit asks between embeddings; twice the bandwidth or more.
    background_weight
        Weight of background in the embedding loss. ``None``: one mean over all pixels (published).
    edge_weight
        Weight of the extra L1 along borders; 0 is off.
    """

    architecture: Literal["unet", "compact"] = "compact"
    units: Literal["crop", "pixel"] = "pixel"
    dimensions: int = Field(12, ge=2, le=64)
    guide_input: Literal["sin", "coordinates", "none"] = "sin"
    guided_output: bool = True
    fit: bool = True
    low_frequency: float = 4.0
    high_frequency: float = 40.0
    foreground: bool = True
    margin: float = Field(1.0, gt=0)
    background_weight: float | None = 0.2
    edge_weight: float = Field(0.0, ge=0)


COMPACT = HarmonicConfig()
PAPER = HarmonicConfig(
    architecture="unet",
    units="crop",
    guided_output=False,
    low_frequency=0.0,
    high_frequency=25.0,
    foreground=False,
    background_weight=None,
    input_size=448,
    contrast="range",
    imagenet=True,
)
