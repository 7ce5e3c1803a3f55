"""PNG, JPEG, BMP and WebP files as arrays, by Pillow.

Raises whatever the decoders raise: `data.reading` turns that into a sentence. Must know
nothing of labels, layouts or windows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Pillow modes that are one grey value per pixel; "LA" loses its alpha.
_GREY = {"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
_ALPHA = {"RGBA", "RGBa"}


def read(path: Path) -> tuple[NDArray[Any], str]:
    """Read as grey (height, width), RGB or RGBA, with the axes ``"YX"`` or ``"YXS"``.

    Palettes, CMYK and other colour spaces become RGB, 16 bits stay 16 bits. The pixels lie
    as they are stored: a camera's rotation flag is not applied, so that labels drawn in
    other programs fit.
    """
    with Image.open(path) as image:
        array = _read_deep(path) if _is_deep_colour(image, path) else np.array(image.convert(_target(image.mode)))
    return array, "YXS" if array.ndim == 3 else "YX"


def read_ids(path: Path) -> tuple[NDArray[Any], str]:
    """Read a label image's stored values and axes; a palette's indices are ids, its colours are not."""
    with Image.open(path) as image:
        if image.mode == "P":
            return np.array(image), "YX"
    return read(path)


def read_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that `read` gives, from the header alone."""
    with Image.open(path) as image:
        width, height = image.size
        target = _target(image.mode)
        if _is_deep_colour(image, path):
            target = {0: "I", 2: "RGB", 4: "I", 6: "RGBA"}[_png_colour(path)]
        samples = {"RGB": (3,), "RGBA": (4,)}.get(target, ())
        return (height, width, *samples)


def read_preview(path: Path, side: int) -> NDArray[Any]:
    """Read a coarse (height, width[, samples]) version; JPEG is decoded at a fraction of its size."""
    with Image.open(path) as image:
        image.draft(None, (2 * side, 2 * side))
        step = max(1, min(image.size) // (2 * side))
        return np.array(image.convert(_target(image.mode)))[::step, ::step]


def _target(mode: str) -> str:
    if mode in ("LA", "La"):
        return "L"
    if mode in _GREY:
        return mode
    return "RGBA" if mode in _ALPHA else "RGB"


def _is_deep_colour(image: Image.Image, path: Path) -> bool:
    # Pillow cuts 16-bit PNGs with colour or alpha down to 8 bits.
    return image.format == "PNG" and image.mode in ("RGB", "RGBA", "LA") and _png_depth(path) == 16


def _png_header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(26)


def _png_depth(path: Path) -> int:
    return _png_header(path)[24]


def _png_colour(path: Path) -> int:
    return _png_header(path)[25]


def _read_deep(path: Path) -> NDArray[Any]:
    import imagecodecs

    array: NDArray[Any] = imagecodecs.png_decode(path.read_bytes())
    return array[:, :, 0] if array.ndim == 3 and array.shape[2] == 2 else array
