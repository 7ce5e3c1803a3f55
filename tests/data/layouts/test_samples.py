"""Listed entries become samples, or say why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts import (
    Entry,
    ImageFolder,
    LabelFile,
    entries_to_choose_on,
    labels_of,
    load_sample,
    open_folder,
    samples_of,
)
from napari_leafseg.data.reading import write_labels


def test_a_sample_is_normalised_and_keeps_its_ids(make: Any) -> None:
    make.image("images/a.png", 51)
    make.image("labels/a.png", make.box(1, 1, 3, 3, 40))
    sample = load_sample(open_folder(make.root).entries[0])
    assert sample.name == "a" and sample.image.shape == (*make.shape, 3)
    assert np.allclose(sample.image, 0.2)
    assert sample.labels.dtype == np.int32 and sample.labels.max() == 40


def test_only_labelled_images_of_the_split_are_taken(make: Any) -> None:
    for name in "abc":
        make.image(f"images/{name}.png")
    for name in "ab":
        make.image(f"labels/{name}.png", 1)
    make.text("split.csv", "stem,split\na,train\nb,val\nc,val\n")
    folder = open_folder(make.root)
    assert [sample.name for sample in samples_of(folder, "range")] == ["a", "b"]
    assert [sample.name for sample in samples_of(folder, "range", "val")] == ["b"]
    assert samples_of(folder, "range", "test") == []


def test_an_image_without_labels_says_so(make: Any) -> None:
    make.image("a.png")
    (entry,) = open_folder(make.root).entries
    assert labels_of(entry) is None
    with pytest.raises(ImageError, match="a has no labels"):
        load_sample(entry)


def test_labels_of_another_size_are_refused(make: Any) -> None:
    make.image("a.png")
    make.image("a_masks.png", np.ones((3, 4)))
    (entry,) = open_folder(make.root).entries
    with pytest.raises(ImageError, match=r"a_masks\.png: the labels are 3 x 4 pixels but the image is 6 x 8"):
        load_sample(entry)


def test_a_stack_is_no_sample(make: Any) -> None:
    tifffile.imwrite(make.root / "a.tif", np.zeros((5, 6, 8), np.uint8), photometric="minisblack")
    write_labels(make.root / "a_masks.tif", np.ones((5, 6, 8), np.uint8))
    (entry,) = open_folder(make.root).entries
    with pytest.raises(ImageError, match=r"a\.tif is a stack"):
        load_sample(entry)
    labels = labels_of(entry, make.shape)
    assert labels is not None and labels.shape == (5, 6, 8)


def test_a_stack_of_one_plane_is_a_sample(make: Any) -> None:
    tifffile.imwrite(make.root / "a.tif", np.zeros((1, 6, 8), np.uint8), photometric="minisblack")
    write_labels(make.root / "a_masks.tif", np.ones((1, 6, 8), np.uint8))
    assert load_sample(open_folder(make.root).entries[0]).labels.shape == (6, 8)


def test_channels_become_grey(make: Any) -> None:
    channels = np.zeros((2, 6, 8), np.uint16)
    channels[0, :3] = 1000
    tifffile.imwrite(make.root / "a.tif", channels, imagej=True, metadata={"axes": "CYX"})
    make.image("a_masks.png", 1)
    image = load_sample(open_folder(make.root).entries[0]).image
    assert np.allclose(image[:3], 1) and np.allclose(image[3:], 0)


@pytest.mark.data
def test_the_real_data_is_understood(leafseg_data: Any) -> None:
    folder = open_folder(leafseg_data / "dsb2018")
    assert (folder.layout, len(folder.entries)) == ("images_labels", 530)
    assert sum(entry.split == "val" for entry in folder.entries) == 133
    assert load_sample(folder.entries[0]).labels.max() > 0


def _folder(*splits: str | None, labelled: bool = True) -> ImageFolder:
    source = LabelFile(Path("labels.tif")) if labelled else None
    entries = [Entry(str(number), Path(f"{number}.png"), source, split) for number, split in enumerate(splits)]
    return ImageFolder(Path("root"), "plain", tuple(entries))


@pytest.mark.parametrize(
    ("splits", "chosen"),
    [
        (("train", "val", "val", "test"), "12"),
        (("train", None, "test"), "01"),
        ((None, None), "01"),
    ],
)
def test_settings_are_chosen_on_val_and_never_on_test(splits, chosen):
    assert "".join(entry.name for entry in entries_to_choose_on(_folder(*splits))) == chosen


def test_many_entries_are_thinned_evenly():
    assert [entry.name for entry in entries_to_choose_on(_folder(*[None] * 10), 5)] == list("02468")


@pytest.mark.parametrize("folder", [_folder("test"), _folder(None, labelled=False)])
def test_without_labels_to_choose_on_it_says_so(folder):
    with pytest.raises(ImageError, match="no labelled image"):
        entries_to_choose_on(folder)
