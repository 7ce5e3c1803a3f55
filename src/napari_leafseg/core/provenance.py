"""The record of how labels were made: enough to make them again.

The same JSON stands in a labels layer's metadata and in a folder run's ``record.json``.
Knows nothing of layers or files.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from napari_leafseg.core.params import FrozenModel

if TYPE_CHECKING:
    from napari_leafseg.core.options import EncodeOptions
    from napari_leafseg.core.segmenter import Segmenter

METADATA_KEY = "napari_leafseg"
"""Where a labels layer's metadata holds its record."""


class Record(FrozenModel):
    """How labels were made.

    Attributes
    ----------
    method, weights, weights_hash
        Which network; the hash is the file's SHA-256.
    options, params
        Of `encode` and `decode`, whole.
    axes
        What the image's axes are, where that was said.
    version
        Of this package.
    device
        In words.
    image_hash
        `array_hash` of the image, where the record is of one image.
    """

    method: str
    weights: str
    weights_hash: str
    options: dict[str, Any] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)
    axes: str | None = None
    version: str = ""
    device: str = ""
    image_hash: str | None = None


def record_of(
    segmenter: Segmenter,
    options: EncodeOptions,
    params: FrozenModel,
    *,
    device: str,
    axes: str | None = None,
    image_hash: str | None = None,
) -> Record:
    """Write down how ``segmenter`` makes labels."""
    from napari_leafseg import __version__
    from napari_leafseg.core.catalogue import file_hash

    source: Path | None = segmenter.source
    return Record(
        method=segmenter.method,
        weights=str(source) if source else "",
        weights_hash=file_hash(source) if source else "",
        options=options.model_dump(mode="json"),
        params=params.model_dump(mode="json"),
        axes=axes,
        version=__version__,
        device=device,
        image_hash=image_hash,
    )


def array_hash(image: Any) -> str:
    """SHA-256 of an image's shape, data type and values, in hexadecimal."""
    values = np.ascontiguousarray(image)
    digest = hashlib.sha256(f"{values.shape} {values.dtype.str}".encode())
    digest.update(values.data)
    return digest.hexdigest()
