"""Any image a biologist has is read as it is meant, or refused in one sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data import tiff
from napari_leafseg.data.reading import IMAGE_SUFFIXES, read_image, read_labels, read_size, read_thumbnail

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 30), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
DEEP = GREY.astype(np.uint16) * 200
PAGES = np.stack([GREY, GREY[::-1], GREY[:, ::-1]])

Writer = Callable[[Path], Any]


def pil(array: NDArray[Any], mode: str | None = None, **options: Any) -> Writer:
    image = Image.fromarray(array)
    return lambda path: (image.convert(mode) if mode else image).save(path, **options)


def png(array: NDArray[Any]) -> Writer:
    return lambda path: path.write_bytes(imagecodecs.png_encode(array))


def tif(array: NDArray[Any], **options: Any) -> Writer:
    return lambda path: tifffile.imwrite(path, array, **options)


# name, how it is written, and the axes, data type and shape that are to be read
KINDS: dict[str, tuple[Writer, str, str, tuple[int, ...]]] = {
    "grey.png": (pil(GREY), "YX", "uint8", (20, 30)),
    "colour.png": (pil(COLOUR), "YXS", "uint8", (20, 30, 3)),
    "alpha.png": (pil(COLOUR, "RGBA"), "YXS", "uint8", (20, 30, 4)),
    "grey_alpha.png": (pil(GREY, "LA"), "YX", "uint8", (20, 30)),
    "palette.png": (pil(COLOUR, "P"), "YXS", "uint8", (20, 30, 3)),
    "bool.png": (pil(GREY > 99), "YX", "bool", (20, 30)),
    "deep.png": (pil(DEEP), "YX", "uint16", (20, 30)),
    "deep_colour.png": (png(COLOUR.astype(np.uint16) * 257), "YXS", "uint16", (20, 30, 3)),
    "deep_alpha.png": (png(np.dstack([DEEP] * 4)), "YXS", "uint16", (20, 30, 4)),
    "deep_grey_alpha.png": (png(np.dstack([DEEP, DEEP])), "YX", "uint16", (20, 30)),
    "grey.jpg": (pil(GREY), "YX", "uint8", (20, 30)),
    "cmyk.jpg": (pil(COLOUR, "CMYK"), "YXS", "uint8", (20, 30, 3)),
    "colour.bmp": (pil(COLOUR), "YXS", "uint8", (20, 30, 3)),
    "colour.webp": (pil(COLOUR), "YXS", "uint8", (20, 30, 3)),
    "grey.tif": (tif(GREY), "YX", "uint8", (20, 30)),
    "colour.tif": (tif(COLOUR, compression="lzw", predictor=True), "YXS", "uint8", (20, 30, 3)),
    "planar.tif": (
        tif(np.moveaxis(COLOUR, 2, 0), photometric="rgb", planarconfig="separate"),
        "SYX",
        "uint8",
        (3, 20, 30),
    ),
    "unsaid_colour.tif": (tif(COLOUR, photometric="minisblack"), "YXS", "uint8", (20, 30, 3)),
    "cmyk.tif": (pil(COLOUR, "CMYK"), "YXS", "uint8", (20, 30, 3)),
    "palette.tif": (pil(COLOUR, "P"), "YXS", "uint8", (20, 30, 3)),
    "grey_alpha.tif": (pil(GREY, "LA"), "YX", "uint8", (20, 30)),
    "bool.tif": (tif(GREY > 99), "YX", "bool", (20, 30)),
    "double.tif": (tif(GREY / 255), "YX", "float64", (20, 30)),
    "big_endian.tif": (tif(DEEP.astype(">u2"), byteorder=">"), "YX", "uint16", (20, 30)),
    "one_pixel.tif": (tif(GREY[:1, :1]), "YX", "uint8", (1, 1)),
    "one_row.png": (pil(np.zeros((1, 5000), np.uint8)), "YX", "uint8", (1, 5000)),
    "three_pages.tif": (tif(PAGES, photometric="minisblack"), "QYX", "uint8", (3, 20, 30)),
    "three_plain_pages.tif": (tif(PAGES, photometric="minisblack", metadata=None), "IYX", "uint8", (3, 20, 30)),
    "imagej.tif": (
        tif(np.zeros((5, 2, 20, 30), np.uint16), imagej=True, metadata={"axes": "TCYX"}),
        "TCYX",
        "uint16",
        (5, 2, 20, 30),
    ),
    "imagej_colour.tif": (
        tif(np.stack([COLOUR] * 2), imagej=True, metadata={"axes": "CYXS"}),
        "QYXS",
        "uint8",
        (2, 20, 30, 3),
    ),
    "ome.tif": (tif(PAGES, ome=True, metadata={"axes": "ZYX"}), "ZYX", "uint8", (3, 20, 30)),
    "five_axes.tif": (
        tif(np.zeros((2, 3, 20, 30), np.uint8), photometric="minisblack"),
        "QRYX",
        "uint8",
        (2, 3, 20, 30),
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_read_with_its_axes(tmp_path: Path, name: str) -> None:
    write, axes, dtype, shape = KINDS[name]
    write(tmp_path / name)
    image = read_image(tmp_path / name)
    assert (image.axes.names, image.array.dtype, image.array.shape) == (axes, np.dtype(dtype), shape)
    assert image.array.dtype.isnative
    assert read_size(tmp_path / name) == shape


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_thumbnail(tmp_path: Path, name: str) -> None:
    write, *_ = KINDS[name]
    write(tmp_path / name)
    thumbnail = read_thumbnail(tmp_path / name, 16)
    assert thumbnail.dtype == np.uint8 and thumbnail.shape[2] == 3 and max(thumbnail.shape[:2]) == 16


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("grey.png", GREY),
        ("colour.png", COLOUR),
        ("deep.png", DEEP),
        ("deep_colour.png", COLOUR.astype(np.uint16) * 257),
        ("colour.bmp", COLOUR),
        ("big_endian.tif", DEEP),
        ("three_pages.tif", PAGES),
        ("cmyk.tif", np.asarray(Image.fromarray(COLOUR).convert("CMYK").convert("RGB"))),
        ("palette.tif", np.asarray(Image.fromarray(COLOUR).convert("P").convert("RGB"))),
    ],
)
def test_values_are_kept(tmp_path: Path, name: str, expected: NDArray[Any]) -> None:
    KINDS[name][0](tmp_path / name)
    read = read_image(tmp_path / name).array
    assert np.abs(read.astype(int) - expected.astype(int)).max() <= (1 if "cmyk" in name else 0)


def test_white_is_zero_is_turned_around(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "fax.tif", GREY, photometric="miniswhite")
    assert np.array_equal(read_image(tmp_path / "fax.tif").array, 255 - GREY)


def test_the_content_counts_not_the_suffix(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "photo.tif", format="PNG")
    assert np.array_equal(read_image(tmp_path / "photo.tif").array, COLOUR)


def test_the_axes_can_be_said(tmp_path: Path) -> None:
    KINDS["three_pages.tif"][0](tmp_path / "pages.tif")
    assert read_image(tmp_path / "pages.tif").axes.leading == "Q"
    said = read_image(tmp_path / "pages.tif", axes="CYX")
    assert (said.axes.leading, said.axes.channel) == ("", "C")


@pytest.mark.parametrize("axes", ["YX", "TZYX", "TTX", "YXQ3"])
def test_axes_that_do_not_fit_are_refused(tmp_path: Path, axes: str) -> None:
    KINDS["three_pages.tif"][0](tmp_path / "pages.tif")
    with pytest.raises(ImageError, match=r"pages\.tif"):
        read_image(tmp_path / "pages.tif", axes=axes)


def test_large_tiffs_stay_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff, "MAPPED_ABOVE", 100)
    KINDS["three_pages.tif"][0](tmp_path / "pages.tif")
    image = read_image(tmp_path / "pages.tif")
    assert isinstance(image.array, np.memmap) and np.array_equal(image.array, PAGES)


def test_dark_images_show_in_thumbnails(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "dark.tif", (GREY / 50).astype(np.uint16))
    assert read_thumbnail(tmp_path / "dark.tif", 32).max() > 150


def test_a_thumbnail_without_any_value_names_the_file(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "nan.tif", np.full((4, 5), np.nan, np.float32))
    with pytest.raises(ImageError, match=r"nan\.tif: .*no finite pixel"):
        read_thumbnail(tmp_path / "nan.tif")


@pytest.mark.parametrize("values", [[[0, 0], [0, 0]], [[np.inf, 1], [-np.inf, np.nan]]])
def test_black_and_infinite_images_have_thumbnails(tmp_path: Path, values: Any) -> None:
    tifffile.imwrite(tmp_path / "odd.tif", np.array(values, np.float32))
    assert read_thumbnail(tmp_path / "odd.tif", 8).shape == (8, 8, 3)


# --- what is refused ------------------------------------------------------------------


def cut(write: Writer, share: float) -> Writer:
    def shortened(path: Path) -> None:
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return shortened


REFUSED: dict[str, tuple[Writer, str]] = {
    "missing.png": (lambda path: None, "There is no file"),
    "folder.png": (lambda path: path.mkdir(), "is a folder"),
    "empty.png": (lambda path: path.write_bytes(b""), "0 bytes"),
    "empty.tif": (lambda path: path.write_bytes(b""), "0 bytes"),
    "text.png": (lambda path: path.write_text("no image, just words"), "not a PNG"),
    "cut.png": (cut(pil(COLOUR), 0.6), "damaged"),
    "deep_cut.png": (cut(png(np.dstack([DEEP] * 3)), 0.6), "damaged"),
    "cut.jpg": (cut(pil(COLOUR), 0.6), "damaged"),
    "cut.tif": (cut(tif(COLOUR), 0.6), "cut off"),
    "cut_pages.tif": (cut(tif(PAGES, photometric="minisblack", compression="zlib"), 0.6), "cut off"),
    "header.tif": (lambda path: path.write_bytes(b"II*\0"), "damaged"),
    "header.png": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    write, reason = REFUSED[name]
    write(tmp_path / name)
    with pytest.raises(ImageError, match=reason) as caught:
        read_image(tmp_path / name)
    message = str(caught.value)
    assert name in message and message.endswith(".") and "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    "name", ["colour.png", "deep_colour.png", "cmyk.jpg", "colour.webp", "ome.tif", "colour.tif", "imagej_colour.tif"]
)
def test_a_cut_file_is_never_half_an_image(tmp_path: Path, name: str) -> None:
    """Wherever it is cut: the whole image or an `ImageError`, nothing between."""
    path = tmp_path / name
    KINDS[name][0](path)
    whole, content = read_image(path).array, path.read_bytes()
    for end in random.Random(0).sample(range(len(content)), 60):
        path.write_bytes(content[:end])
        try:
            assert np.array_equal(read_image(path).array, whole)
        except ImageError:
            continue


@pytest.mark.parametrize("name", ["colour.png", "cmyk.jpg", "palette.tif", "imagej.tif", "colour.tif", "one_pixel.tif"])
def test_altered_files_raise_only_image_errors(tmp_path: Path, name: str) -> None:
    path, dice = tmp_path / name, random.Random(1)
    KINDS[name][0](path)
    content = path.read_bytes()
    for _ in range(60):
        altered = bytearray(content)
        altered[dice.randrange(min(400, len(altered)))] = dice.randrange(256)
        path.write_bytes(altered)
        for read in (read_image, read_size, read_thumbnail, read_labels):
            try:
                read(path)
            except ImageError as error:
                assert name in str(error)


def test_a_decompression_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.fromarray(GREY).save(tmp_path / "bomb.png")
    with pytest.raises(ImageError, match=r"bomb\.png .*too large"):
        read_image(tmp_path / "bomb.png")


def test_a_tiff_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "bomb.tif", np.zeros((500, 500), np.uint8), compression="zlib")
    with tifffile.TiffFile(tmp_path / "bomb.tif", mode="r+") as file:
        for tag in ("ImageWidth", "ImageLength"):
            file.pages.first.tags[tag].overwrite(60_000)
    with pytest.raises(ImageError, match=r"bomb\.tif .*claims to unpack"):
        read_image(tmp_path / "bomb.tif")


def test_files_are_closed(tmp_path: Path) -> None:
    """On Windows an open file cannot be removed; elsewhere the warning would be an error."""
    for name in ("palette.png", "deep_colour.png", "imagej.tif"):
        KINDS[name][0](tmp_path / name)
        for read in (read_image, read_size, read_thumbnail, read_labels):
            read(tmp_path / name)
        (tmp_path / name).unlink()


# --- labels ---------------------------------------------------------------------------

IDS = np.array([[0, 0, 7], [2, 2, 7]], np.uint16)
COLOURS = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0]], np.uint8)


def palette(path: Path) -> None:
    image = Image.fromarray(IDS.astype(np.uint8), mode="P")
    image.putpalette([9, 9, 9] * 256)
    image.save(path)


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        ("deep.png", png(IDS), IDS),
        ("palette.png", palette, IDS),
        ("colours.png", pil(COLOURS[[[0, 0, 2], [1, 1, 2]]]), [[0, 0, 1], [2, 2, 1]]),
        ("grey_as_colour.png", pil(np.dstack([IDS.astype(np.uint8)] * 3)), IDS),
        ("mask.png", pil(IDS > 0), IDS > 0),
        ("float.tif", tif(IDS.astype(np.float32)), IDS),
        ("signed.tif", tif(IDS.astype(np.int32)), IDS),
        ("one_page.tif", tif(IDS[np.newaxis], photometric="minisblack"), IDS),
        ("stack.tif", tif(np.stack([IDS] * 2), photometric="minisblack"), [IDS, IDS]),
    ],
)
def test_labels_are_read_as_ids(tmp_path: Path, name: str, write: Writer, expected: Any) -> None:
    write(tmp_path / name)
    labels = read_labels(tmp_path / name)
    assert labels.dtype == np.int32 and np.array_equal(labels, expected)
    assert np.array_equal(read_labels(tmp_path / name, (2, 3)), expected)


def test_colours_without_black_have_no_background(tmp_path: Path) -> None:
    pil(COLOURS[[[1, 1, 2]]])(tmp_path / "colours.png")
    assert np.array_equal(read_labels(tmp_path / "colours.png"), [[2, 2, 1]])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full((2, 3), 0.5, np.float32), "whole numbers"),
        (np.full((2, 3), np.nan, np.float32), "whole numbers"),
        (np.full((2, 3), -1, np.int32), "-1"),
        (np.full((2, 3), 2**32 - 1, np.uint32), "4294967295"),
        (np.zeros((4, 5), np.uint8), "4 x 5 pixels but the image is 2 x 3"),
    ],
)
def test_what_are_no_labels_is_refused(tmp_path: Path, values: NDArray[Any], reason: str) -> None:
    tifffile.imwrite(tmp_path / "labels.tif", values, photometric="minisblack")
    with pytest.raises(ImageError, match=reason) as caught:
        read_labels(tmp_path / "labels.tif", (2, 3))
    assert "labels.tif" in str(caught.value)


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)
