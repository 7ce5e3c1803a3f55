"""Data Science Bowl 2018: `<id>/images/<id>.png` with one binary image per nucleus in `<id>/masks`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.instances import Mask
from napari_leafseg.data.layouts.entry import Found, Labelled
from napari_leafseg.data.layouts.listing import Listing, stem
from napari_leafseg.data.layouts.objects import cropped, paint_objects
from napari_leafseg.data.reading import read_labels, read_size

_IMAGES, _MASKS = "images", "masks"
_PROBED = 5


def find(folder: Listing) -> list[Found]:
    """List the images of all ids; nothing if the first few subfolders look different."""
    if folder.images or not any(_image(place) for place in islice(folder.subfolders(), _PROBED)):
        return []
    return [
        Found(image, MaskFiles(place.path / _MASKS, image) if _MASKS in place.folders else None)
        for place in folder.subfolders()
        if (image := _image(place)) is not None
    ]


def _image(place: Listing) -> Path | None:
    """Return ``<id>/images/<id>.*``."""
    inner = place.folder(_IMAGES)
    if inner is None:
        return None
    return next((inner.path / name for name in inner.images if stem(name) == place.path.name), None)


@dataclass(frozen=True)
class MaskFiles:
    """Labels as a folder of binary images, one per object; ids follow the file names.

    Where two objects overlap the smaller lies on top.

    Attributes
    ----------
    folder
        Where the binary images are.
    image
        The image that they belong to.
    """

    folder: Path
    image: Path

    teaches: ClassVar[bool] = True

    def read(self, shape: tuple[int, int] | None) -> Labelled:
        """Read and paint all masks."""
        height, width = shape or read_size(self.image)[:2]
        names = Listing.of(self.folder).images
        return Labelled(paint_objects((height, width), [self._mask(name, (height, width)) for name in names]))

    def _mask(self, name: str, shape: tuple[int, int]) -> Mask:
        pixels = read_labels(self.folder / name, shape)
        if pixels.ndim != 2:
            raise ImageError(f"{self.folder / name} is a stack: save each mask as one plane.")
        return cropped(pixels > 0)
