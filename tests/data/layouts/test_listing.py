"""Names: their order, and that no two images share one."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts.listing import Listing, natural, unique_names


def test_numbers_are_sorted_by_value() -> None:
    names = ["plant10", "Plant9", "plant9b", "9", "plant", "é1", "10"]
    assert sorted(names, key=natural) == ["9", "10", "plant", "Plant9", "plant9b", "plant10", "é1"]


def test_digits_of_other_scripts_are_sorted_too() -> None:
    assert sorted(["٣.png", "²", "1"], key=natural)[:2] == ["1", "٣.png"]


@pytest.mark.parametrize(
    ("images", "names"),
    [
        (["a.png", "b.png"], ["a", "b"]),
        (["a.png", "a.tif", "b.png"], ["a.png", "a.tif", "b"]),
        (["a.png", "A.tif"], ["a.png", "A.tif"]),
        (["x/a.png", "y/a.png", "y/b.png"], ["x/a.png", "y/a.png", "b"]),
        (["a.png", "a.tif", "a.png.tif"], ["a.png", "a.tif", "a.png.tif"]),
    ],
)
def test_no_two_images_share_a_name(images: list[str], names: list[str]) -> None:
    root = Path("root")
    found = unique_names(root, [root / image for image in images])
    assert found == names
    assert len({name.casefold() for name in found}) == len(images)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone cannot be listed"):
        Listing.of(tmp_path / "gone")
