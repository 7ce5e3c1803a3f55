"""The contract's own part: tiling, scaling, cancelling, prompting; seen with the torch-free segmenter."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.errors import Cancelled, ImageError, LeafsegError, ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import EmbeddingMap, Piece
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.core.weights import Card

Nuclei = tuple[NDArray[np.uint8], NDArray[np.int32]]


def test_one_label_per_nucleus(nuclei_image: Nuclei) -> None:
    image, labels = nuclei_image
    segmenter = ThresholdSegmenter()
    found = segmenter.decode(segmenter.encode(image))
    assert found.count == labels.max()
    np.testing.assert_array_equal(found.labels > 0, labels > 0)


@pytest.mark.parametrize("tile", [64, 70, 96])
def test_tiles_give_what_the_whole_gives(nuclei_image: Nuclei, tile: int) -> None:
    image = np.tile(nuclei_image[0], (3, 2))
    segmenter = ThresholdSegmenter()
    whole = segmenter.encode(image, EncodeOptions(tile="off"))
    tiled = segmenter.encode(image, EncodeOptions(tile=tile))
    assert len(whole.tiles) == 1
    assert len(tiled.tiles) > 4
    one, many = segmenter.decode(whole), segmenter.decode(tiled)
    assert many.count == one.count
    np.testing.assert_array_equal(many.labels > 0, one.labels > 0)


@pytest.mark.parametrize(
    ("shape", "options", "tiles"),
    [
        ((2048, 2048), {}, 1),
        ((2049, 2049), {}, 9),
        ((4000, 400), {}, 1),
        ((4000, 4000), {"tile": "off"}, 1),
        ((4000, 4000), {"object_size": 80}, 1),  # a quarter the side for the network
        ((600, 600), {"object_size": 2}, 49),  # ten times the side
        ((300, 300), {"tile": 400}, 1),
        ((300, 300), {"tile": 200}, 4),
        ((1, 5000), {"tile": 512}, 12),
    ],
)
def test_large_images_are_cut_by_their_size_for_the_network(
    shape: tuple[int, int], options: dict[str, Any], tiles: int
) -> None:
    segmenter, chosen = ThresholdSegmenter(), EncodeOptions(**options)
    assert len(segmenter.windows_for(shape, segmenter.scale_for(chosen), chosen)) == tiles


@pytest.mark.parametrize(("object_size", "scale"), [(None, 1), (20, 1), (40, 0.5), (10, 2)])
def test_the_object_size_rescales_the_image(nuclei_image: Nuclei, object_size: float | None, scale: float) -> None:
    image, labels = nuclei_image
    segmenter = ThresholdSegmenter()
    prediction = segmenter.encode(image, EncodeOptions(object_size=object_size))
    assert prediction.tiles[0].piece.geometry.scale == pytest.approx((scale, scale))
    found = segmenter.decode(prediction)
    assert found.labels.shape == labels.shape
    assert found.count == labels.max()


def test_weights_that_know_no_size_take_the_image_as_it_is() -> None:
    assert ThresholdSegmenter(card=Card()).scale_for(EncodeOptions(object_size=5)) == 1


@pytest.mark.parametrize(("object_size", "scale"), [(None, 1.5), (20, 1.5), (10, 3)])
def test_weights_may_ask_for_more_pixels_than_there_are(
    nuclei_image: Nuclei, object_size: float | None, scale: float
) -> None:
    """As they are, and besides what an object size asks for; the labels are the image's size all the same."""
    segmenter = ThresholdSegmenter(card=Card(object_size=20, enlarge=1.5))
    prediction = segmenter.encode(nuclei_image[0], EncodeOptions(object_size=object_size))
    assert prediction.tiles[0].piece.geometry.scale[0] == pytest.approx(scale, rel=0.05)
    assert segmenter.decode(prediction).labels.shape == nuclei_image[0].shape


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 3, 4)])
@pytest.mark.parametrize("tile", ["auto", 64])
def test_any_size_gives_labels_of_that_size(shape: tuple[int, ...], tile: Any) -> None:
    segmenter = ThresholdSegmenter()
    for value in (0, 255):
        image = np.full(shape, value, np.uint8)
        found = segmenter.decode(segmenter.encode(image, EncodeOptions(tile=tile)))
        assert found.labels.shape == shape[:2]
        assert found.labels.dtype == np.int32


def test_nothing_is_found_where_nothing_is() -> None:
    segmenter = ThresholdSegmenter()
    assert segmenter.decode(segmenter.encode(np.zeros((50, 60), np.uint16))).count == 0


def test_what_is_no_image_is_refused_before_the_network_runs() -> None:
    segmenter = ThresholdSegmenter()
    with pytest.raises(ImageError):
        segmenter.encode(np.full((5, 5), np.nan))
    assert segmenter.encoded == 0


def test_a_stop_ends_the_work_between_tiles(nuclei_image: Nuclei) -> None:
    segmenter, seen = ThresholdSegmenter(), []

    def check() -> None:
        if len(seen) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        segmenter.encode(
            nuclei_image[0],
            EncodeOptions(tile=64),
            check=check,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert segmenter.encoded == 2
    assert [done for done, _ in seen] == [1, 2]
    assert isinstance(Cancelled(), LeafsegError)


class Counting:
    """A memo that keeps everything."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self.computed = 0

    def get(self, key: tuple[Any, ...], compute: Any) -> Any:
        if key not in self.kept:
            self.kept[key] = compute()
            self.computed += 1
        return self.kept[key]


def test_the_memo_saves_work_and_changes_nothing(nuclei_image: Nuclei) -> None:
    segmenter, memo = ThresholdSegmenter(), Counting()
    prediction = segmenter.encode(nuclei_image[0], EncodeOptions(tile=64))
    params = segmenter.defaults
    for area in (4, 200, 4):
        chosen = params.replace(min_area=area)
        with_memo, without = segmenter.decode(prediction, chosen, memo=memo), segmenter.decode(prediction, chosen)
        np.testing.assert_array_equal(with_memo.labels, without.labels)
    assert memo.computed == len(prediction.tiles), "each tile has its own place in the memo, used by all three"
    assert NoMemo().get(("a",), lambda: 5) == 5


class Pointed(ThresholdSegmenter):
    """Answers a prompt with the pixels of the object under its centre."""

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        labels = self.decode_piece(piece, params, NoMemo()).labels
        row, column = prompt if len(prompt) == 2 else ((prompt[0] + prompt[2]) / 2, (prompt[1] + prompt[3]) / 2)
        return (labels == labels[round(row), round(column)]) & (labels > 0)


@pytest.mark.parametrize("tile", ["off", 64])
@pytest.mark.parametrize("prompt", [(48.0, 112.0), (40.0, 104.0, 56.0, 120.0)], ids=["point", "box"])
def test_a_prompt_is_answered_by_the_tile_that_sees_it_best(nuclei_image: Nuclei, tile: Any, prompt: Any) -> None:
    image, labels = nuclei_image
    segmenter = Pointed()
    mask = segmenter.prompt(segmenter.encode(image, EncodeOptions(tile=tile)), prompt)
    np.testing.assert_array_equal(mask, labels == labels[48, 112])


def test_a_method_may_decline(nuclei_image: Nuclei) -> None:
    segmenter = ThresholdSegmenter()
    prediction = segmenter.encode(nuclei_image[0])
    with pytest.raises(ParameterError, match="threshold does not answer points or boxes"):
        segmenter.prompt(prediction, (3, 3))
    with pytest.raises(ParameterError, match="threshold has nothing to train"):
        segmenter.stages()


def test_encode_piece_sees_a_padded_image_and_its_place(nuclei_image: Nuclei) -> None:
    seen = []

    class Watching(ThresholdSegmenter):
        multiple = 48

        def encode_piece(self, image: Any, geometry: Geometry, origin: tuple[int, int], check: Any) -> EmbeddingMap:
            seen.append((image.shape, geometry.padded_shape, origin))
            return super().encode_piece(image, geometry, origin, check)

    segmenter = Watching()
    prediction = segmenter.encode(nuclei_image[0], EncodeOptions(tile=64, object_size=10))
    assert all(shape == (*padded, 3) and shape[0] % 48 == shape[1] % 48 == 0 for shape, padded, _ in seen)
    assert [origin for _, _, origin in seen] == [(2 * tile.top, 2 * tile.left) for tile in prediction.tiles]


SAMPLE = Sample("leaf.png", np.zeros((4, 5, 3), np.float32), np.zeros((4, 5), np.int32))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels": np.zeros((5, 4), np.int32)}, "leaf.png: the labels are 5 x 4 pixels but the image is 4 x 5"),
        ({"ignore": np.zeros((4, 4), bool)}, "leaf.png: the ignore mask is 4 x 4 pixels but the image is 4 x 5"),
    ],
)
def test_a_sample_must_fit_together(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ImageError, match=says):
        dataclasses.replace(SAMPLE, **changes)


SIZED = Card(title="Sized", object_size=40, object_sizes=(20, 80))


def _seedlings(side: int, diameter: int) -> NDArray[np.uint8]:
    """Three bright discs close together in a corner of a dark picture."""
    image = np.zeros((side, side), np.uint8)
    rows, columns = np.mgrid[:side, :side]
    for row, column in ((80, 80), (80, 110), (115, 95)):
        image[(rows - row) ** 2 + (columns - column) ** 2 < (diameter / 2) ** 2] = 255
    return image


@pytest.mark.parametrize(("diameter", "wanted"), [(6, 40), (12, 40), (26, 40)])
def test_weights_that_know_a_range_of_sizes_find_the_scale(diameter: int, wanted: float) -> None:
    """Objects get the middle of the range, however small they are."""
    image = _seedlings(400, diameter)
    segmenter = ThresholdSegmenter(card=SIZED)
    prediction = segmenter.encode(image)
    scale = prediction.tiles[0].piece.geometry.scale[0]
    assert scale * diameter == pytest.approx(wanted, rel=0.15)
    found = segmenter.decode(prediction)
    assert found.labels.shape == image.shape
    assert found.count == 3
    overlap = ((found.labels > 0) & (image > 0)).sum() / ((found.labels > 0) | (image > 0)).sum()
    assert overlap > 0.75


def test_far_enlarged_only_the_part_with_objects_is_run() -> None:
    image = _seedlings(700, 7)
    segmenter = ThresholdSegmenter(card=SIZED)
    prediction = segmenter.encode(image)
    (tile,) = prediction.tiles
    assert tile.piece.geometry.image_shape[0] < 200
    assert segmenter.decode(prediction).count == 3
    assert segmenter.prompt(prediction, (600.0, 600.0)).sum() == 0


def test_small_plants_far_apart_are_run_one_by_one_and_the_progress_is_that_of_all() -> None:
    image = np.maximum(_seedlings(700, 12), _seedlings(700, 12)[::-1, ::-1])
    segmenter, told = ThresholdSegmenter(card=SIZED), list[tuple[int, int]]()
    prediction = segmenter.encode(image, progress=lambda done, of: told.append((done, of)))
    assert [tile.piece.geometry.image_shape[0] < 250 for tile in prediction.tiles] == [True, True]
    assert told[-1] == (2, 2) and sorted(told) == told
    found = segmenter.decode(prediction)
    assert found.labels.shape == image.shape and found.count == 6


def test_a_given_object_size_is_taken_instead() -> None:
    prediction = ThresholdSegmenter(card=SIZED).encode(_seedlings(400, 12), EncodeOptions(object_size=80))
    assert prediction.tiles[0].piece.geometry.scale[0] == pytest.approx(0.5)
