"""From a listed entry to its labels, and to the sample that training and evaluation take.

Must know no layout: an entry's label source does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import Contrast, as_planes, as_rgb
from napari_leafseg.core.sample import Sample
from napari_leafseg.data.layouts.entry import Entry, ImageFolder
from napari_leafseg.data.reading import read_image


def labels_of(entry: Entry, shape: tuple[int, int] | None = None) -> NDArray[np.int32] | None:
    """Read an entry's labels.

    Parameters
    ----------
    entry
        From `open_folder`.
    shape
        The image's height and width, if known: labels of another size are refused.

    Returns
    -------
    int32 (height, width) or (*leading, height, width); ``None`` if it has none.

    Raises
    ------
    ImageError
        If the labels cannot be read or have another size.
    """
    return None if entry.labels is None else entry.labels.read(shape).labels


def load_sample(entry: Entry, contrast: Contrast = "range") -> Sample:
    """Read a labelled image for training or evaluation.

    Parameters
    ----------
    entry
        One with labels.
    contrast
        As the method wants it (`Segmenter.contrast`).

    Raises
    ------
    ImageError
        If it has no labels, is a stack, or one of its files cannot be read or does not fit.
    """
    if entry.labels is None:
        raise ImageError(f"{entry.name} has no labels: label it, or leave it out.")
    loaded = read_image(entry.image)
    planes, leading = as_planes(loaded.array, loaded.axes)
    if any(size != 1 for size in leading):
        raise ImageError(f"{entry.image.name} is a stack of {leading}: training takes single planes, so cut it up.")
    plane = np.asarray(planes[(0,) * len(leading)])
    try:
        image = as_rgb(plane, contrast=contrast, channels="C" if loaded.axes.channel == "C" else "S")
    except ImageError as error:
        raise ImageError(f"{entry.image.name}: {error}") from None
    read = entry.labels.read((image.shape[0], image.shape[1]))
    if read.labels.ndim != 2:
        raise ImageError(f"{entry.name}: the labels are a stack but the image is one plane.")
    present = {int(index) for index in np.unique(read.labels)}
    classes = {index: kind for index, kind in read.classes.items() if index in present}
    return Sample(entry.name, image, read.labels, read.ignore, classes, entry.image)


def samples_of(folder: ImageFolder, contrast: Contrast, split: str | None = None) -> list[Sample]:
    """Read all images of a folder, or of one split, that there is something to learn from."""
    chosen = (entry for entry in folder.entries if split is None or entry.split == split)
    return [load_sample(entry, contrast) for entry in chosen if entry.teaches]


def entries_to_choose_on(folder: ImageFolder, most: int | None = None) -> list[Entry]:
    """List the labelled entries on which settings may be chosen.

    Those called ``val``; where there are none, all that are not called ``test``.

    Parameters
    ----------
    folder
        From `open_folder`.
    most
        At most this many, taken evenly from all of them.

    Raises
    ------
    ImageError
        If there are none.
    """
    labelled = [entry for entry in folder.entries if entry.teaches]
    chosen = [entry for entry in labelled if entry.split == "val"] or [e for e in labelled if e.split != "test"]
    if not chosen:
        raise ImageError(
            f"{folder.root} holds no labelled image: put label images beside the images, or choose another folder."
        )
    step = max(1.0, len(chosen) / most) if most else 1.0
    return [chosen[int(place * step)] for place in range(min(most or len(chosen), len(chosen)))]
