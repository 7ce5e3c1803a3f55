"""The prediction cache holds no more than its bytes, and tells images, weights and options apart."""

import numpy as np
import pytest
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.prediction import EmbeddingMap, Prediction, Tile
from napari_leafseg.inference.cache import PredictionCache, key_of


def _prediction(side: int = 16) -> Prediction:
    geometry = Geometry.scaled((side, side))
    return Prediction((side, side), (Tile(0, 0, EmbeddingMap(geometry, np.zeros((1, side, side), np.float32))),))


def _key(image="image", options=EncodeOptions(), segmenter=None):
    return key_of(image, segmenter or _SEGMENTER, options)


_SEGMENTER = ThresholdSegmenter()


def test_returns_what_was_put():
    cache, prediction = PredictionCache(), _prediction()
    assert cache.get(_key()) is None
    cache.put(_key(), prediction)
    assert cache.get(_key()) is prediction


@pytest.mark.parametrize(
    "other",
    [_key(image="another"), _key(options=EncodeOptions(object_size=9)), _key(segmenter=ThresholdSegmenter())],
    ids=["image", "options", "weights"],
)
def test_tells_apart(other):
    cache = PredictionCache()
    cache.put(_key(), _prediction())
    assert cache.get(other) is None


def test_same_file_same_key(tmp_path):
    path = tmp_path / "a.safetensors"
    ThresholdSegmenter().save(path)
    first, second = ThresholdSegmenter(), ThresholdSegmenter()
    first.source = second.source = path
    assert _key(segmenter=first) == _key(segmenter=second)


def test_is_bounded_and_drops_the_oldest():
    cache = PredictionCache(limit_bytes=3 * _prediction().nbytes)
    for name in "abc":
        cache.put(_key(name), _prediction())
    cache.get(_key("a"))
    cache.put(_key("d"), _prediction())
    assert [name for name in "abcd" if _key(name) in cache] == ["a", "c", "d"]
    assert cache.nbytes <= cache.limit_bytes


def test_lowering_the_limit_drops_at_once():
    cache = PredictionCache()
    for name in "abc":
        cache.put(_key(name), _prediction())
    cache.limit_bytes = _prediction().nbytes
    assert len(cache) == 1


def test_putting_twice_counts_once():
    cache = PredictionCache()
    cache.put(_key(), _prediction())
    cache.put(_key(), _prediction())
    assert cache.nbytes == _prediction().nbytes


def test_clear():
    cache = PredictionCache()
    cache.put(_key(), _prediction())
    cache.clear()
    assert (len(cache), cache.nbytes) == (0, 0)
