"""Labels of the images that were left, compressed, so that stepping through a folder loses none.

Lives as long as the window; writing them to disk is `project_saving`'s job. What is kept here is at least as new as
what is on the disk.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject

from napari_leafseg.widgets.jobs import Jobs
from napari_leafseg.widgets.project_marks import Standing


@dataclass(frozen=True, eq=False)
class Kept:
    """One labels layer's content.

    Attributes
    ----------
    labels
        (*leading, height, width).
    metadata, features
        Of their layer.
    standing
        What was said of the image and its objects.
    """

    labels: NDArray[Any]
    metadata: dict[str, Any]
    features: Any
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, eq=False)
class Packed:
    """The same, compressed."""

    content: bytes
    shape: tuple[int, ...]
    dtype: str
    metadata: dict[str, Any]
    features: Any
    standing: Standing

    @classmethod
    def of(cls, kept: Kept) -> Packed:
        """Compress (4 megapixels take some tens of milliseconds)."""
        content = zlib.compress(np.ascontiguousarray(kept.labels).data, level=1)
        return cls(content, kept.labels.shape, kept.labels.dtype.str, kept.metadata, kept.features, kept.standing)

    def unpacked(self) -> Kept:
        """Decompress."""
        pixels = np.frombuffer(bytearray(zlib.decompress(self.content)), self.dtype).reshape(self.shape)
        return Kept(pixels, self.metadata, self.features, self.standing)


class Shelf(QObject):
    """Labels by image file."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._kept: dict[Path, Kept | Packed] = {}

    def put(self, image: Path, kept: Kept, unchanged: int | None) -> None:
        """Keep the labels of an image that is left, and compress them beside the window.

        Parameters
        ----------
        image
            The image file.
        kept
            Its labels; nobody may write into them any more.
        unchanged
            `checksum` of the labels as they were read: labels that a file holds already are
            not kept. ``None`` if no file holds them, or more than labels was changed.
        """
        before = self._kept.get(image)
        self._kept[image] = kept

        def pack(*_: Any) -> tuple[Path, Kept, Packed | None]:
            if unchanged is not None and before is None and checksum(kept.labels) == unchanged:
                return image, kept, None
            return image, kept, Packed.of(kept)

        self._jobs.start(pack, returned=self._on_packed)

    def drop(self, image: Path) -> None:
        """Forget what is kept for an image."""
        self._kept.pop(image, None)

    def get(self, image: Path) -> Kept | Packed | None:
        """What is kept for an image."""
        return self._kept.get(image)

    def _on_packed(self, result: tuple[Path, Kept, Packed | None]) -> None:
        image, kept, packed = result
        if self._kept.get(image) is not kept:
            return
        if packed is None:
            del self._kept[image]
        else:
            self._kept[image] = packed


def checksum(labels: NDArray[Any]) -> int:
    """Tell label images apart, whatever their integer type."""
    return zlib.crc32(np.ascontiguousarray(labels, dtype=np.int32).data)
