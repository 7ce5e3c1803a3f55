"""A comparison is read as it was written, and a damaged one is none."""

from __future__ import annotations

import json

from napari_leafseg.widgets.comparison import COMPARISON, is_gain, read_comparison


def test_what_was_written_is_read(tmp_path):
    figures = {"SBD": 0.5, "AP50": None}
    row = {"image": "a", "path": "", "before": figures, "after": figures, "before_labels": "x", "after_labels": "y"}
    written = {"name": "validation", "what": "Yours.", "images": 1, "before": figures, "after": figures, "rows": [row]}
    content = {"sets": [written], "better": False, "sentence": "Not better.", "of_later": 1}
    (tmp_path / COMPARISON).write_text(json.dumps(content))
    found = read_comparison(tmp_path)
    assert found.sentence == "Not better." and not found.better
    assert found.of("validation").rows[0].after_labels == "y" and found.of("other") is None


def test_none_and_damaged_ones_are_none(tmp_path):
    assert read_comparison(tmp_path) is None
    (tmp_path / COMPARISON).write_text('{"sets": [{"name"')
    assert read_comparison(tmp_path) is None


def test_only_counts_get_better_by_shrinking():
    assert is_gain("SBD", 0.5, 0.6) and is_gain("|DiC|", 2, 1) and not is_gain("|DiC|", 1, 2)
