"""Predictions kept, so that no image goes through the same network twice.

Bounded by bytes, least recently used out first. Knows neither windows nor threads, but may
be asked from several: workers look a prediction up before they run the network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from napari_leafseg.core.catalogue import file_hash
from napari_leafseg.core.options import EncodeOptions

if TYPE_CHECKING:
    from napari_leafseg.core.prediction import Prediction
    from napari_leafseg.core.segmenter import Segmenter

DEFAULT_BYTES = 1024 * 2**20


@dataclass(frozen=True)
class Key:
    """What a prediction depends on.

    Attributes
    ----------
    image
        Names the pixels, for example `core.provenance.array_hash` of the plane.
    weights
        Hash of the weights file; for a segmenter without one, the segmenter itself.
    options
        Of `encode`, whole.
    """

    image: Hashable
    weights: Hashable
    options: EncodeOptions


def key_of(image: Hashable, segmenter: Segmenter, options: EncodeOptions) -> Key:
    """Name the prediction of an image by a segmenter."""
    source = segmenter.source
    return Key(image, (segmenter.method, file_hash(source)) if source else segmenter, options)


class PredictionCache:
    """The latest predictions, as many as ``limit_bytes`` holds."""

    def __init__(self, limit_bytes: int = DEFAULT_BYTES) -> None:
        self._limit = limit_bytes
        self._entries: OrderedDict[Key, Prediction] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self._bytes

    @property
    def limit_bytes(self) -> int:
        """Most memory to hold, in bytes; lowering it drops the oldest at once."""
        return self._limit

    @limit_bytes.setter
    def limit_bytes(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._shrink()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def get(self, key: Key) -> Prediction | None:
        """Return the prediction, which thereby is the newest; ``None`` if it is not kept."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key]

    def put(self, key: Key, prediction: Prediction) -> None:
        """Keep a prediction, dropping the oldest for it; one that is too large alone is not kept."""
        with self._lock:
            before = self._entries.pop(key, None)
            self._bytes -= before.nbytes if before else 0
            self._entries[key] = prediction
            self._bytes += prediction.nbytes
            self._shrink()

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _shrink(self) -> None:
        while self._bytes > self._limit and self._entries:
            _, dropped = self._entries.popitem(last=False)
            self._bytes -= dropped.nbytes
