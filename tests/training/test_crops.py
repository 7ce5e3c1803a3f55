"""Crops: image, labels and ignore mask move together, the same in every process."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_leafseg.core.sample import Sample
from napari_leafseg.training.crops import IGNORED, Crops, as_learned, collate
from napari_leafseg.training.options import TrainOptions

STILL = {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0, "blur": 0, "noise": 0}


@pytest.fixture
def sample() -> Sample:
    """Labels whose ids can be read off the image's brightness, and an ignored corner."""
    labels = np.zeros((160, 160), np.int32)
    labels[20:90, 30:140] = 1
    labels[95:150, 10:100] = 2
    image = np.repeat((labels / 2).astype(np.float32)[:, :, np.newaxis], 3, axis=2)
    ignore = np.zeros(labels.shape, bool)
    ignore[:40, :40] = True
    return Sample("squares", image, labels, ignore, {1: 3})


def _agreement(image: torch.Tensor, mask: torch.Tensor) -> float:
    valid = mask != IGNORED
    return float(((image[0] * 2).round().long() == mask)[valid].float().mean())


@pytest.mark.parametrize("draw", range(8))
def test_labels_follow_the_image(sample: Sample, draw: int) -> None:
    """Rotated, zoomed, sheared, flipped: brightness still tells the id, but for blurred borders."""
    image, mask, classes = Crops([sample], TrainOptions(minutes=1, crop=128, **STILL))[draw]  # type: ignore[arg-type]
    assert image.shape == (3, 128, 128) and mask.shape == (128, 128)
    assert image.dtype == torch.float32 and mask.dtype == torch.int64
    assert _agreement(image, mask) > 0.93
    assert classes == {1: 3}


def test_what_lies_beyond_the_image_is_ignored(sample: Sample) -> None:
    """Nothing is learned from padding."""
    small = Sample("small", sample.image[:50, :50], sample.labels[:50, :50])
    image, mask, _ = Crops([small], TrainOptions(minutes=1, crop=128, rotate=0, **STILL))[0]  # type: ignore[arg-type]
    assert (mask == IGNORED).float().mean() > 0.5
    batch = collate([(image, mask, {})])
    assert bool(batch.ignore.any()) and int(batch.labels.min()) == 0


def test_a_crop_depends_on_its_number_alone(sample: Sample) -> None:
    """Not on what was drawn before; and it leaves the global random state alone."""
    crops = Crops([sample], TrainOptions(minutes=1, crop=64))
    state = torch.get_rng_state()
    first = crops[5]
    crops[6]
    again = crops[5]
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], crops[7][0])
    assert torch.equal(state, torch.get_rng_state())


def test_images_can_be_enlarged_in_crops_and_in_what_is_prepared_on() -> None:
    """Both by the same factor, with their labels; a size to aim at goes before."""
    stripes = np.broadcast_to(1 + np.arange(160, dtype=np.int32) // 8, (160, 160)).copy()
    sample = Sample("stripes", np.zeros((160, 160, 3), np.float32), stripes)
    still = TrainOptions(minutes=1, crop=64, rotate=0, shear=0, scale_low=1, scale_high=1, **STILL)  # type: ignore[arg-type]
    doubled = still.replace(enlarge=2.0)
    widths = [64 / len(Crops([sample], options)[3][1].unique()) for options in (still, doubled)]
    assert widths == [pytest.approx(8, abs=1.2), pytest.approx(16, abs=3.5)]
    shown = as_learned([sample], doubled)[0]
    np.testing.assert_array_equal(shown.labels[::2, ::2], stripes)
    assert shown.image.shape == (320, 320, 3)
    assert as_learned([sample], still)[0] is sample
    assert as_learned([sample], doubled.replace(object_low=9, object_high=9))[0].labels.shape == (64, 64)


@pytest.mark.parametrize(("option", "value"), [("invert", 1.0), ("noise", 0.3), ("brightness", 0.9), ("blur", 1.0)])
def test_photometric_options_change_the_image_only(sample: Sample, option: str, value: float) -> None:
    """Labels stay what they are when the light changes."""
    plain = TrainOptions(minutes=1, crop=64, **STILL)  # type: ignore[arg-type]
    pairs = [(Crops([sample], plain)[n], Crops([sample], plain.replace(**{option: value}))[n]) for n in range(4)]
    assert any(not torch.equal(one[0], two[0]) for one, two in pairs)
    if option in ("invert", "noise"):  # drawn after the geometry, so that it cannot differ
        assert all(torch.equal(one[1], two[1]) for one, two in pairs)


def test_only_crops_without_colour_are_shown_as_if_stained_where_that_is_asked(sample: Sample) -> None:
    """Leaves stay green; dark nuclei are learned from bright ones."""
    light = np.random.default_rng(0).random(sample.labels.shape, np.float32)
    grey = replace(sample, image=np.repeat(light[:, :, np.newaxis], 3, axis=2))
    green = replace(sample, image=grey.image * np.float32([0.5, 1, 0.5]))
    plain = TrainOptions(minutes=1, crop=64, **STILL)  # type: ignore[arg-type]
    asked = plain.replace(invert_grey=1.0)
    coloured = set()
    for number in range(16):
        as_it_is, stained = Crops([grey], plain)[number], Crops([grey], asked)[number]
        from_dark_on = as_it_is[0][0].flatten().argsort()
        assert (stained[0].flatten(1)[:, from_dark_on].diff(dim=1) <= 0).all(), "what was bright is dark"
        assert stained[0].min() >= 0 and stained[0].max() <= 1
        coloured.add(bool((stained[0][0] - stained[0][2]).abs().max() > 0.01))
        assert torch.equal(stained[1], as_it_is[1])
        assert torch.equal(Crops([green], plain)[number][0], Crops([green], asked)[number][0])
    assert coloured == {True, False}
