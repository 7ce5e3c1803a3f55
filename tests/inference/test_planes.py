"""A stack is segmented as its planes are, whatever its axes, and can be watched and stopped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.core.errors import Cancelled, ImageError
from napari_leafseg.core.image import Axes
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.inference.planes import COLUMNS, objects_table, segment_image


@pytest.fixture
def segmenter() -> ThresholdSegmenter:
    return ThresholdSegmenter()


def stack_of(image: Any, shape: tuple[int, ...]) -> Any:
    """Repeat an image over leading axes, each plane turned differently."""
    count = int(np.prod(shape))
    return np.stack([np.roll(image, 3 * index, axis=0) for index in range(count)]).reshape(*shape, *image.shape)


@pytest.mark.parametrize("leading", [(), (1,), (4,), (2, 3), (2, 1, 2)])
def test_each_plane_of_a_stack_gets_the_labels_it_would_get_alone(
    segmenter: ThresholdSegmenter, nuclei_image: Any, leading: tuple[int, ...]
) -> None:
    stack = stack_of(nuclei_image[0], leading)
    found = segment_image(segmenter, stack)
    assert found.labels.shape == stack.shape
    assert found.labels.dtype == np.int32
    assert len(found.instances) == int(np.prod(leading))
    for number, index in enumerate(np.ndindex(leading)):
        alone = segmenter.decode(segmenter.encode(stack[index]))
        np.testing.assert_array_equal(found.labels[index], alone.labels)
        np.testing.assert_array_equal(found.instances[number].labels, alone.labels)


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((30, 40, 3), None, (30, 40)),
        ((3, 30, 40), None, (3, 30, 40)),
        ((3, 30, 40), "CYX", (30, 40)),
        ((5, 30, 40, 4), "TYXS", (5, 30, 40)),
        ((30, 40, 5), "YXT", (5, 30, 40)),
        ((2, 3, 30, 40), "TCYX", (2, 30, 40)),
        ((1, 5000), "YX", (1, 5000)),
        ((1, 1), "YX", (1, 1)),
    ],
)
def test_said_axes_decide_what_a_plane_is(
    segmenter: ThresholdSegmenter, shape: tuple[int, ...], axes: str | None, expected: tuple[int, ...]
) -> None:
    array = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    found = segment_image(segmenter, array, Axes(axes) if axes else None)
    assert found.labels.shape == expected


def test_ids_restart_in_each_plane_and_the_table_says_which(segmenter: ThresholdSegmenter, nuclei_image: Any) -> None:
    found = segment_image(segmenter, stack_of(nuclei_image[0], (2, 2)))
    table = objects_table("tray", found)
    assert tuple(table.columns) == COLUMNS
    assert list(table["plane"].unique()) == [0, 1, 2, 3]
    for plane, rows in table.groupby("plane"):
        assert list(rows["id"]) == list(range(1, found.instances[plane].count + 1))
    assert set(table["image"]) == {"tray"}
    assert len(table) == found.count


def test_an_image_without_objects_gives_an_empty_table_with_all_columns(segmenter: ThresholdSegmenter) -> None:
    found = segment_image(segmenter, np.zeros((2, 20, 20), np.uint8))
    table = objects_table("dark", found)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == found.count == 0


def test_progress_counts_planes_of_a_stack_and_tiles_of_a_plane(
    segmenter: ThresholdSegmenter, nuclei_image: Any
) -> None:
    seen: list[tuple[int, int]] = []
    segment_image(segmenter, stack_of(nuclei_image[0], (3,)), progress=lambda *step: seen.append(step))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    seen.clear()
    options = EncodeOptions(tile=64)
    segment_image(segmenter, nuclei_image[0], None, options, progress=lambda *step: seen.append(step))
    assert seen[-1][0] == seen[-1][1] == len(seen) > 1


def test_cancel_comes_between_planes(segmenter: ThresholdSegmenter, nuclei_image: Any) -> None:
    def check() -> None:
        if segmenter.encoded == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        segment_image(segmenter, stack_of(nuclei_image[0], (50,)), check=check)
    assert segmenter.encoded == 2


def test_parameters_reach_decode(segmenter: ThresholdSegmenter, nuclei_image: Any) -> None:
    assert segment_image(segmenter, nuclei_image[0], None, None, ThresholdParams(min_area=10_000)).count == 0


def test_only_one_plane_of_a_lazy_stack_is_computed_at_a_time(segmenter: ThresholdSegmenter, nuclei_image: Any) -> None:
    dask = pytest.importorskip("dask.array")
    stack = stack_of(nuclei_image[0], (3,))
    shapes = []

    def seen(block: Any) -> Any:
        shapes.append(block.shape)
        return block

    lazy = dask.from_array(stack, chunks=(1, -1, -1)).map_blocks(seen, dtype=stack.dtype, meta=stack[:0])
    np.testing.assert_array_equal(segment_image(segmenter, lazy).labels, segment_image(segmenter, stack).labels)
    assert set(shapes) == {(1, *stack.shape[1:])} and len(shapes) == 3


def test_the_plane_that_cannot_be_segmented_is_named(segmenter: ThresholdSegmenter) -> None:
    stack = np.ones((2, 3, 8, 8), np.float32)
    stack[1, 2] = np.nan
    with pytest.raises(ImageError, match=r"^Plane 1, 2 cannot be segmented\. .*no finite pixel"):
        segment_image(segmenter, stack)


@pytest.mark.parametrize(("shape", "message"), [((0, 8, 8), "no plane"), ((8,), "not an image"), ((0, 8), "zero")])
def test_arrays_without_pixels_are_refused(segmenter: ThresholdSegmenter, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        segment_image(segmenter, np.zeros(shape, np.uint8))
