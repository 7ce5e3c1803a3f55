"""Interactive instance segmentation of leaves and cells in napari.

>>> import napari_leafseg
>>> segmenter = napari_leafseg.load("harmonic", "nuclei")
>>> prediction = segmenter.encode(image)
>>> instances = segmenter.decode(prediction, segmenter.defaults.replace(bandwidth=0.4))

Importing this package imports neither torch nor Qt; what needs them is imported when used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

try:
    __version__ = version("napari-leafseg")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

if TYPE_CHECKING:
    from napari_leafseg.core.errors import LeafsegError
    from napari_leafseg.core.instances import Instances
    from napari_leafseg.core.registry import create, load, methods
    from napari_leafseg.core.segmenter import EncodeOptions

_LAZY = {
    "EncodeOptions": "core.segmenter",
    "Instances": "core.instances",
    "LeafsegError": "core.errors",
    "create": "core.registry",
    "load": "core.registry",
    "methods": "core.registry",
}

__all__ = ["EncodeOptions", "Instances", "LeafsegError", "__version__", "create", "load", "methods"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
