"""COCO AP and VOC AP follow their own rules, on cases counted by hand and beside pycocotools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
        collected.add(prediction, truth, scores)
    return collected.as_dict()


def test_the_same_labels_are_perfect() -> None:
    labels = blocks((1, 0, 10), (2, 20, 30))
    assert set(ranked((labels, labels, [0.5, 0.9])).values()) == {1.0}


def test_a_hit_after_a_miss_counts_half() -> None:
    truth = blocks((1, 0, 10))
    prediction = blocks((1, 50, 60), (2, 0, 10))
    values = ranked((prediction, truth, [0.9, 0.8]))
    assert values["COCO AP50"] == pytest.approx(values["VOC AP50"]) == pytest.approx(0.5)
    values = ranked((prediction, truth, [0.8, 0.9]))
    assert values["COCO AP50"] == pytest.approx(values["VOC AP50"]) == pytest.approx(1.0)


def test_half_of_the_objects_found() -> None:
    values = ranked((blocks((1, 0, 10)), blocks((1, 0, 10), (2, 20, 30)), [1.0]))
    assert values["COCO AP50"] == pytest.approx(51 / 101)  # recalls 0, 0.01, ..., 0.50
    assert values["VOC AP50"] == pytest.approx(0.5)


def test_an_iou_at_the_threshold_is_a_hit_for_coco_only() -> None:
    values = ranked((blocks((1, 0, 10)), blocks((1, 0, 20)), [1.0]))
    assert (values["COCO AP50"], values["VOC AP50"]) == pytest.approx((1.0, 0.0))


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


def test_boxes_are_judged_beside_masks() -> None:
    """A comb fills half of its box: as a mask it misses the block, as a box it is the block."""
    truth = blocks((1, 0, 10))
    comb = truth * (np.arange(100) % 3 == 0)[np.newaxis]
    values = ranked((comb, truth, [1.0]))
    assert (values["COCO AP50"], values["COCO box AP50"]) == pytest.approx((0.0, 1.0))
    assert (values["VOC AP50"], values["VOC box AP50"]) == pytest.approx((0.0, 1.0))


def test_a_box_at_the_threshold_is_a_hit_for_voc() -> None:
    """Published so: above the threshold for masks, at least the threshold for boxes."""
    values = ranked((blocks((1, 0, 10)), blocks((1, 0, 20)), [1.0]))
    assert (values["VOC AP50"], values["VOC box AP50"]) == pytest.approx((0.0, 1.0))


def test_recall_counts_the_best_proposals_only() -> None:
    """Twenty objects, all found: ten proposals can recall half of them."""
    labels = np.repeat(np.arange(1, 21, dtype=np.int32), 5)[np.newaxis]
    values = ranked((labels, labels, [1.0] * 20))
    assert (values["AR50 N=10"], values["AR50 N=50"]) == pytest.approx((0.5, 1.0))
    assert (values["AR85 N=10"], values["AR85 N=50"]) == pytest.approx((0.5, 1.0))


def test_sizes_without_an_object_have_no_figure() -> None:
    labels = np.zeros((120, 120), np.int32)
    labels[:50, :50] = 1
    values = ranked((labels, labels, [1.0]))
    assert values["COCO AP M"] == pytest.approx(1)
    assert not {"COCO AP S", "COCO AP L"} & values.keys()


def test_the_figures_are_those_that_pycocotools_finds_from_masks() -> None:
    """The overlaps counted here give what encoded masks and plain boxes give there."""
    images, annotations, found = [], [], []
    collected = RankedPrecision()
    random = np.random.default_rng(0)
    for image in range(1, 7):
        truth = np.kron(random.integers(0, 40, (8, 8)), np.ones((16, 16), int)).astype(np.int32)
        prediction = np.roll(truth, random.integers(0, 6, 2), (0, 1)) * (random.random(truth.shape) > 0.1)
        scores = random.random(len(np.unique(prediction[prediction > 0]))).round(2)
        collected.add(prediction, truth, scores)
        images.append({"id": image, "height": truth.shape[0], "width": truth.shape[1]})
        annotations += _annotations(image, truth, len(annotations))
        found += [
            entry | {"score": float(score)}
            for entry, score in zip(_annotations(image, prediction, len(found)), scores, strict=True)
        ]
    values = collected.as_dict()
    for kind, place in (("segm", ""), ("bbox", "box ")):
        judged = _judged(kind, images, annotations, found)
        names = ("AP", "AP50", "AP75", "AP S", "AP M", "AP L")
        assert [values.get(f"COCO {place}{name}", -1) for name in names] == pytest.approx(judged.stats[:6])
        if kind == "segm":
            recall = judged.eval["recall"][0, 0, 0]  # IoU 0.50, all sizes
            assert [values["AR50 N=10"], values["AR50 N=50"]] == pytest.approx(recall[:2])


def _annotations(image: int, labels: Any, before: int) -> list[dict[str, Any]]:
    from pycocotools import mask

    found = []
    for place, index in enumerate(np.unique(labels[labels > 0])):
        pixels = np.asfortranarray(labels == index).astype(np.uint8)
        encoded = mask.encode(np.asfortranarray(pixels))
        area = {"area": int(pixels.sum()), "bbox": mask.toBbox(encoded).tolist(), "segmentation": encoded}
        found.append({"id": before + place + 1, "image_id": image, "category_id": 1, "iscrowd": 0} | area)
    return found


def _judged(kind: str, images: list[Any], annotations: list[Any], found: list[Any]) -> Any:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def indexed(entries: list[Any]) -> Any:
        made = COCO()
        # The size of a box is the box's where boxes are judged.
        sized = [e | {"area": e["bbox"][2] * e["bbox"][3]} if kind == "bbox" else e for e in entries]
        made.dataset = {"images": images, "annotations": sized, "categories": [{"id": 1}]}
        made.createIndex()
        return made

    judged = COCOeval(indexed(annotations), indexed(found), kind)
    judged.params.maxDets = [10, 50, 100]
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    return judged
