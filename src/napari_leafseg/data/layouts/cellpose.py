"""Cellpose: `x.tif` (or `x_img.tif`) with `x_masks.tif` or `x_cp_masks.png` beside it.

Its `_seg.npy` files hold pickles and are never opened.
"""

from __future__ import annotations

from napari_leafseg.data.layouts.entry import Found, LabelFile
from napari_leafseg.data.layouts.listing import Listing, stem

_MASKS = ("_cp_masks", "_masks")
_DERIVED = (*_MASKS, "_flows", "_cp_flows", "_outlines", "_cp_outlines", "_cp_output", "_dP", "_cellprob")
_IMAGE = "_img"


def find(folder: Listing) -> list[Found]:
    """List the images, without what was derived from them; nothing unless one has masks."""
    stems = {stem(name) for name in folder.images}
    masks = {_base(stem(name), _MASKS): name for name in folder.images if stem(name).endswith(_MASKS)}
    found = []
    for name in folder.images:
        base = _base(stem(name), _DERIVED)
        if base != stem(name) and (base in stems or base + _IMAGE in stems):
            continue
        label = masks.get(stem(name)) or masks.get(stem(name).removesuffix(_IMAGE))
        found.append(Found(folder.path / name, LabelFile(folder.path / label) if label else None))
    return found if any(image.labels for image in found) else []


def _base(name: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name
