"""RSIS as a whole: windows, classes in files, and what is kept of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_leafseg.core import registry
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.core.sample import Sample
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.rsis.decode import STEPS, STOP
from napari_leafseg.models.rsis.segmenter import RsisSegmenter


def made(preset: str = "compact", size: float = 20.0, **config: object) -> RsisSegmenter:
    segmenter = registry.create("rsis", preset, config)
    assert isinstance(segmenter, RsisSegmenter)
    segmenter.network.object_size.fill_(size)
    return segmenter


def test_windows_follow_the_object_size() -> None:
    """20 px across: 109 px windows; objects twice as large in the image, windows twice as large."""
    segmenter = made()
    assert segmenter.side == pytest.approx(109.5, abs=0.1)
    small = segmenter.windows_for((512, 512), 1.0, EncodeOptions())
    large = segmenter.windows_for((512, 512), 0.5, EncodeOptions())
    assert {(w.height, w.width) for w in small} == {(109, 109)}
    assert {(w.height, w.width) for w in large} == {(219, 219)}
    assert segmenter.windows_for((100, 90), 1.0, EncodeOptions())[0].height == 100


def test_windows_reach_the_network_at_the_size_it_learned() -> None:
    """The side of its input, and objects at the same scale in smaller and larger pieces."""
    segmenter = made()
    assert segmenter.geometry_for((109, 109), 1.0).padded_shape == (128, 128)
    assert segmenter.geometry_for((219, 219), 0.5).padded_shape == (128, 128)
    assert segmenter.geometry_for((50, 50), 1.0).scale == pytest.approx((1.16, 1.16), abs=0.02)
    assert made("paper", encoder="compact").geometry_for((110, 300), 1.0).padded_shape == (400, 400)


def test_one_piece_stays_one_piece() -> None:
    """Asked for, or where nobody knows how large objects are, or where the configuration says so."""
    whole = EncodeOptions(tile="off")
    assert len(made().windows_for((512, 512), 1.0, whole)) == 1
    assert len(made(size=0.0).windows_for((512, 512), 1.0, EncodeOptions())) == 1
    assert len(made(objects=None).windows_for((512, 512), 1.0, EncodeOptions())) == 1
    assert made(size=0.0).geometry_for((512, 512), 1.0).padded_shape == (512, 512)


def test_several_windows_at_once_are_as_one_by_one() -> None:
    """Batches change nothing but the time."""
    segmenter = made(encode_steps=3, patience=None)
    image, _ = draw_nuclei(200, 30, 0)
    rgb = np.repeat(image[:, :, None] / 255, 3, 2).astype(np.float32)
    together = segmenter.encode(rgb)
    assert len(together.tiles) == 9
    for tile in together.tiles:
        alone = segmenter.encode(rgb[tile.top : tile.top + 109, tile.left : tile.left + 109])
        one, other = tile.piece, alone.tiles[0].piece
        assert isinstance(one, Candidates) and isinstance(other, Candidates)
        by_step = (np.argsort(piece.features[STEPS]) for piece in (one, other))
        masks, others = (piece.masks[index] for piece, index in zip((one, other), by_step, strict=True))
        np.testing.assert_allclose(masks, others, atol=0.05)


def test_all_steps_are_kept_best_first() -> None:
    """So that every threshold stays live, and whoever reads candidates finds the best one first."""
    segmenter = made("paper", 0.0, encoder="compact", width=16, encode_steps=5)
    piece = segmenter.encode(draw_nuclei(64, 5, 0)[0]).tiles[0].piece
    assert isinstance(piece, Candidates)
    assert piece.masks.shape == (5, 400, 400) and piece.masks.dtype == np.float16
    assert sorted(piece.features[STEPS].tolist()) == [0, 1, 2, 3, 4]
    assert np.all(np.diff(piece.scores) <= 0)
    assert np.all(piece.scores <= piece.features[STOP])


def test_classes_travel_in_the_weights_file(tmp_path: Path) -> None:
    """Their names in the header, their number in the configuration; one class is none."""
    segmenter = made(classes=2)
    segmenter.classes = ("leaf", "stem")
    segmenter.save(tmp_path / "two.safetensors")
    loaded = registry.load("rsis", tmp_path / "two.safetensors")
    assert isinstance(loaded, RsisSegmenter)
    assert loaded.classes == ("leaf", "stem") and loaded.config.classes == 2
    assert loaded.side == segmenter.side
    image = draw_nuclei(100, 5, 0)[0]
    found = loaded.encode(image).tiles[0].piece
    assert loaded.decode(loaded.encode(image), loaded.defaults.replace(stop=0.05)).class_names == ("leaf", "stem")
    assert isinstance(found, Candidates) and found.classes is not None
    assert set(found.classes.tolist()) <= {0, 1}
    single = made().encode(image).tiles[0].piece
    assert isinstance(single, Candidates) and single.classes is None


def test_the_object_size_is_learned_before_training() -> None:
    """And kept with the weights."""
    image, labels = draw_nuclei(128, 10, 3)
    rgb = np.repeat(image[:, :, None] / 255, 3, 2).astype(np.float32)
    segmenter = made(size=0.0)
    assert segmenter.side is None
    segmenter.prepare([Sample("drawn", rgb, labels)])
    assert 20 < float(segmenter.network.object_size) < 40
    stage = next(iter(segmenter.stages()))
    assert stage.side == segmenter.side  # type: ignore[attr-defined]


def test_only_fresh_weights_learn_step_after_step(tmp_path: Path) -> None:
    """A fine-tuning begins with all steps."""
    fresh = made()
    fresh.save(tmp_path / "learned.safetensors")
    learned = registry.load("rsis", tmp_path / "learned.safetensors")
    steps = [next(iter(each.stages())).steps for each in (fresh, learned)]  # type: ignore[attr-defined]
    assert steps == [8, 20]


def test_the_classes_of_the_data_are_made_room_for() -> None:
    """By their names, or by the samples' numbers where they have none; one class stays one."""
    labels = np.zeros((32, 32), np.int32)
    labels[4:12, 4:12] = 1
    image = np.zeros((32, 32, 3), np.float32)
    named, numbered, single = made(), made(), made()
    named.classes = ("leaf", "stem", "root")
    next(iter(named.stages()))
    numbered.prepare([Sample("a", image, labels, classes={1: 2})])
    single.prepare([Sample("a", image, labels, classes={1: 0})])
    for segmenter, count in ((named, 3), (numbered, 3), (single, 1)):
        assert segmenter.config.classes == segmenter.network.config.classes == count
        assert segmenter.network.classes.out_features == count + 1
