"""Building blocks that several methods use; the only room besides `models` and `training` that needs torch."""

from napari_leafseg.core.triton import load_apart

# Before anything here loads torchvision, and with it Triton.
load_apart()
