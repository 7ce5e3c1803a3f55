"""Which labelled images a search looks at: those of the folder, else the planes of the image in sight.

Reads layers when asked and files in jobs; starts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import Axes, Contrast, as_planes, as_rgb
from napari_leafseg.core.sample import Sample
from napari_leafseg.data.layouts import ImageFolder, entries_to_choose_on, load_sample, open_folder
from napari_leafseg.inference.tuning import Source
from napari_leafseg.widgets.layers import PREVIEW, LayerSet, labels_shape

NO_LABELS = (
    "There are no labels to tune on: accept the preview and correct it, draw some labels, "
    "or open a folder of images with label images."
)
MOST = 100
"""At most so many images of a folder, taken evenly: more would make a person wait, and change little."""

Gather = Callable[[], Sequence[Source]]
"""Lists what there is to tune on; may read files, so to be called in a job."""


def labels_over(layers: LayerSet, image: Image, axes: Axes) -> Labels | None:
    """Return an image's labels: those of this plugin, else the topmost labels layer of its size."""
    own = layers.labels_of(image)
    if own is not None:
        return own
    shape = labels_shape(image, axes)
    others = [layer for layer in reversed(layers.viewer.layers) if isinstance(layer, Labels)]
    drawn = (layer for layer in others if layer.name != PREVIEW and not layers.is_blank(layer))
    fitting = (layer for layer in drawn if tuple(layer.data.shape) == shape)
    return next(fitting, None)


def of_layers(image: Image, axes: Axes, labels: Labels, contrast: Contrast) -> Gather:
    """Look at every plane of an image that has labels; raises `ImageError` if none has."""
    pixels, drawn, name = image.data, labels.data, image.name

    def gather() -> list[Source]:
        planes, leading = as_planes(pixels, axes)
        channels = "C" if axes.channel == "C" else "S"
        sources: list[Source] = [
            partial(_sample, name, planes[index], drawn[index], contrast, channels)
            for index in np.ndindex(leading)
            if np.any(drawn[index])
        ]
        if not sources:
            raise ImageError(NO_LABELS)
        return sources

    return gather


def of_folder(folder: ImageFolder, contrast: Contrast, shown: Any = None, gather_shown: Gather | None = None) -> Gather:
    """Look at the labelled images of a folder, as they are on disk now.

    Parameters
    ----------
    folder
        Which.
    contrast
        As the method wants it.
    shown, gather_shown
        Path of the image in sight and where its labels are taken from, which may be newer than the file.
    """

    def gather() -> list[Source]:
        entries = entries_to_choose_on(open_folder(folder.root), MOST)
        here = [entry for entry in entries if entry.image == shown]
        sources: list[Source] = [partial(load_sample, entry, contrast) for entry in entries if entry not in here]
        for entry in here:
            sources += [partial(load_sample, entry, contrast)] if gather_shown is None else gather_shown()
        return sources

    return gather


def _sample(name: str, plane: Any, labels: NDArray[Any], contrast: Contrast, channels: Any) -> Sample:
    # The person may go on drawing: the labels are those of the moment when the image is read.
    drawn = np.array(labels, np.int32)
    return Sample(name, as_rgb(np.asarray(plane), contrast=contrast, channels=channels), drawn)
