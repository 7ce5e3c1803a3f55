"""What a folder run tells while it goes: frozen values, one JSON object each.

Knows nothing of how they are shown.
"""

from __future__ import annotations

from typing import Literal

from napari_leafseg.core.params import FrozenModel
from napari_leafseg.core.provenance import Record


class Started(FrozenModel):
    """The out folder is ready.

    Attributes
    ----------
    images
        How many images there are.
    finished
        How many of them an earlier run finished.
    out
        The out folder.
    record
        What is written into its ``record.json``.
    """

    event: Literal["started"] = "started"
    images: int
    finished: int
    out: str
    record: Record


class ImageDone(FrozenModel):
    """An image's labels are on disk.

    Attributes
    ----------
    name
        Of its outputs.
    image, labels
        The two files.
    objects, planes
        How many.
    seconds
        From reading to writing.
    device, notes
        As `core.prediction.Prediction` says them.
    """

    event: Literal["image_done"] = "image_done"
    name: str
    image: str
    labels: str
    objects: int
    planes: int
    seconds: float
    device: str
    notes: tuple[str, ...] = ()


class ImageSkipped(FrozenModel):
    """An earlier run finished this image with the same record."""

    event: Literal["image_skipped"] = "image_skipped"
    name: str
    image: str


class ImageFailed(FrozenModel):
    """An image could not be read or segmented; the run goes on.

    Attributes
    ----------
    name, image
        Which.
    reason
        One sentence.
    """

    event: Literal["image_failed"] = "image_failed"
    name: str
    image: str
    reason: str


class Finished(FrozenModel):
    """All images were seen.

    Attributes
    ----------
    done, skipped, failed
        How many images.
    objects
        Found in this run.
    seconds
        Of the whole run.
    """

    event: Literal["finished"] = "finished"
    done: int
    skipped: int
    failed: int
    objects: int
    seconds: float


Event = Started | ImageDone | ImageSkipped | ImageFailed | Finished
