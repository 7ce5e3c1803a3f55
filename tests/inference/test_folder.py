"""A folder run writes what it says, goes on where it stopped, mixes nothing, and survives bad files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.core.errors import Cancelled, DeviceError, ImageError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.data.reading import read_image, read_labels
from napari_leafseg.inference.events import Finished, ImageDone, ImageFailed, ImageSkipped, Started
from napari_leafseg.inference.folder import segment_files
from napari_leafseg.inference.planes import COLUMNS, segment_image
from napari_leafseg.inference.records import read_record
from napari_leafseg.inference.sources import sources_of


@pytest.fixture
def segmenter(threshold_weights: Path) -> ThresholdSegmenter:
    found = ThresholdSegmenter()
    found.source = threshold_weights
    return found


@pytest.fixture
def images(tmp_path: Path, nuclei_image: Any) -> list[Path]:
    folder = tmp_path / "in"
    folder.mkdir()
    files = [folder / f"plant {index}.png" for index in range(4)]
    for index, file in enumerate(files):
        Image.fromarray(np.roll(nuclei_image[0], 5 * index, axis=1)).save(file)
    return files


def run(segmenter: ThresholdSegmenter, files: list[Path], out: Path, *args: Any, **kwargs: Any) -> list[Any]:
    return list(segment_files(segmenter, files, out, *args, **kwargs))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "objects.csv")


# --- what is written ------------------------------------------------------------------


def test_labels_are_those_of_the_script(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    events = run(segmenter, images, tmp_path / "out")
    for file, event in zip(images, events[1:-1], strict=True):
        labels = read_labels(tmp_path / "out" / f"{file.stem}.tif")
        expected = segmenter.decode(segmenter.encode(read_image(file).array))
        np.testing.assert_array_equal(labels, expected.labels)
        assert (event.objects, event.planes, event.labels) == (
            expected.count,
            1,
            str(tmp_path / "out" / f"{file.stem}.tif"),
        )


def test_events_come_in_order(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    events = run(segmenter, images, tmp_path / "out")
    assert [type(event) for event in events] == [Started, *[ImageDone] * 4, Finished]
    assert [event.name for event in events[1:-1]] == [file.stem for file in images]
    assert (events[0].images, events[0].finished) == (4, 0)
    last = events[-1]
    assert (last.done, last.skipped, last.failed) == (4, 0, 0)
    assert last.objects == sum(event.objects for event in events[1:-1]) == len(rows(tmp_path / "out"))


def test_the_table_has_one_row_per_object(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images, tmp_path / "out")
    table = rows(tmp_path / "out")
    assert tuple(table.columns) == COLUMNS
    for name, part in table.groupby("image"):
        labels = read_labels(tmp_path / "out" / f"{name}.tif")
        assert list(part["id"]) == list(range(1, labels.max() + 1))
        for row in part.itertuples():
            top, left, bottom, right = map(int, row.box.split())
            assert (labels[top:bottom, left:right] == row.id).sum() == row.area == (labels == row.id).sum()
            centre = [float(part) for part in row.centroid.split()]
            np.testing.assert_allclose(centre, np.argwhere(labels == row.id).mean(axis=0), atol=0.01)
    assert table["class"].isna().all() and table["order"].isna().all()


def test_a_stack_gives_a_stack_and_its_planes_in_the_table(
    segmenter: ThresholdSegmenter, nuclei_image: Any, tmp_path: Path
) -> None:
    stack = np.stack([nuclei_image[0], nuclei_image[0] * 0, nuclei_image[0]])
    tifffile.imwrite(tmp_path / "time.tif", stack, photometric="minisblack")
    seen: list[tuple[int, int]] = []
    events = run(
        segmenter, [tmp_path / "time.tif"], tmp_path / "out", overlay=True, progress=lambda *step: seen.append(step)
    )
    assert events[1].planes == 3
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert read_labels(tmp_path / "out" / "time.tif").shape == stack.shape
    assert set(rows(tmp_path / "out")["plane"]) == {0, 2}
    assert {path.name for path in (tmp_path / "out" / "overlays").iterdir()} == {
        "time_0000.png",
        "time_0001.png",
        "time_0002.png",
    }


def test_said_axes_are_used_and_recorded(segmenter: ThresholdSegmenter, nuclei_image: Any, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "c.tif", np.stack([nuclei_image[0]] * 3), photometric="minisblack")
    run(segmenter, [tmp_path / "c.tif"], tmp_path / "out", axes="CYX")
    assert read_labels(tmp_path / "out" / "c.tif").shape == nuclei_image[0].shape
    assert read_record(tmp_path / "out" / "record.json").axes == "CYX"


def test_overlays_show_the_objects(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images[:1], tmp_path / "out", overlay=True)
    picture = np.asarray(Image.open(tmp_path / "out" / "overlays" / "plant 0.png")).astype(int)
    labels = read_labels(tmp_path / "out" / "plant 0.tif")
    coloured = np.ptp(picture, axis=2) > 0
    assert coloured[labels > 0].all() and not coloured[labels == 0].any()


def test_the_record_says_how(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    params, options = ThresholdParams(threshold=0.25), EncodeOptions(object_size=40, device="cpu")
    run(segmenter, images[:1], tmp_path / "out", options, params)
    record = read_record(tmp_path / "out" / "record.json")
    assert record.method == "threshold"
    assert record.params == params.model_dump(mode="json")
    assert record.options == options.model_dump(mode="json")
    assert Path(record.weights).is_absolute() and len(record.weights_hash) == 64
    assert record.device == "CPU"


def test_the_journal_names_image_and_hash(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images, tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out" / "images.jsonl").read_text().splitlines()]
    assert [line["image"] for line in lines] == [str(file) for file in images]
    assert len({line["image_hash"] for line in lines}) == 4


def test_going_over_a_finished_folder_changes_nothing(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    run(segmenter, images, tmp_path / "out", overlay=True)
    before = snapshot(tmp_path / "out")
    assert run(segmenter, images, tmp_path / "out")[-1].skipped == 4
    assert snapshot(tmp_path / "out") == before


# --- names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["/d/a.png", "/d/b.png"], ["a", "b"]),
        (["/d/a.png", "/d/a.png"], ["a"]),
        (["/d/a.png", "/d/a.tif"], ["a_png", "a_tif"]),
        (["/d/one/a.png", "/d/two/a.png"], ["one_a", "two_a"]),
        (["/d/one/a.png", "/d/two/a.png", "/d/two/a.tif"], ["one_a_png", "two_a_png", "two_a_tif"]),
        (["/d/1/x/a.png", "/d/2/x/a.png"], ["1_x_a", "2_x_a"]),
        (["/d/a.png", "/d/A.tif"], ["a_png", "A_tif"]),
        (["/d/a.png", "/d/a.tif", "/d/a_png.tif"], ["a_png", "a_tif", "a_png_2"]),
        (["/d/ä ö 漢.png"], ["ä ö 漢"]),
        (["/d/plant.1.png"], ["plant.1"]),
    ],
)
def test_each_image_gets_a_name_of_its_own(files: list[str], names: list[str]) -> None:
    assert [source.name for source in sources_of(Path(file) for file in files)] == names


def test_two_images_of_one_stem_are_both_written(
    segmenter: ThresholdSegmenter, images: list[Path], nuclei_image: Any, tmp_path: Path
) -> None:
    twin = images[0].with_suffix(".tif")
    tifffile.imwrite(twin, nuclei_image[0] * 0)
    run(segmenter, [images[0], twin], tmp_path / "out")
    assert read_labels(tmp_path / "out" / "plant 0_png.tif").max() == 12
    assert read_labels(tmp_path / "out" / "plant 0_tif.tif").max() == 0
    assert set(rows(tmp_path / "out")["image"]) == {"plant 0_png"}


# --- resuming -------------------------------------------------------------------------


def stop_after(count: int, segmenter: ThresholdSegmenter) -> Callable[[], None]:
    def check() -> None:
        if segmenter.encoded == count:
            raise Cancelled

    return check


def test_a_stopped_run_goes_on_where_it_stopped(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(Cancelled):
        run(segmenter, images, tmp_path / "out", check=stop_after(2, segmenter))
    events = run(segmenter, images, tmp_path / "out")
    assert [type(event) for event in events] == [Started, *[ImageSkipped] * 2, *[ImageDone] * 2, Finished]
    assert events[0].finished == 2
    assert [event.name for event in events[1:-1]] == [file.stem for file in images]
    run(segmenter, images, tmp_path / "at once")
    for name in ("objects.csv", *(f"{file.stem}.tif" for file in images)):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "at once" / name).read_bytes()


def cut_the_table(out: Path) -> None:
    text = (out / "objects.csv").read_text()
    (out / "objects.csv").write_text(text[:-7])


def lose_a_journal_line(out: Path) -> None:
    lines = (out / "images.jsonl").read_text().splitlines(keepends=True)
    (out / "images.jsonl").write_text("".join(lines[:-1]) + lines[-1][:40])


def interrupted_while_writing_rows(out: Path) -> None:
    lose_a_journal_line(out)
    (out / "plant 3.tif").unlink()
    cut_the_table(out)


def lose_labels(out: Path) -> None:
    (out / "plant 1.tif").unlink()


@pytest.mark.parametrize(
    ("damage", "again"),
    [
        (lose_a_journal_line, {"plant 3"}),
        (interrupted_while_writing_rows, {"plant 3"}),
        (lose_labels, {"plant 1"}),
        (lambda out: (out / "images.jsonl").unlink(), {"plant 0", "plant 1", "plant 2", "plant 3"}),
    ],
    ids=["before the journal", "while writing rows", "labels deleted", "no journal"],
)
def test_no_row_is_lost_or_doubled_wherever_a_run_was_cut(
    segmenter: ThresholdSegmenter,
    images: list[Path],
    tmp_path: Path,
    damage: Callable[[Path], None],
    again: set[str],
) -> None:
    out = tmp_path / "out"
    run(segmenter, images, out)
    whole = rows(out)
    damage(out)
    events = run(segmenter, images, out)
    assert {event.name for event in events if isinstance(event, ImageDone)} == again
    order = ["image", "plane", "id"]
    pd.testing.assert_frame_equal(
        rows(out).sort_values(order, ignore_index=True), whole.sort_values(order, ignore_index=True)
    )


def test_a_changed_image_is_done_again(
    segmenter: ThresholdSegmenter, images: list[Path], nuclei_image: Any, tmp_path: Path
) -> None:
    run(segmenter, images, tmp_path / "out")
    Image.fromarray(nuclei_image[0] * 0).save(images[2])
    os.utime(images[2], ns=(1, 1))
    events = run(segmenter, images, tmp_path / "out")
    assert [event.name for event in events if isinstance(event, ImageDone)] == ["plant 2"]
    assert set(rows(tmp_path / "out")["image"]) == {"plant 0", "plant 1", "plant 3"}


def test_another_image_of_the_same_name_is_not_taken_for_the_finished_one(
    segmenter: ThresholdSegmenter, images: list[Path], nuclei_image: Any, tmp_path: Path
) -> None:
    run(segmenter, images[:1], tmp_path / "out")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / images[0].name
    other.write_bytes(images[0].read_bytes())
    os.utime(other, ns=(images[0].stat().st_atime_ns, images[0].stat().st_mtime_ns))
    assert isinstance(run(segmenter, [other], tmp_path / "out")[1], ImageDone)


def test_more_images_join_a_finished_run(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images[:2], tmp_path / "out")
    run(segmenter, images[2:], tmp_path / "out")
    assert set(rows(tmp_path / "out")["image"]) == {file.stem for file in images}


def test_overlays_asked_for_later_are_made(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images[:1], tmp_path / "out")
    run(segmenter, images[:1], tmp_path / "out", overlay=True)
    assert (tmp_path / "out" / "overlays" / "plant 0.png").is_file()
    assert isinstance(run(segmenter, images[:1], tmp_path / "out", overlay=True)[1], ImageSkipped)


def test_the_device_may_change(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images[:1], tmp_path / "out", EncodeOptions(device="cpu"))
    assert isinstance(run(segmenter, images[:1], tmp_path / "out")[1], ImageSkipped)


@pytest.mark.parametrize(
    ("options", "params", "axes", "said"),
    [
        (EncodeOptions(tile=128), ThresholdParams(), None, "tile auto there, 128 now"),
        (EncodeOptions(), ThresholdParams(threshold=0.75), None, r"threshold 0\.5 there, 0\.75 now"),
        (EncodeOptions(), ThresholdParams(), "YX", "axes none there, YX now"),
    ],
)
def test_another_record_is_never_mixed_in(
    segmenter: ThresholdSegmenter,
    images: list[Path],
    tmp_path: Path,
    options: EncodeOptions,
    params: ThresholdParams,
    axes: str | None,
    said: str,
) -> None:
    run(segmenter, images[:1], tmp_path / "out")
    before = snapshot(tmp_path / "out")
    with pytest.raises(ImageError, match=rf"out holds the labels of another run \({said}\)"):
        run(segmenter, images, tmp_path / "out", options, params, axes=axes)
    assert snapshot(tmp_path / "out") == before


def test_other_weights_are_never_mixed_in(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    run(segmenter, images[:1], tmp_path / "out")
    other = ThresholdSegmenter(delay=0.0001)
    other.source = tmp_path / "other.safetensors"
    other.save(other.source)
    with pytest.raises(ImageError, match=r"another run \(weights .*threshold-anything.* there, .*other"):
        run(other, images, tmp_path / "out")


# --- bad files and folders ------------------------------------------------------------


def bad_files(folder: Path, good: Path) -> Iterator[Path]:
    content = good.read_bytes()
    for name, data in {
        "truncated.png": content[: len(content) // 2],
        "empty.png": b"",
        "empty.tif": b"",
        "text.png": b"I am no image",
    }.items():
        (folder / name).write_bytes(data)
        yield folder / name
    tifffile.imwrite(folder / "whole.tif", np.ones((64, 64), np.uint16))
    (folder / "truncated.tif").write_bytes((folder / "whole.tif").read_bytes()[:300])
    yield folder / "truncated.tif"
    tifffile.imwrite(folder / "nan.tif", np.full((8, 8), np.nan, np.float32))
    yield folder / "nan.tif"
    yield folder / "gone.png"


def test_bad_files_are_named_and_the_others_go_on(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    bad = list(bad_files(tmp_path, images[0]))
    events = run(segmenter, [*bad, *images], tmp_path / "out")
    failed = [event for event in events if isinstance(event, ImageFailed)]
    assert [event.image for event in failed] == [str(file) for file in bad]
    for event in failed:
        assert event.reason.endswith(".") and "\n" not in event.reason and "Traceback" not in event.reason
    assert [event.name for event in events if isinstance(event, ImageDone)] == [file.stem for file in images]
    assert (events[-1].done, events[-1].failed) == (4, len(bad))
    assert not (tmp_path / "out" / "empty_png.tif").exists()


def test_failed_images_are_tried_again(
    segmenter: ThresholdSegmenter, images: list[Path], nuclei_image: Any, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    assert isinstance(run(segmenter, [bad], tmp_path / "out")[1], ImageFailed)
    Image.fromarray(nuclei_image[0]).save(bad)
    assert isinstance(run(segmenter, [bad], tmp_path / "out")[1], ImageDone)


def test_a_folder_that_cannot_be_made_is_told_at_once(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match=r"folder .* cannot be written"):
        run(segmenter, images, tmp_path / "file" / "out")
    assert segmenter.encoded == 0


def test_a_read_only_folder_is_told_at_once(segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    if os.access(out, os.W_OK):
        pytest.skip("this user may write read-only folders")
    with pytest.raises(ImageError, match="cannot be written"):
        run(segmenter, images, out)
    assert segmenter.encoded == 0


def test_a_folder_that_breaks_later_ends_the_run(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "out" / "plant 1.tif").mkdir(parents=True)  # nothing can be renamed over a folder
    (tmp_path / "out" / "plant 1.tif" / "x").write_text("")
    run(segmenter, images[:1], tmp_path / "out")
    with pytest.raises(ImageError, match=r"plant 1\.tif cannot be written"):
        run(segmenter, images, tmp_path / "out")


def test_images_are_never_replaced_by_their_labels(
    segmenter: ThresholdSegmenter, nuclei_image: Any, tmp_path: Path
) -> None:
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, nuclei_image[0])
    before = file.read_bytes()
    with pytest.raises(ImageError, match=r"labels of a\.tif would replace the image"):
        run(segmenter, [file], tmp_path / "x" / "..")
    assert file.read_bytes() == before


def test_labels_of_someone_else_are_never_replaced(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plant 2.tif").write_bytes(b"drawn by hand")
    with pytest.raises(ImageError, match=r"already holds a plant 2\.tif"):
        run(segmenter, images, tmp_path / "out")
    assert (tmp_path / "out" / "plant 2.tif").read_bytes() == b"drawn by hand"


def test_a_missing_device_is_told_before_anything_is_written(
    segmenter: ThresholdSegmenter, images: list[Path], tmp_path: Path
) -> None:
    from napari_leafseg.core.device import available

    missing = next(name for name in ("mps", "cuda") if name not in available())
    with pytest.raises(DeviceError, match=f"no {missing} device"):
        run(segmenter, images, tmp_path / "out", EncodeOptions(device=missing))
    assert not (tmp_path / "out").exists()


def test_a_run_of_no_images_ends_at_once(segmenter: ThresholdSegmenter, tmp_path: Path) -> None:
    assert [type(event) for event in run(segmenter, [], tmp_path / "out")] == [Started, Finished]


def test_large_stacks_are_the_script_s_too(segmenter: ThresholdSegmenter, nuclei_image: Any, tmp_path: Path) -> None:
    stack = np.stack([nuclei_image[0]] * 2)[np.newaxis]
    tifffile.imwrite(tmp_path / "tz.tif", stack, metadata={"axes": "TZYX"}, ome=False, photometric="minisblack")
    run(segmenter, [tmp_path / "tz.tif"], tmp_path / "out")
    loaded = read_image(tmp_path / "tz.tif")
    expected = segment_image(segmenter, loaded.array, loaded.axes).labels
    np.testing.assert_array_equal(np.squeeze(tifffile.imread(tmp_path / "out" / "tz.tif")), np.squeeze(expected))
