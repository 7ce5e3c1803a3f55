"""Rosette plants drawn from above, with their true leaves: to train on, to test on, to try things on.

Knows no file, no network and no window.
"""

from napari_leafseg.data.rosette.simple import draw_rosette

__all__ = ["draw_rosette"]
