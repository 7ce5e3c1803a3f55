"""The record of how labels were made goes through JSON whole and can be followed again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_leafseg import __version__
from napari_leafseg.core.catalogue import file_hash
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.provenance import Record, array_hash, record_of
from napari_leafseg.core.registry import Method, load


def test_a_record_can_be_followed_again(threshold_method: Method, threshold_weights: Path) -> None:
    segmenter = load("threshold", threshold_weights)
    options = EncodeOptions(object_size=12, tile=128)
    params = segmenter.defaults.replace(threshold=0.25)
    written = record_of(segmenter, options, params, device="CPU", axes="TYX", image_hash="ab")
    read = Record.parse(json.loads(written.model_dump_json()))
    assert read == written
    assert (read.version, read.weights_hash) == (__version__, file_hash(threshold_weights))
    again = load(read.method, read.weights)
    assert again.params_type.parse(read.params) == params
    assert EncodeOptions.parse(read.options) == options


def test_an_untrained_segmenter_has_no_weights_to_name(threshold_method: Method) -> None:
    segmenter = threshold_method.type().create("only", {})
    record = record_of(segmenter, EncodeOptions(), segmenter.defaults, device="CPU")
    assert (record.weights, record.weights_hash) == ("", "")


IMAGE = np.arange(12, dtype=np.uint16).reshape(3, 4)


@pytest.mark.parametrize(
    "other",
    [IMAGE + 1, IMAGE.astype(np.int32), IMAGE.reshape(4, 3), IMAGE[:, ::-1], IMAGE.astype(np.float16)],
    ids=["values", "data type", "shape", "mirrored", "half"],
)
def test_the_hash_tells_images_apart(other: np.ndarray) -> None:
    assert array_hash(other) != array_hash(IMAGE)


@pytest.mark.parametrize("same", [np.asfortranarray(IMAGE), IMAGE.copy(), np.pad(IMAGE, 1)[1:-1, 1:-1]])
def test_the_hash_does_not_depend_on_the_layout_in_memory(same: np.ndarray) -> None:
    assert array_hash(same) == array_hash(IMAGE)


@pytest.mark.parametrize("dtype", [bool, np.uint8, ">u2", np.float16, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (0, 5), (2, 3, 4)])
def test_any_image_has_a_hash(dtype: type, shape: tuple[int, ...]) -> None:
    assert len(array_hash(np.zeros(shape, dtype))) == 64
