"""Doubt without the truth: what was damaged comes first, in an image and among images."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg import load
from napari_leafseg.analysis.confidence import image_uncertainty, object_confidence
from napari_leafseg.analysis.dice import sbd
from napari_leafseg.core.errors import EditError
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.rosette import draw_plant
from napari_leafseg.editing import place, shape, split
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects

IMAGES = 6
SHARE = 0.2

Case = tuple[NDArray[np.uint8], NDArray[np.uint16], dict[int, float]]


@pytest.fixture(scope="module")
def nuclei() -> list[Case]:
    """Drawn nuclei as the shipped weights find them, with their scores; without those that they find badly."""
    segmenter = load("harmonic", "nuclei")
    cases = []
    for seed in range(IMAGES):
        image, truth = draw_nuclei(256, 25, seed)
        found = segmenter.decode(segmenter.encode(image))
        if sbd(found.labels, truth) > 0.85:
            cases.append((image, found.labels.astype(np.uint16), dict(enumerate(found.scores.tolist(), 1))))
    assert len(cases) >= IMAGES - 2
    return cases


def cut(objects: Objects, identity: int) -> tuple[Edit, set[int]]:
    rows, columns = objects.box(identity)
    middle = (columns.start + columns.stop) / 2
    edit = split.by_line(objects, [(rows.start - 3, middle), (rows.stop + 2, middle)], identity)
    return edit, {identity, *edit.parents}


def merged(objects: Objects, identity: int) -> tuple[Edit, set[int]]:
    near = np.unique(objects.labels[objects.around([identity], 2)])
    other = next((int(key) for key in near if key not in (0, identity)), identity)
    return place.merge(objects, [identity, other]), {max(identity, other, key=objects.area)}


def missed(objects: Objects, identity: int) -> tuple[Edit, set[int]]:
    return place.delete(objects, [identity]), {identity}


def eroded(objects: Objects, identity: int) -> tuple[Edit, set[int]]:
    return shape.shrink(objects, identity, max(2, 0.15 * objects.area(identity) ** 0.5)), {identity}


def damaged(
    labels: NDArray[np.uint16], damage: Callable[[Objects, int], tuple[Edit, set[int]]], seed: int
) -> tuple[NDArray[np.uint16], set[int]]:
    """Damage some of the objects; also those that were."""
    objects, hit = Objects(labels.copy()), set[int]()
    wanted = max(1, round(SHARE * len(objects)))
    for identity in np.random.default_rng(seed).permutation(objects.ids).tolist():
        if len(hit) >= wanted:
            break
        if identity in objects and identity not in hit:
            try:
                edit, ids = damage(objects, identity)
            except EditError:
                continue
            edit.write(objects.labels)
            objects.update(edit)
            hit |= ids
    return objects.labels, hit


def before(low: list[float], high: list[float]) -> float:
    """How often a value of the first comes before one of the second when sorted."""
    return float(np.mean(np.array(low)[:, np.newaxis] < np.array(high)))


@pytest.mark.parametrize("damage", [cut, merged, missed, eroded])
def test_damaged_predictions_come_first(nuclei, damage) -> None:
    good = [image_uncertainty(labels, scores, image).value for image, labels, scores in nuclei]
    bad = [
        image_uncertainty(damaged(labels, damage, seed)[0], scores, image).value
        for seed, (image, labels, scores) in enumerate(nuclei)
    ]
    assert before(good, bad) >= 0.85
    assert np.mean(np.array(good) < np.array(bad)) >= 0.85, "the same image, damaged, is less certain"


@pytest.mark.parametrize(("damage", "least"), [(cut, 0.9), (merged, 0.9), (eroded, 0.65)])
def test_damaged_objects_come_first(nuclei, damage, least) -> None:
    shares = []
    for seed, (image, labels, scores) in enumerate(nuclei):
        result, hit = damaged(labels, damage, seed)
        values = {key: item.value for key, item in object_confidence(result, scores, image).items()}
        shares.append(before([values[key] for key in hit], [value for key, value in values.items() if key not in hit]))
    assert np.mean(shares) >= least


def test_a_models_own_mistakes_on_leaves_come_first() -> None:
    """Not made by hand: leaves that LeafMask joined, cut or made up on drawn plants, as its scores tell."""
    segmenter = load("leafmask", "rosette")
    wrong, right = list[float](), list[float]()
    for preset, seed in product(("arabidopsis-old", "broadleaf"), range(-6, 0)):
        plant = draw_plant(preset, seed, 256)
        found = segmenter.decode(segmenter.encode(plant.image))
        scores = dict(enumerate(found.scores.tolist(), 1))
        for key, item in object_confidence(found.labels, scores, plant.image).items():
            (right if overlap(found.labels == key, plant.labels) >= 0.6 else wrong).append(item.value)
    assert min(len(wrong), len(right)) > 10
    assert before(wrong, right) >= 0.75


def overlap(mask: NDArray[np.bool_], truth: NDArray[np.integer]) -> float:
    """IoU with the true object that shares most with a mask."""
    shared = np.bincount(truth[mask], minlength=2)
    shared[0] = 0
    best = int(shared.argmax())
    return float(shared[best] / (mask | (truth == best)).sum())


@pytest.mark.parametrize(
    ("damage", "said"),
    [(cut, "looks like one object"), (merged, "less round than the others"), (missed, "belong to none")],
)
def test_the_sentence_says_why(nuclei, damage, said) -> None:
    sentences = [
        image_uncertainty(damaged(labels, damage, seed)[0], None, image).sentence
        for seed, (image, labels, _) in enumerate(nuclei)
    ]
    assert np.mean([said in sentence for sentence in sentences]) > 0.5, sentences


def test_an_unsure_method_is_believed() -> None:
    _, labels = draw_nuclei(256, 25, 0)
    confidence = object_confidence(labels, {5: 0.1})
    assert min(confidence, key=lambda key: confidence[key].value) == 5
    assert confidence[5].reason == "the method is unsure of it"


def test_every_object_is_judged_also_tiny_ones_and_high_ids() -> None:
    labels = np.zeros((2048, 2048), np.int32)
    labels[100:400, 100:400] = 3
    labels[1001, 1001] = 7
    labels[1500:1800, 200:500] = 2_000_000_000
    confidence = object_confidence(labels)
    assert sorted(confidence) == [3, 7, 2_000_000_000]
    assert confidence[7].value == 0
    assert confidence[3].value > 0.9


def test_no_object_at_all_needs_a_look_most() -> None:
    assert object_confidence(np.zeros((9, 9), np.uint16)) == {}
    doubt = image_uncertainty(np.zeros((9, 9), np.uint16))
    assert (doubt.value, doubt.sentence) == (1.0, "No object is labelled.")
