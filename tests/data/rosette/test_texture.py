"""Noise has the waves and the strength that it is asked for; tables answer beyond their ends."""

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.texture import Curve, cloud, resized, rough


@pytest.mark.parametrize("wave", [4, 20, 90])
def test_a_cloud_has_hills_of_about_the_wave_s_distance(wave):
    drawn = cloud(Chance(1, wave), (400, 300), wave)
    crossings = (np.diff(np.sign(drawn - drawn.mean()), axis=1) != 0).sum() / drawn.size

    assert drawn.dtype == np.float32
    assert drawn.std() == pytest.approx(1, abs=0.3)
    assert 0.4 * wave < 2 / crossings < 2.5 * wave


def test_rough_noise_has_more_detail_than_a_cloud():
    detail = [np.abs(np.diff(noise(Chance(2), (200, 200), 60), axis=0)).mean() for noise in (cloud, rough)]

    assert detail[1] > 2 * detail[0]


def test_a_curve_follows_its_function_and_holds_its_ends():
    curve = Curve(np.exp, -4, 0)
    at = np.array((-9, -4, -1.5, 0, 3), np.float32)

    np.testing.assert_allclose(curve(at), np.exp(np.clip(at, -4, 0)), atol=0.005)


def test_resizing_gives_the_asked_shape_and_keeps_the_mean():
    image = cloud(Chance(4), (64, 48), 20)

    for shape in ((16, 12), (128, 96), (64, 48)):
        changed = resized(image, shape)
        assert changed.shape == shape
        assert changed.mean() == pytest.approx(image.mean(), abs=0.02)
