"""How much to trust labels without knowing the truth: object by object for review, in one number for an image.

Signs of what goes wrong, each 1 where nothing is odd: the method's own score; an object's size and outline beside
those of the other objects (two leaves in one, or a part of one); a long border with a neighbour, where the image
shows none, together with which it would be as round as the others (one leaf in two); and, for the image, pixels that
look like objects but belong to none (missed or cut short). Objects of many sizes and outlines, as the leaves of one
plant, say less by those, and count less there.

What it can do: on drawn plants as LeafMask finds them, an object that is wrong comes before one that is right in 85 of
100 pairs, without scores in hardly more than half; which of two plants is labelled worse is said little better than by
chance (rank correlation 0.2). On nuclei both are said well (`tests/analysis/test_confidence.py`).

Knows label images; nothing of methods, projects or windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

Image = NDArray[Any]
Box = tuple[slice, slice]

_LEAST_SPREAD = np.array([0.25, 0.04])
"""Of the logarithm of the area, and of the solidity: what objects of one kind differ by at least."""
_ONE_KIND = 1.6
"""Times that, up to which objects count as of one kind, so that being unlike the others says all it can."""
_CONTACT = (0.12, 0.3)
"""Shares of its border along which an object touches another: from never to surely a part of the same."""
_CLEAR = (0.4, 1.1)
"""Contrast at a border, in deviations of the colours beside it: from no border at all to a clear one."""
_BESIDE = 4
"""Pixels on both sides of a border that are compared."""
_SIDE = 512
"""Images are looked at on a grid of at most about so many pixels a side."""
_TONES = 8
"""Steps of each colour channel in which pixels count as alike."""


@dataclass(frozen=True)
class Confidence:
    """How far an object can be trusted.

    Attributes
    ----------
    value
        0 to 1; the product of all signs.
    reason
        The weakest sign, in words.
    """

    value: float
    reason: str


@dataclass(frozen=True)
class Uncertainty:
    """How much an image's labels need a look; sort by it to correct first what teaches most.

    Attributes
    ----------
    value
        0 (nothing odd) to 1.
    sentence
        Why, for the person.
    """

    value: float
    sentence: str


def object_confidence(
    labels: NDArray[np.integer], scores: Mapping[int, float] | None = None, image: Image | None = None
) -> dict[int, Confidence]:
    """Judge every object of a plane.

    Parameters
    ----------
    labels
        (height, width), 0 is background.
    scores
        The method's confidence by id, 0 to 1; objects without one are not judged by it.
    image
        (height, width) or (height, width, channels) of the same pixels, in any range of values; without it only
        outlines tell whether two neighbours are one.

    Returns
    -------
    By id.
    """
    # Methods give what they keep 0.5 to 0.9, and say more by it than any other sign does.
    return _confidences(labels, {key: score**2 for key, score in (scores or {}).items()}, image)


def _confidences(
    labels: NDArray[np.integer], scores: Mapping[int, float], image: Image | None
) -> dict[int, Confidence]:
    thinned = _thinned(labels)
    ids, numbers = np.unique(thinned, return_inverse=True)
    numbers = numbers.reshape(thinned.shape) + int(ids[:1].sum() > 0)
    judged = _judged(numbers, None if image is None else _channels(_thinned(image)))
    seen = dict(zip(ids[ids > 0].tolist(), judged, strict=True))
    return {
        key: _joined({**seen.get(key, {"it is tiny": 0.0}), "the method is unsure of it": scores.get(key, 1.0)})
        for key in _present(labels)
    }


def _judged(labels: NDArray[np.integer], image: Image | None) -> list[dict[str, float]]:
    """Signs of each object, numbered 1..n without gaps, by what they say where they are low."""
    boxes = dict(enumerate(ndimage.find_objects(labels), 1))
    if not boxes:
        return []
    shapes = np.array([_shape(labels[box] == key) for key, box in boxes.items()])
    likeness = _Likeness(shapes)
    apart = _apart(labels, image, boxes, likeness)
    return [
        {
            "it is larger, smaller or less round than the others": alone,
            "together with its neighbour it looks like one object": apart[key],
        }
        for key, alone in zip(boxes, likeness.of(shapes), strict=True)
    ]


def _present(labels: NDArray[np.integer]) -> list[int]:
    # Counting is faster than sorting, but needs a table as long as the highest id.
    counted = labels.max(initial=0) <= max(labels.size, 1 << 16)
    ids = np.flatnonzero(np.bincount(labels.ravel())) if counted else np.unique(labels)
    return [key for key in ids.tolist() if key]


def image_uncertainty(
    labels: NDArray[np.integer], scores: Mapping[int, float] | None = None, image: Image | None = None
) -> Uncertainty:
    """Judge the labels of a plane in one number: one minus how far its objects, and its background, can be trusted.

    Parameters
    ----------
    labels, scores
        As in `object_confidence`.
    image
        (height, width) or (height, width, channels) of the same pixels, in any range of values; without it nobody
        knows whether objects were missed.
    """
    # Of a whole image, scores say less: what was not found has none.
    objects = _confidences(labels, scores or {}, image)
    if not objects:
        return Uncertainty(1.0, "No object is labelled.")
    missed = 0.0 if image is None else _missed(_thinned(labels), _channels(_thinned(image)))
    trust = float(np.mean([item.value for item in objects.values()]))
    return Uncertainty(1 - trust * (1 - missed), _sentence(objects, missed))


def _joined(signs: Mapping[str, float]) -> Confidence:
    weakest = min(signs, key=lambda reason: signs[reason])
    return Confidence(float(np.prod(list(signs.values()))), weakest)


def _sentence(objects: Mapping[int, Confidence], missed: float) -> str:
    """Say what is oddest."""
    doubtful = [item.reason for item in objects.values() if item.value < 0.5]
    if missed > max(0.05, len(doubtful) / len(objects)):
        return f"{missed:.0%} of the pixels that look like objects belong to none."
    if not doubtful:
        return "No object looks odd."
    common = max(dict.fromkeys(doubtful), key=doubtful.count)
    if len(doubtful) == 1:
        return f"One of {len(objects)} objects is doubtful: {common}."
    return f"{len(doubtful)} of {len(objects)} objects are doubtful, most often because of one: {common}."


def _thinned(array: NDArray[Any]) -> NDArray[Any]:
    step = max(1, round(max(array.shape[:2]) / _SIDE))
    return array[::step, ::step]


def _channels(image: Image) -> NDArray[np.float32]:
    return np.atleast_3d(image)[:, :, :3].astype(np.float32)


# --- size and outline ---------------------------------------------------------------


class _Likeness:
    """How like the objects of an image others are, in size and outline."""

    def __init__(self, shapes: NDArray[np.float64]) -> None:
        self._middle = np.median(shapes, axis=0)
        # Robust, for some of the objects may be wrong: a median deviation as a standard one.
        self._spread = np.maximum(1.4826 * np.median(np.abs(shapes - self._middle), axis=0), _LEAST_SPREAD)
        # Where the objects are of many kinds, being unlike the others says less.
        self._weights = np.minimum(_ONE_KIND * _LEAST_SPREAD / self._spread, 1)

    def of(self, shapes: NDArray[np.float64]) -> list[float]:
        """1 in the middle of the others, 0 far away; rounder than the others is not odd."""
        away = (shapes - self._middle) / self._spread
        away[:, 1] = np.minimum(away[:, 1], 0)
        likeness: list[float] = np.exp(-((away / 2) ** 2).sum(axis=1) / 2 * self._weights.min()).tolist()
        return likeness

    def in_outline(self, shape: tuple[float, float]) -> float:
        """The same for the outline alone, judged more strictly; at most what outlines say here at all."""
        away = min((shape[1] - self._middle[1]) / self._spread[1], 0)
        return float(np.exp(-(away**2) / 2) * self._weights[1])


def _shape(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Logarithm of the area, and solidity: the area by that of the convex hull."""
    rows = np.flatnonzero(mask.any(axis=1))
    # The outermost pixels of each row hold all corners; a pixel is a square.
    first, behind = mask[rows].argmax(axis=1), mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    corners = [np.stack((rows + down, side), axis=1) for down in (0, 1) for side in (first, behind)]
    area = int(mask.sum())
    return float(np.log(area)), area / float(ConvexHull(np.concatenate(corners)).volume)


# --- parts of one -------------------------------------------------------------------


def _apart(
    labels: NDArray[np.integer], image: Image | None, boxes: Mapping[int, Box], likeness: _Likeness
) -> dict[int, float]:
    """Low for objects that meet another along much of their border, and are as round as the others together with it."""
    result = dict.fromkeys(boxes, 1.0)
    for (one, two), share in _contacts(labels):
        contact = float(np.interp(share, _CONTACT, (0, 1)))
        if contact > 0:
            box = tuple(
                slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(boxes[one], boxes[two], strict=True)
            )
            first, second = labels[box] == one, labels[box] == two
            together = likeness.in_outline(_shape(first | second))
            clear = 0.0 if image is None else float(np.interp(_contrast(image[box], first, second), _CLEAR, (0, 1)))
            for key in (one, two):
                result[key] = min(result[key], 1 - together * contact * (1 - clear))
    return result


def _contrast(image: Image, one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """How far colours differ across a border, or on it from beside it, in deviations of the colours beside it."""
    near_one, near_two = ndimage.binary_dilation(one), ndimage.binary_dilation(two)
    beside_two = ndimage.binary_dilation(one, iterations=_BESIDE) & two & ~near_one
    beside_one = ndimage.binary_dilation(two, iterations=_BESIDE) & one & ~near_two
    if not beside_one.any() or not beside_two.any():
        return 0.0
    border = image[(near_one & two) | (near_two & one)].mean(axis=0)
    first, second = image[beside_one], image[beside_two]
    deviation = np.sqrt((first.var(axis=0) + second.var(axis=0)).mean() / 2)
    middles = first.mean(axis=0), second.mean(axis=0)
    step, valley = np.abs(middles[0] - middles[1]), np.abs((middles[0] + middles[1]) / 2 - border)
    return float(max(step.max(), valley.max()) / max(deviation, 1e-9))


def _contacts(labels: NDArray[np.integer]) -> Iterator[tuple[tuple[int, int], float]]:
    """Pairs of objects that touch, and along what share of the border of the one where it is more."""
    border: dict[int, int] = {}
    shared: dict[tuple[int, int], int] = {}
    padded = np.pad(labels, 1)
    for one, two in ((padded[:, :-1], padded[:, 1:]), (padded[:-1], padded[1:])):
        differ = one != two
        pairs, counts = np.unique(np.stack((one[differ], two[differ])), axis=1, return_counts=True)
        for (a, b), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
            for key in (a, b):
                border[key] = border.get(key, 0) + count
            shared[min(a, b), max(a, b)] = shared.get((min(a, b), max(a, b)), 0) + count
    for (a, b), length in shared.items():
        if a:
            yield (a, b), length / min(border[a], border[b])


# --- what belongs to none -----------------------------------------------------------


def _missed(labels: NDArray[np.integer], image: Image) -> float:
    """Share of the pixels that look like objects and belong to none.

    Pixels look like objects if most of those of their colour are labelled. Single ones and the blurred rim of
    objects do not count.
    """
    tones = _tones(image)
    inside = labels > 0
    size = _TONES ** image.shape[2]
    labelled, there = np.bincount(tones[inside], minlength=size), np.bincount(tones.ravel(), minlength=size)
    alike = (2 * labelled > there)[tones]
    missed = ndimage.binary_opening(alike & ~ndimage.binary_dilation(inside), np.ones((3, 3)))
    return float(missed.sum() / max(int((missed | inside).sum()), 1))


def _tones(image: Image) -> NDArray[np.int64]:
    """Number each pixel's colour, in steps between the darkest and the lightest of each channel."""
    smooth = ndimage.uniform_filter(image, (3, 3, 1))
    low, high = np.percentile(smooth, (0.5, 99.5), axis=(0, 1))
    steps = np.clip((smooth - low) / np.maximum(high - low, 1e-9) * _TONES, 0, _TONES - 1).astype(np.int64)
    weights = _TONES ** np.arange(steps.shape[2])
    tones: NDArray[np.int64] = (steps * weights).sum(axis=2)
    return tones
