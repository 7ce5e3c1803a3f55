"""SBD, FBD, DiC and AP have the values computed by hand, and those of a plain double loop."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.analysis.contingency import contingency
from napari_leafseg.analysis.metrics import THRESHOLDS, best_dice, dic, evaluate_pairs, fbd, sbd
from napari_leafseg.analysis.precision import true_positives
from napari_leafseg.core.errors import ImageError

Labels = NDArray[np.int64]

NOTHING = np.zeros((2, 6), int)
# Two leaves of six pixels each.
TWO = np.array([[1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 2]])
# All of it one leaf.
ONE = np.ones((2, 6), int)
# The first leaf whole, the second in two halves of 2 and 4 pixels.
SPLIT = np.array([[1, 1, 1, 2, 3, 3], [1, 1, 1, 2, 3, 3]])
# The first leaf only, and two pixels of it missing.
PART = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]])

HAND_COMPUTED = [
    # prediction, truth, best Dice both ways, FBD, DiC
    pytest.param(TWO, TWO, (1, 1), 1, 0, id="same"),
    pytest.param(TWO * 40 + 2 * (TWO > 0), TWO, (1, 1), 1, 0, id="same, with gaps in the ids"),
    pytest.param(NOTHING, NOTHING, (1, 1), 1, 0, id="nothing there, nothing found"),
    pytest.param(NOTHING, TWO, (0, 0), 0, -2, id="all missed"),
    pytest.param(TWO, NOTHING, (0, 0), 0, 2, id="all false"),
    # One leaf of 12 against leaves of 6: Dice 2*6/18.
    pytest.param(ONE, TWO, (2 / 3, 2 / 3), 1, -1, id="merged"),
    # 1, 2*2/8, 2*4/10 from the prediction; 1, 0.8 from the truth.
    pytest.param(SPLIT, TWO, ((1 + 0.5 + 0.8) / 3, 0.9), 1, 1, id="split"),
    # 2*4/10 from the prediction; 0.8 and 0 from the truth; foreground 2*4/(4+12).
    pytest.param(PART, TWO, (0.8, 0.4), 0.5, -1, id="one missed"),
]


@pytest.mark.parametrize(("prediction", "truth", "best", "foreground", "count"), HAND_COMPUTED)
def test_hand_computed(
    prediction: Labels, truth: Labels, best: tuple[float, float], foreground: float, count: int
) -> None:
    assert best_dice(prediction, truth) == pytest.approx(best[0])
    assert best_dice(truth, prediction) == pytest.approx(best[1])
    assert sbd(prediction, truth) == pytest.approx(min(best))
    assert fbd(prediction, truth) == pytest.approx(foreground)
    assert dic(prediction, truth) == count


@pytest.mark.parametrize(
    ("shared", "only_predicted", "only_true", "matches"),
    [
        (10, 0, 0, 10),  # IoU 1 is above them all
        (10, 5, 5, 0),  # IoU 0.5 is not above 0.5
        (11, 4, 5, 1),  # 0.55 is above 0.5 only
        (12, 4, 4, 2),  # 0.6 is above 0.5 and 0.55
        (76, 12, 12, 6),  # 0.76
        (95, 5, 0, 9),  # 0.95 is not above 0.95
    ],
)
def test_a_match_is_above_the_threshold(shared: int, only_predicted: int, only_true: int, matches: int) -> None:
    prediction = np.repeat([1, 1, 0], [only_predicted, shared, only_true])[np.newaxis]
    truth = np.repeat([0, 1, 1], [only_predicted, shared, only_true])[np.newaxis]
    assert int(true_positives(contingency(prediction, truth)).sum()) == matches


def test_ap_is_pooled_and_the_others_are_means() -> None:
    # TWO: 2 of 2. PART of TWO: IoU 4/6, so one match up to 0.65 and one miss. SPLIT: 1 match and IoU 4/6, 3 found.
    scores = evaluate_pairs([(TWO, TWO), (PART, TWO), (SPLIT, TWO)])
    assert scores.ap50 == pytest.approx(5 / (6 + 6 - 5))
    assert scores.ap75 == pytest.approx(3 / (6 + 6 - 3))
    low, high = 5 / 7, 3 / 9
    assert scores.mean_ap == pytest.approx((4 * low + 6 * high) / 10)
    assert scores.sbd == pytest.approx((1 + 0.4 + 2.3 / 3) / 3)
    assert scores.fbd == pytest.approx((1 + 0.5 + 1) / 3)
    assert (scores.dic, scores.abs_dic) == pytest.approx((0, 2 / 3))
    assert (scores.images, scores.objects) == (3, 6)


def test_the_published_names_go_into_json() -> None:
    values = json.loads(json.dumps(evaluate_pairs([(TWO.astype(np.int32), TWO)]).as_dict()))
    assert list(values) == ["SBD", "FBD", "DiC", "|DiC|", "AP50", "AP75", "mAP", "images", "objects"]
    assert values["mAP"] == 1


def test_empty_images_are_right_when_left_empty() -> None:
    assert evaluate_pairs([(NOTHING, NOTHING)]).as_dict()["mAP"] == 1
    assert evaluate_pairs([(TWO, NOTHING)]).as_dict()["mAP"] == 0


def test_ignored_pixels_do_not_count() -> None:
    ignore = TWO == 2
    assert evaluate_pairs([(SPLIT, TWO)], [ignore]) == evaluate_pairs([(TWO, TWO)], [ignore])
    assert evaluate_pairs([(SPLIT, TWO)], [ignore]).objects == 1
    assert sbd(SPLIT, TWO, ignore) == fbd(SPLIT, TWO, ignore) == 1


def test_nothing_to_score_is_said() -> None:
    with pytest.raises(ImageError, match="nothing to score"):
        evaluate_pairs([])


def test_low_thresholds_would_need_an_assignment() -> None:
    with pytest.raises(ValueError, match=r"at least 0\.5"):
        true_positives(contingency(TWO, TWO), [0.3])


# --- beside a plain double loop ---------------------------------------------------------


def masks(labels: Labels) -> list[NDArray[np.bool_]]:
    return [labels == index for index in np.unique(labels) if index != 0]


def plain_best_dice(labels: Labels, others: Labels) -> float:
    best = [max(2 * (a & b).sum() / (a.sum() + b.sum()) for b in masks(others)) for a in masks(labels)]
    return float(np.mean(best))


def plain_true_positives(prediction: Labels, truth: Labels, threshold: float) -> int:
    iou = np.array([[(a & b).sum() / (a | b).sum() for b in masks(truth)] for a in masks(prediction)])
    return int((iou > threshold).sum())


@pytest.mark.parametrize("seed", range(20))
def test_as_a_plain_double_loop_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = np.kron(random.integers(0, 9, (4, 4)), np.ones((4, 5), int))
    truth[0, 0] = 1
    prediction = np.where(random.random(truth.shape) < 0.2, random.integers(0, 12, truth.shape), truth * 3)
    assert best_dice(prediction, truth) == pytest.approx(plain_best_dice(prediction, truth))
    assert best_dice(truth, prediction) == pytest.approx(plain_best_dice(truth, prediction))
    found = true_positives(contingency(prediction, truth))
    assert found.tolist() == [plain_true_positives(prediction, truth, threshold) for threshold in THRESHOLDS]
    both, either = ((prediction > 0) & (truth > 0)).sum(), (prediction > 0).sum() + (truth > 0).sum()
    assert fbd(prediction, truth) == pytest.approx(2 * both / either)
