"""Two folders side by side: `images/` and `labels/` (or `masks/`), the same stem in both."""

from __future__ import annotations

from napari_leafseg.data.layouts.entry import Found, LabelFile
from napari_leafseg.data.layouts.listing import Listing, stem

_IMAGES = ("images", "image", "imgs", "img")
_LABELS = ("labels", "masks", "label", "mask")
_ENDINGS = ("_labels", "_label", "_masks", "_mask")


def find(folder: Listing) -> list[Found]:
    """List the images, with labels where a label image has their stem."""
    images, labels = folder.folder(*_IMAGES), folder.folder(*_LABELS)
    if images is None or labels is None:
        return []
    by_stem = {_bare(stem(name)): name for name in labels.images} | {stem(name): name for name in labels.images}
    found = []
    for name in images.images:
        label = by_stem.get(stem(name))
        found.append(Found(images.path / name, LabelFile(labels.path / label) if label else None))
    return found


def _bare(name: str) -> str:
    for ending in _ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name
