"""What is kept of a network's steps: candidates with all masks, so that every threshold stays live."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.models.rsis.decode import STEPS, STOP, boxes_of
from napari_leafseg.models.rsis.network import Steps

_MOST = 8.0
"""Logits beyond are cut; half precision then keeps them well."""
_LOWEST = -3.0
"""Below the lowest mask threshold, as a logit."""


def candidates(steps: Steps, index: int, geometry: Geometry, *, several: bool) -> Candidates:
    """Keep the steps of one image.

    Parameters
    ----------
    steps
        What the network said.
    index
        Which image of the batch.
    geometry
        Its way back.
    several
        Whether there are several classes.

    Returns
    -------
    Candidates, best first; the score is the surety that an object was left, times the mean
    of its mask where that is above one half. Features hold each one's step and surety.
    """
    taken = steps.taken[index]
    masks = steps.masks[index, :taken].float().clamp(-_MOST, _MOST)
    stop = steps.stop[index, :taken].float().sigmoid()
    inside = (masks > 0).float()
    sure = (masks.sigmoid() * inside).sum((1, 2)) / inside.sum((1, 2)).clamp_min(1)
    scores = (stop * sure).cpu().numpy()
    best = np.argsort(-scores, kind="stable")
    kept = masks.half().cpu().numpy()[best]
    height, width = geometry.padded_shape
    rows, columns = kept.shape[1:]
    classes = steps.classes[index, :taken, 1:].argmax(1).cpu().numpy()[best] if several else None
    features: dict[str, NDArray[np.generic]] = {STEPS: best.astype(np.int64), STOP: stop.cpu().numpy()[best]}
    return Candidates(
        geometry, scores[best], boxes_of(kept, (height / rows, width / columns), _LOWEST), kept, classes, features
    )
