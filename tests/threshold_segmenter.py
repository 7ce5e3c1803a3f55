"""The sixth method: a torch-free segmenter that shows what a method must bring.

Its network is the grey value, its decoding a threshold and connected components. It
drives the window and command-line tests, and passes the same contract test as the others.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances, relabel
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.params import Params, param
from napari_leafseg.core.prediction import EmbeddingMap, Piece, Prediction
from napari_leafseg.core.registry import Method
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import Card, Header, write
from napari_leafseg.core.work import Check


class ThresholdParams(Params):
    """Live parameters of the threshold method."""

    threshold: float = param(0.5, title="Threshold", help="Brighter pixels are objects.", low=0, high=1, step=0.01)
    min_area: int = param(
        4, title="Minimum area", help="Smaller objects are dropped.", low=0, high=10_000, unit="px", log=True
    )
    invert: bool = param(False, title="Invert", help="Objects are dark.")


class ThresholdSegmenter(Segmenter):
    """Threshold and components.

    ``delay`` makes every call of `check` wait, so that tests can watch long work.
    """

    method = "threshold"
    params_type = ThresholdParams

    def __init__(self, delay: float = 0.0, card: Card | None = None) -> None:
        self.delay = delay
        self.card = card or Card(title="Threshold", subject="anything", licence="CC0", object_size=20)
        self.defaults = ThresholdParams()
        self.encoded = 0

    @classmethod
    def create(cls, preset: str, config: dict[str, Any]) -> Self:
        return cls(**config)

    @classmethod
    def from_weights(cls, path: Path, header: Header) -> Self:
        segmenter = cls(card=header.card, **header.config)
        segmenter.defaults = ThresholdParams.parse(header.params)
        segmenter.source = path
        return segmenter

    def save(self, path: Path) -> None:
        header = Header(
            method=self.method,
            preset="only",
            config={"delay": self.delay},
            params=self.defaults.model_dump(mode="json"),
            card=self.card,
        )
        write(path, header, {})

    def encode_piece(
        self, image: NDArray[np.float32], geometry: Geometry, origin: tuple[int, int], check: Check
    ) -> EmbeddingMap:
        for _ in range(20 if self.delay else 1):
            check()
            time.sleep(self.delay)
        self.encoded += 1
        height, width = geometry.scaled_shape
        return EmbeddingMap(geometry, image[:height, :width].mean(axis=2)[np.newaxis])

    def decode_with_truth(
        self, prediction: Prediction, labels: NDArray[np.int32], params: Params | None = None
    ) -> Instances:
        """Told where each object is, only what the threshold misses is missing."""
        found = self.decode(prediction, params).labels > 0
        told = relabel(np.where(found, labels, 0))
        return Instances(told, np.ones(told.max(), np.float32))

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        assert isinstance(piece, EmbeddingMap)
        assert isinstance(params, ThresholdParams)
        grey = np.asarray(piece.embedding[0])
        mask = memo.get(("mask", params.threshold, params.invert), lambda: (grey > params.threshold) != params.invert)
        labels = piece.geometry.to_image(label(mask, connectivity=1)).astype(np.int32)
        count = int(labels.max(initial=0))
        area = np.bincount(labels.ravel(), minlength=count + 1)[1:]
        return Instances(labels, np.ones(count, np.float32)).select(area >= max(1, params.min_area))


METHOD = Method(
    name="threshold",
    title="Threshold",
    summary="Brighter than a value, connected.",
    paper="none",
    presets=("only",),
    factory=f"{__name__}:ThresholdSegmenter",
)
