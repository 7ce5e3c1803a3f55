"""COCO AP and VOC AP follow their own rules, on cases counted by hand and beside pycocotools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_leafseg.analysis.contingency import contingency
from napari_leafseg.analysis.ranked import RankedPrecision


def blocks(*lengths: tuple[int, int, int]) -> Any:
    """Draw (id, start, stop) runs into a row of 100 pixels."""
    row = np.zeros((1, 100), np.int32)
    for index, start, stop in lengths:
        row[0, start:stop] = index
    return row


def ranked(*images: tuple[Any, Any, list[float]]) -> dict[str, float]:
    collected = RankedPrecision()
    for prediction, truth, scores in images:
        collected.add(contingency(prediction, truth), scores)
    return collected.as_dict()


def test_the_same_labels_are_perfect() -> None:
    labels = blocks((1, 0, 10), (2, 20, 30))
    assert set(ranked((labels, labels, [0.5, 0.9])).values()) == {1.0}


def test_a_hit_after_a_miss_counts_half() -> None:
    truth = blocks((1, 0, 10))
    prediction = blocks((1, 50, 60), (2, 0, 10))
    values = ranked((prediction, truth, [0.9, 0.8]))
    assert values["COCO AP50"] == values["VOC AP50"] == pytest.approx(0.5)
    values = ranked((prediction, truth, [0.8, 0.9]))
    assert values["COCO AP50"] == values["VOC AP50"] == pytest.approx(1.0)


def test_half_of_the_objects_found() -> None:
    values = ranked((blocks((1, 0, 10)), blocks((1, 0, 10), (2, 20, 30)), [1.0]))
    assert values["COCO AP50"] == pytest.approx(51 / 101)  # recalls 0, 0.01, ..., 0.50
    assert values["VOC AP50"] == pytest.approx(0.5)


def test_an_iou_at_the_threshold_is_a_hit_for_coco_only() -> None:
    values = ranked((blocks((1, 0, 10)), blocks((1, 0, 20)), [1.0]))
    assert (values["COCO AP50"], values["VOC AP50"]) == (1.0, 0.0)


def test_scores_rank_over_all_images() -> None:
    truth = blocks((1, 0, 10))
    hit, miss = (truth, truth, [0.5]), (blocks((1, 50, 60)), truth, [0.9])
    assert ranked(miss, hit)["VOC AP50"] == pytest.approx(0.5 * 0.5)


def test_only_the_best_hundred_objects_of_an_image_count_for_coco() -> None:
    labels = np.repeat(np.arange(1, 201, dtype=np.int32), 4)[np.newaxis]
    values = ranked((labels, labels, [1.0] * 200))
    assert values["COCO AP"] == pytest.approx(51 / 101)
    assert values["VOC AP"] == pytest.approx(1.0)


@pytest.mark.parametrize(("prediction", "expected"), [(blocks(), 0.0), (blocks((1, 50, 60)), 0.0)])
def test_nothing_found_is_zero(prediction: Any, expected: float) -> None:
    values = ranked((prediction, blocks((1, 0, 10)), [1.0] * int(prediction.max())))
    assert set(values.values()) == {expected}


def test_without_true_objects_there_is_no_figure() -> None:
    assert ranked((blocks((1, 0, 10)), blocks(), [1.0])) == {}


def test_every_object_needs_a_score() -> None:
    with pytest.raises(ValueError, match="1 objects but 0 scores"):
        ranked((blocks((1, 0, 10)), blocks(), []))


def test_the_figures_are_those_of_pycocotools() -> None:
    mask = pytest.importorskip("pycocotools.mask")
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    random = np.random.default_rng(0)
    collected = RankedPrecision()
    images, annotations, found = [], [], []
    for image in range(1, 7):
        truth = np.kron(random.integers(0, 40, (8, 8)), np.ones((8, 8), int)).astype(np.int32)
        prediction = np.roll(truth, random.integers(0, 4, 2), (0, 1)) * (random.random((64, 64)) > 0.1)
        ids = np.unique(prediction[prediction > 0])
        scores = random.random(len(ids)).round(2)
        collected.add(contingency(prediction, truth), scores)
        images.append({"id": image, "height": 64, "width": 64})
        for labels, into, values in ((truth, annotations, None), (prediction, found, scores)):
            for place, index in enumerate(np.unique(labels[labels > 0])):
                pixels = np.asfortranarray(labels == index).astype(np.uint8)
                entry = {"image_id": image, "category_id": 1, "segmentation": mask.encode(np.asfortranarray(pixels))}
                entry |= {"id": len(into) + 1, "area": int(pixels.sum()), "iscrowd": 0, "bbox": [0, 0, 1, 1]}
                into.append(entry if values is None else entry | {"score": float(values[place])})
    theirs = COCO()
    theirs.dataset = {"images": images, "annotations": annotations, "categories": [{"id": 1}]}
    theirs.createIndex()
    results = COCO()
    results.dataset = {"images": images, "annotations": found, "categories": [{"id": 1}]}
    results.createIndex()
    judged = COCOeval(theirs, results, "segm")
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    values = collected.as_dict()
    assert [values[name] for name in ("COCO AP", "COCO AP50", "COCO AP75")] == pytest.approx(judged.stats[:3])
