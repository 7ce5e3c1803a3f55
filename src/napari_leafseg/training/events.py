"""What a training run tells while it goes on; each prints as one JSON object."""

from __future__ import annotations

from typing import Literal

from napari_leafseg.core.params import FrozenModel
from napari_leafseg.inference.comparison_events import Compared


class Preparing(FrozenModel):
    """Something is read, loaded or made, and no step is done yet."""

    kind: Literal["preparing"] = "preparing"
    what: str


class Warned(FrozenModel):
    """Something will probably not work as the person hopes; the run goes on."""

    kind: Literal["warned"] = "warned"
    sentence: str


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
    """One optimiser step is done.

    Attributes
    ----------
    progress
        Share of the stage that is done, 0 to 1.
    overall
        Share of the whole run that is done, 0 to 1.
    seconds_left
        Until the last step; ``None`` while nobody can know.
    """

    kind: Literal["step"] = "step"
    stage: str
    epoch: int
    step: int
    steps: int
    losses: dict[str, float]
    progress: float
    overall: float = 0.0
    seconds_left: float | None = None


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
    """The validation images were segmented with the weights as they are now.

    Attributes
    ----------
    best
        Whether these weights are kept as the best.
    settled
        Whether they are although earlier ones scored higher, since a stage's last weights have settled and so few
        objects do not tell them from the best.
    preview
        Labels of one of them, a file named from the run's folder; empty for none.
    preview_image
        The file of that image; empty for a drawn one.
    """

    kind: Literal["validation"] = "validation"
    stage: str
    epoch: int
    sbd: float
    ap50: float
    images: int
    best: bool
    settled: bool = False
    seconds: float
    preview: str = ""
    preview_image: str = ""


class Paused(FrozenModel):
    """The run holds, as somebody wished."""

    kind: Literal["paused"] = "paused"


class Continued(FrozenModel):
    """The run goes on after a pause."""

    kind: Literal["continued"] = "continued"


class Finished(FrozenModel):
    """The run is over; the best weights are in the file.

    Attributes
    ----------
    stopped
        Whether somebody wished it to end.
    early
        Whether it ended because validation no longer improved.
    """

    kind: Literal["finished"] = "finished"
    weights: str
    epochs: int
    minutes: float
    sbd: float | None
    ap50: float | None
    stopped: bool = False
    early: bool = False


class Failed(FrozenModel):
    """The run ended by an error.

    Attributes
    ----------
    sentence
        The thing, the reason and the remedy.
    smaller_batch
        A batch that may fit, where memory ran out.
    """

    kind: Literal["failed"] = "failed"
    sentence: str
    smaller_batch: int | None = None


Event = (
    Preparing | Warned | Started | Stepped | EpochDone | Validated | Paused | Continued | Compared | Finished | Failed
)
