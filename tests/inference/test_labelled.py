"""Labelled images are decoded with many parameters at once, which share intermediate results."""

from __future__ import annotations

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.core.errors import Cancelled
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.work import never
from napari_leafseg.inference.cache import PredictionCache
from napari_leafseg.inference.labelled import LabelledImages


class _Counting(ThresholdSegmenter):
    """Counts the thresholdings, which the memo keeps by threshold."""

    thresholded = 0

    def decode_piece(self, piece, params, memo):
        outer = self

        class Counted:
            def get(self, key, compute):
                def counted():
                    outer.thresholded += 1
                    return compute()

                return memo.get(key, counted)

        return super().decode_piece(piece, params, Counted())


def _sample(nuclei_image) -> Sample:
    image, labels = nuclei_image
    return Sample("nuclei", np.repeat(image[..., np.newaxis] / np.float32(255), 3, axis=2), labels)


def test_candidates_share_what_they_have_in_common(nuclei_image) -> None:
    segmenter = _Counting()
    images = LabelledImages(segmenter, EncodeOptions(), PredictionCache(), never)
    images.add(_sample(nuclei_image))
    scores = images.score(0, [ThresholdParams(min_area=area) for area in (0, 10, 5000)])
    assert segmenter.thresholded == 1
    assert [score.predicted for score in scores] == [12, 12, 0]
    assert scores[0].sbd > 0.99


def test_a_stop_is_answered_within_a_decoding(nuclei_image) -> None:
    """A slow method's decoding takes longer than a person waits; its kept steps are where it can stop."""
    asked = []

    def check() -> None:
        if asked:
            asked.append(1)
        if len(asked) > 2:
            raise Cancelled

    segmenter = _Counting()
    images = LabelledImages(segmenter, EncodeOptions(), PredictionCache(), check)
    images.add(_sample(nuclei_image))
    asked.append(1)
    with pytest.raises(Cancelled):
        images.score(0, [ThresholdParams()])
    assert segmenter.thresholded == 0
