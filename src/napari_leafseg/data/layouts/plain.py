"""Images in a folder, and nothing known of them."""

from __future__ import annotations

from napari_leafseg.data.layouts.entry import Found
from napari_leafseg.data.layouts.listing import Listing


def find(folder: Listing) -> list[Found]:
    """List the images."""
    return [Found(folder.path / name) for name in folder.images]
