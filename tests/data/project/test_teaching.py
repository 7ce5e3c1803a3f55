"""What nobody has looked at is not learned from."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.project.sidecar import Sidecar, Status
from napari_leafseg.data.project.teaching import LEAST_BAND, not_learned, teaches

LABELS = np.zeros((40, 60), np.int32)
LABELS[10:22, 10:22] = 1
LABELS[10:22, 24:36] = 2
LABELS[30:34, 50:54] = 3
REGION = np.zeros(LABELS.shape, bool)
REGION[:, 14:16] = True


def sidecar(status: Status, *checked: int) -> Sidecar:
    return Sidecar(image="a.png", status=status, checked=checked)


def learned(status: Status, *checked: int, region: np.ndarray | None = None) -> np.ndarray:
    mask = not_learned(LABELS, region, sidecar(status, *checked))
    return np.ones(LABELS.shape, bool) if mask is None else ~mask


def test_a_corrected_image_is_learned_whole() -> None:
    assert learned(Status.CORRECTED).all()
    assert np.array_equal(learned(Status.CORRECTED, 1, region=REGION), ~REGION)
    assert teaches(sidecar(Status.CORRECTED))


def test_of_other_images_only_checked_objects_and_their_surroundings_are_learned() -> None:
    where = learned(Status.IN_WORK, 1)
    assert where[LABELS == 1].all()
    assert not where[LABELS == 2].any() and not where[LABELS == 3].any()
    # A quarter of the diameter of 144 pixels is 3.4.
    assert where[15, 10 - LEAST_BAND] and where[10 - LEAST_BAND, 15]
    assert not where[15, 10 - LEAST_BAND - 1] and not where[35, 15]
    # Between two objects that touch nearly, background is believed, but not the neighbour.
    assert where[15, 22:24].all() and not where[15, 24]


def test_a_band_is_wider_around_large_objects() -> None:
    labels = np.zeros((200, 200), np.int32)
    labels[50:150, 50:150] = 7
    mask = not_learned(labels, None, sidecar(Status.PREDICTED, 7))
    assert mask is not None
    assert np.flatnonzero(~mask[100])[0] == 50 - 28 and not mask[100, 100]


def test_the_region_is_ignored_in_checked_objects_too() -> None:
    where = learned(Status.IN_WORK, 1, region=REGION)
    assert not where[REGION].any() and where[15, 12]


def test_unchecked_images_teach_nothing() -> None:
    for status in (Status.NEW, Status.PREDICTED, Status.IN_WORK):
        assert not teaches(sidecar(status)) and not learned(status).any()
        assert teaches(sidecar(status, 3))


def test_planes_of_a_stack_do_not_reach_each_other() -> None:
    stack = np.stack([LABELS, np.zeros_like(LABELS)])
    mask = not_learned(stack, None, sidecar(Status.IN_WORK, 1))
    assert mask is not None and mask[1].all() and not mask[0].all()
