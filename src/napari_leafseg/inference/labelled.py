"""Labelled images that are encoded once and scored with many parameters.

Knows one segmenter and the labels; nothing of which parameters are worth trying.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import ImageScore, score_image
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Prediction
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, silent
from napari_leafseg.inference.cache import PredictionCache, key_of
from napari_leafseg.inference.memo import BoundedMemo


@dataclass(frozen=True, eq=False)
class _Labelled:
    """The labels of one image, and the image itself where its prediction could not be kept."""

    labels: NDArray[np.int32]
    ignore: NDArray[np.bool_] | None
    image: NDArray[np.float32] | None


class LabelledImages:
    """Images with labels, as one segmenter sees them.

    What the network says is kept as long as there is room in the cache; images for whose prediction there is
    none go through the network again whenever they are scored.

    Parameters
    ----------
    segmenter, options
        Who encodes, and how.
    cache
        Where predictions are kept.
    check
        Called within the network and between steps of decoding.
    """

    def __init__(self, segmenter: Segmenter, options: EncodeOptions, cache: PredictionCache, check: Check) -> None:
        self._segmenter, self._options, self._cache, self._check = segmenter, options, cache, check
        self._images: list[_Labelled] = []

    def __len__(self) -> int:
        return len(self._images)

    def add(self, sample: Sample) -> bool:
        """Encode an image; return whether there was room to keep what the network says."""
        prediction = self._encoded(sample.image)
        kept = self._cache.nbytes + prediction.nbytes <= self._cache.limit_bytes
        if kept:
            self._cache.put(self._key(len(self)), prediction)
        self._images.append(_Labelled(sample.labels, sample.ignore, None if kept else sample.image))
        return kept

    def score(self, index: int, candidates: Sequence[Params]) -> list[ImageScore]:
        """Decode one image with several parameters, which share what they have in common, and score each."""
        image = self._images[index]
        prediction = self._prediction(index)
        memo = _CheckedMemo(BoundedMemo(), self._check)
        scores = []
        for params in candidates:
            self._check()
            labels = self._segmenter.decode(prediction, params, memo=memo).labels
            scores.append(score_image(labels, image.labels, image.ignore))
        return scores

    def _prediction(self, index: int) -> Prediction:
        image = self._images[index].image
        kept = self._cache.get(self._key(index)) if image is None else None
        if kept is None:
            assert image is not None, "the cache belongs to these images alone"
            return self._encoded(image)
        return kept

    def _encoded(self, image: NDArray[np.float32]) -> Prediction:
        return self._segmenter.encode_rgb(image, self._options, self._check, silent)

    def _key(self, index: int) -> Any:
        return key_of(index, self._segmenter, self._options)


class _CheckedMemo:
    """A memo that answers a stop before each step of decoding that it keeps."""

    def __init__(self, memo: Memo, check: Check) -> None:
        self._memo, self._check = memo, check

    def get(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        self._check()
        return self._memo.get(key, compute)
