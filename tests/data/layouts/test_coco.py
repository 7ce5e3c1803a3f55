"""COCO files: both ways of writing objects, classes, crowds, and names that lead elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.data.layouts.coco_masks import decode

SHAPE = (6, 8)
# The box with rows 1 to 3 and columns 2 to 4, written in all three ways.
BOX = np.zeros(SHAPE, bool)
BOX[1:4, 2:5] = True
POLYGON = [[2, 1, 5, 1, 5, 4, 2, 4]]
RUNS = [13, 3, 3, 3, 3, 3, 20]


def packed(runs: list[int]) -> str:
    """Pack run lengths as the format's own tools do."""
    text = ""
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        more = True
        while more:
            bits, value = value & 31, value >> 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + bits + 32 * more)
    return text


def document(**changes: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 7, "file_name": "a.png", "height": 6, "width": 8}, {"id": 8, "file_name": "b.png"}],
        "categories": [{"id": 5, "name": "stem"}, {"id": 2, "name": "leaf"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 5, "segmentation": [[0, 0, 8, 0, 8, 6, 0, 6]]},
            {"id": 2, "image_id": 7, "category_id": 2, "segmentation": {"size": [6, 8], "counts": RUNS}},
        ],
        **changes,
    }


@pytest.fixture
def coco(make: Any) -> Any:
    def write(content: Any, file: str = "annotations.json") -> Path:
        for name in ("a.png", "b.png"):
            make.image(name)
        make.text(file, json.dumps(content))
        root: Path = make.root
        return root

    return write


@pytest.mark.parametrize(
    "segmentation",
    [
        POLYGON,
        POLYGON[0],
        [[2, 1, 5, 1, 5, 2, 2, 2], [2, 2, 5, 2, 5, 4, 2, 4]],
        {"size": [6, 8], "counts": RUNS},
        {"size": [6, 8], "counts": packed(RUNS)},
    ],
    ids=["polygon", "bare polygon", "two polygons", "run lengths", "packed run lengths"],
)
def test_objects_are_read_in_every_way(segmentation: Any) -> None:
    mask = decode(segmentation, SHAPE)
    pixels = np.zeros(SHAPE, bool)
    pixels[mask.top : mask.top + mask.pixels.shape[0], mask.left : mask.left + mask.pixels.shape[1]] = mask.pixels
    assert np.array_equal(pixels, BOX)


def test_packed_run_lengths_agree_with_plain_ones_on_large_masks() -> None:
    shape = (300, 200)
    disc = (np.indices(shape)[0] - 150) ** 2 + (np.indices(shape)[1] - 90) ** 2 < 80**2
    flat = np.concatenate([[False], disc.ravel(order="F")])
    starts = np.flatnonzero(np.diff(flat))
    runs = np.diff([0, *starts, disc.size]).tolist()
    plain, text = (decode({"size": shape, "counts": counts}, shape) for counts in (runs, packed(runs)))
    assert plain.pixels.sum() == text.pixels.sum() == disc.sum()
    assert (plain.top, plain.left) == (text.top, text.left) == (71, 11)


@pytest.mark.parametrize("nothing", [[], [[]], {"size": [6, 8], "counts": [48]}])
def test_an_empty_object_has_no_pixels(nothing: Any) -> None:
    assert decode(nothing, SHAPE).pixels.size == 0


def test_classes_and_overlaps(coco: Any) -> None:
    folder = open_folder(coco(document()))
    assert (folder.layout, folder.classes) == ("coco", ("leaf", "stem"))
    first, second = folder.entries
    assert second.labels is None
    sample = load_sample(first)
    # The smaller object lies on top, though it comes second.
    assert np.array_equal(sample.labels, np.where(BOX, 2, 1))
    assert sample.classes == {1: 1, 2: 0} and sample.ignore is None


def test_crowds_are_ignored(coco: Any) -> None:
    content = document()
    content["annotations"][1]["iscrowd"] = 1
    sample = load_sample(open_folder(coco(content)).entries[0])
    assert sample.ignore is not None and np.array_equal(sample.ignore, BOX)
    assert np.array_equal(np.unique(sample.labels), [1])


def test_the_file_may_lie_in_annotations_and_name_the_split(coco: Any) -> None:
    root = coco(document(), "annotations/instances_val2017.json")
    assert [entry.split for entry in open_folder(root).entries] == ["val", "val"]


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/secret.png", "x/../../secret.png", "..\\secret.png", "C:\\secret.png"]
)
def test_names_do_not_lead_out_of_the_folder(coco: Any, make: Any, name: str) -> None:
    outside = make.root.parent / "secret.png"
    outside.write_bytes((make.image("a.png")).read_bytes())
    absolute = {"id": 9, "file_name": str(outside)}
    content = document()
    content["images"] += [{"id": 10, "file_name": name}, absolute]
    folder = open_folder(coco(content))
    assert [entry.name for entry in folder.entries] == ["a", "b"]


@pytest.mark.skipif(not hasattr(Path, "symlink_to"), reason="no links here")
def test_links_do_not_lead_out_of_the_folder(coco: Any, make: Any) -> None:
    outside = make.root.parent / "secret.png"
    outside.write_bytes(make.image("a.png").read_bytes())
    try:
        (make.root / "link.png").symlink_to(outside)
    except OSError:
        pytest.skip("no permission to make links")
    content = document()
    content["images"] += [{"id": 10, "file_name": "link.png"}]
    assert [entry.name for entry in open_folder(coco(content)).entries] == ["a", "b"]


@pytest.mark.parametrize(
    "segmentation",
    [
        [[0, 0, 1]],
        [["a", "b"]],
        [[0, 0, float("nan"), 1, 2, 2]],
        {"size": [6, 8], "counts": [3]},
        {"size": [6, 8], "counts": [50, -2]},
        {"size": [600000, 800000], "counts": [480000000000]},
        {"size": [6, 8], "counts": "~~~"},
        {"counts": [48]},
    ],
)
def test_malformed_objects_are_named(coco: Any, segmentation: Any) -> None:
    content = document()
    content["annotations"][1]["segmentation"] = segmentation
    entry = open_folder(coco(content)).entries[0]
    with pytest.raises(ImageError, match=r"annotations\.json describes object 2 of a\.png wrongly"):
        load_sample(entry)


def test_another_size_is_refused(coco: Any) -> None:
    content = document()
    content["images"][0]["height"] = 60
    with pytest.raises(ImageError, match=r"60 x 8 pixels but the image is 6 x 8"):
        load_sample(open_folder(coco(content)).entries[0])


@pytest.mark.parametrize("content", [[], {"images": []}, {"images": [1], "annotations": []}, "text", None])
def test_other_json_is_left_alone(coco: Any, content: Any) -> None:
    assert open_folder(coco(content)).layout == "plain"


def test_damaged_json_is_left_alone(make: Any) -> None:
    make.image("a.png")
    make.text("annotations.json", '{"images": [')
    assert open_folder(make.root).layout == "plain"
