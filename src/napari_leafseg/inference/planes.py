"""From a whole image, stacks included, to labels of the same planes.

The one way by which the command line, folder runs, scripts and the window segment an image
of any axes, so that all give the same labels. Knows arrays; nothing of files or windows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import Axes, as_planes
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, Progress, never, silent

COLUMNS = ("image", "plane", "id", "score", "class", "order", "area", "box", "centroid")
"""Columns of `objects_table` and of ``objects.csv``."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The objects of a whole image.

    Attributes
    ----------
    labels
        int32 (*leading, height, width); ids restart at 1 in each plane.
    instances
        One per plane, in C order of the leading axes; their labels are views of `labels`.
    device
        Where the network ran, in words.
    notes
        Sentences a person should read, each once.
    """

    labels: NDArray[np.int32]
    instances: tuple[Instances, ...]
    device: str = "CPU"
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of objects in all planes."""
        return sum(plane.count for plane in self.instances)


def segment_image(
    segmenter: Segmenter,
    array: Any,
    axes: Axes | None = None,
    options: EncodeOptions | None = None,
    params: Params | None = None,
    *,
    check: Check = never,
    progress: Progress = silent,
) -> Segmentation:
    """Segment an image plane by plane.

    Parameters
    ----------
    segmenter
        The method with its weights.
    array
        Any array; of a lazy one only one plane is in memory at a time.
    axes
        What its axes are; guessed from the shape if not given (`core.image`).
    options, params
        Of `encode` and `decode`.
    check
        Raises `Cancelled` when the person asked for a stop.
    progress
        Told after each plane, or, of a single plane, after each tile.

    Raises
    ------
    ImageError
        If the array is no image; names the plane if it is one of several.
    DeviceError
        If no device has the memory.
    """
    axes = axes or Axes.guess(tuple(array.shape))
    planes, leading = as_planes(array, axes)
    total = math.prod(leading)
    if total == 0:
        raise ImageError(f"An array of shape {tuple(array.shape)} holds no plane: none of its sides may be zero.")
    labels = np.zeros(tuple(planes.shape[: len(leading) + 2]), np.int32)
    found, device, notes = [], "", dict[str, None]()
    for done, index in enumerate(np.ndindex(leading), start=1):
        check()
        with _plane_named(index):
            prediction = segmenter.encode(
                planes[index],
                options,
                check=check,
                progress=progress if total == 1 else silent,
                channels="C" if axes.channel == "C" else "S",
            )
        instances = segmenter.decode(prediction, params)
        labels[index] = instances.labels
        found.append(replace(instances, labels=labels[index]))
        device = prediction.device
        notes.update(dict.fromkeys(prediction.notes))
        if total > 1:
            progress(done, total)
    return Segmentation(labels, tuple(found), device, tuple(notes))


@contextmanager
def _plane_named(index: tuple[int, ...]) -> Iterator[None]:
    try:
        yield
    except ImageError as error:
        if not index:
            raise
        where = ", ".join(str(place) for place in index)
        raise ImageError(f"Plane {where} cannot be segmented. {error}") from error


def objects_table(name: str, segmentation: Segmentation) -> pd.DataFrame:
    """Describe all objects of an image, one row each.

    Parameters
    ----------
    name
        For the column ``image``.
    segmentation
        From `segment_image`.

    Returns
    -------
    `COLUMNS`: ``image``, ``plane`` (its index in C order of the leading axes; 0 for a single
    plane) and those of `Instances.table`.
    """
    tables = [
        plane.table().assign(image=name, plane=index)
        for index, plane in enumerate(segmentation.instances)
        if plane.count
    ]
    if not tables:
        return pd.DataFrame({column: [] for column in COLUMNS})
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]
