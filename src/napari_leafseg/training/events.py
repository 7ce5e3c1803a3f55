"""What a training run tells while it goes on; each prints as one JSON object."""

from __future__ import annotations

from typing import Literal

from napari_leafseg.core.params import FrozenModel


class Started(FrozenModel):
    """The run begins, or goes on after a stop; ``shares`` is each stage's part of the time budget."""

    kind: Literal["started"] = "started"
    method: str
    train: int
    validation: int
    device: str
    stages: tuple[str, ...]
    shares: tuple[float, ...]
    resumed_at_epoch: int = 0


class Stepped(FrozenModel):
    """One optimiser step is done."""

    kind: Literal["step"] = "step"
    stage: str
    epoch: int
    step: int
    steps: int
    losses: dict[str, float]
    progress: float


class EpochDone(FrozenModel):
    """One pass is done; losses are its means."""

    kind: Literal["epoch"] = "epoch"
    stage: str
    epoch: int
    losses: dict[str, float]
    learning_rate: float
    seconds: float
    images_per_second: float
    progress: float


class Validated(FrozenModel):
    """The validation images were segmented with the weights as they are now."""

    kind: Literal["validation"] = "validation"
    stage: str
    epoch: int
    sbd: float
    ap50: float
    images: int
    best: bool
    seconds: float


class Finished(FrozenModel):
    """The run is over; the best weights are in the file."""

    kind: Literal["finished"] = "finished"
    weights: str
    epochs: int
    minutes: float
    sbd: float | None
    ap50: float | None


Event = Started | Stepped | EpochDone | Validated | Finished
