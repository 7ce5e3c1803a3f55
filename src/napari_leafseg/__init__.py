"""Interactive instance segmentation of leaves and cells in napari.

>>> import napari_leafseg
>>> segmenter = napari_leafseg.load("harmonic", "nuclei")
>>> prediction = segmenter.encode(image)
>>> instances = segmenter.decode(prediction, segmenter.defaults.replace(bandwidth=0.4))

Importing this package imports neither torch nor Qt; what needs them is imported when used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from napari_leafseg.core.errors import LeafsegError
    from napari_leafseg.core.instances import Instances
    from napari_leafseg.core.options import EncodeOptions
    from napari_leafseg.core.registry import create, load, methods

_LAZY = {
    "EncodeOptions": "core.options",
    "Instances": "core.instances",
    "LeafsegError": "core.errors",
    "create": "core.registry",
    "load": "core.registry",
    "methods": "core.registry",
}

__all__ = ["EncodeOptions", "Instances", "LeafsegError", "__version__", "create", "load", "methods"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


def _version() -> str:
    # Reading a package's metadata takes longer than importing all of this file.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("napari-leafseg")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
