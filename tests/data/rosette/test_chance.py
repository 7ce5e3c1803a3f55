"""Random numbers stay what they are, on every machine and whatever is drawn before them."""

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance


def test_a_seed_gives_these_numbers_for_ever():
    drawn = Chance(7, "plant")

    assert [drawn.share() for _ in range(3)] == [0.024814427713691245, 0.7394841144815872, 0.5320849502721127]
    assert drawn.shares(4).tolist() == [0.1458587646484375, 0.2334747314453125, 0.8941497802734375, 0.2265625]


def test_a_stream_does_not_depend_on_what_was_drawn_before():
    untouched, used = Chance(1), Chance(1)
    used.share()
    used.bells(10, 10)

    assert used.stream("leaf", 3).share() == untouched.stream("leaf", 3).share()


def test_streams_of_other_names_and_seeds_differ():
    firsts = {Chance(seed, *path).share() for seed in (0, 1, 2**40) for path in ((), ("a",), ("b",), ("a", 1), ("a1",))}

    assert len(firsts) == 15


def test_values_stay_within_their_bounds():
    drawn = Chance(3)

    assert all(2 <= drawn.between((2, 5)) <= 5 for _ in range(200))
    assert all(2 <= drawn.between_log((2, 500)) <= 500 for _ in range(200))
    assert {drawn.whole(1, 3) for _ in range(200)} == {1, 2, 3}
    assert np.ptp(drawn.shares(1000)) <= 1


def test_weights_are_kept_and_nothing_of_weight_zero_is_picked():
    drawn = Chance(5)
    picked = [drawn.pick({"often": 3.0, "never": 0.0, "rarely": 1.0}) for _ in range(2000)]

    assert "never" not in picked
    assert picked.count("often") / len(picked) == pytest.approx(0.75, abs=0.04)


@pytest.mark.parametrize("values", [[Chance(9).bells(200, 50)], [[Chance(9, i).bell() for i in range(4000)]]])
def test_bells_have_deviation_one_around_zero(values):
    assert np.mean(values) == pytest.approx(0, abs=0.05)
    assert np.std(values) == pytest.approx(1, abs=0.03)
