"""The image list: ten thousand rows at once, details only of rows in sight, statuses by file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from qtpy.QtCore import Qt

from napari_leafseg.data.layouts import Entry, LabelFile
from napari_leafseg.widgets.image_reading import in_words, read_details
from napari_leafseg.widgets.images_model import NAME, STATUS, Details, ImagesModel, Progress
from napari_leafseg.widgets.images_view import ImagesView


def _entries(count: int) -> tuple[Entry, ...]:
    return tuple(
        Entry(f"{index:05}", Path(f"{index:05}.png"), LabelFile(Path("a.tif")) if index % 2 else None, None)
        for index in range(count)
    )


@pytest.fixture
def model(qapp):
    return ImagesModel()


def _text(model, row, column):
    return model.data(model.index(row, column), Qt.ItemDataRole.DisplayRole)


def test_names_sizes_and_statuses(model):
    model.setEntries(_entries(3))
    model.setDetails(Details(0, "96 x 128"))
    model.setDetails(Details(2, problem="2.png is damaged."))
    model.setStatus(Path("00001.png"), "34 objects")
    assert _text(model, 0, NAME) == "00000\n96 x 128"
    assert [_text(model, row, STATUS) for row in range(3)] == ["new", "34 objects", "unreadable"]
    assert "damaged" in model.data(model.index(2, 0), Qt.ItemDataRole.ToolTipRole)


def test_what_the_project_says_counts_more_and_doubt_is_shown_until_corrected(model):
    model.setEntries(_entries(2))
    image = Path("00001.png")
    model.setStatus(image, "34 objects")
    model.setProgress(image, Progress("new"))
    assert _text(model, 1, STATUS) == "34 objects"
    model.setProgress(image, Progress("in work", 34, 2))
    assert _text(model, 1, STATUS) == "in work\n2/34 checked"
    model.setDoubt(image, 0.25, "One object looks odd.")
    assert _text(model, 1, STATUS) == "in work\ndoubt 25%"
    assert "odd" in model.data(model.index(1, 0), Qt.ItemDataRole.ToolTipRole)
    model.setProgress(image, Progress("corrected", 34))
    assert _text(model, 1, STATUS) == "corrected\n34 objects"


def test_status_of_another_folders_image_is_nothing(model):
    model.setEntries(_entries(2))
    model.setStatus(Path("elsewhere.png"), "done")
    assert [model.status(row) for row in range(2)] == ["new", "labelled"]


def test_ten_thousand_images_show_at_once_and_ask_for_few_details(qtbot, model):
    view = ImagesView(model)
    qtbot.addWidget(view)
    view.resize(320, 600)
    view.show()
    asked = []
    view.rows_seen.connect(asked.append)
    began = time.perf_counter()
    model.setEntries(_entries(10_000))
    view.setFolderOpen(True)
    qtbot.waitUntil(lambda: bool(asked))
    assert time.perf_counter() - began < 1
    assert 0 < max(len(rows) for rows in asked) < 100
    asked.clear()
    view.list.scrollToBottom()
    qtbot.waitUntil(lambda: any(9_999 in rows for rows in asked))


def test_filter_narrows_by_name(qtbot, model):
    view = ImagesView(model)
    qtbot.addWidget(view)
    model.setEntries(_entries(100))
    view.filter.setText("0004")
    assert view.list.model().rowCount() == 11  # 00004 and 00040 to 00049


def test_a_bad_file_gets_a_sentence_and_the_others_their_thumbnails(folder):
    bad = folder / "images" / "bad.png"
    bad.write_bytes(b"no image at all")
    good = folder / "images" / "a.png"
    first, second = read_details([(0, bad), (1, good)], lambda: None)
    assert "bad.png" in first.problem and first.thumbnail is None
    assert second.size == "96 x 128" and second.thumbnail is not None


@pytest.mark.parametrize(
    ("shape", "words"), [((96, 128), "96 x 128"), ((96, 128, 3), "96 x 128 RGB"), ((10, 96, 128), "10 x 96 x 128")]
)
def test_sizes_in_words(shape, words):
    assert in_words(shape) == words
