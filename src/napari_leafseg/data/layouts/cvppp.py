"""CVPPP / LSC: `plant001_rgb.png` with `plant001_label.png`, beside each other."""

from __future__ import annotations

from napari_leafseg.data.layouts.entry import Found, LabelFile
from napari_leafseg.data.layouts.listing import Listing, stem

_IMAGE, _LABEL = "_rgb", "_label"


def find(folder: Listing) -> list[Found]:
    """List the plants; nothing unless at least one has labels."""
    by_stem = {stem(name): name for name in folder.images}
    plants = []
    for key, name in by_stem.items():
        if key.endswith(_IMAGE):
            label = by_stem.get(key.removesuffix(_IMAGE) + _LABEL)
            plants.append(Found(folder.path / name, LabelFile(folder.path / label) if label else None))
    return plants if any(plant.labels for plant in plants) else []
