"""From candidates to objects: cut the masks, suppress duplicates, paint.

Pure: the same candidates and parameters always give the same answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.instances import Instances, Mask, paint
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.paste import paste
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.models.object_guided.nms import suppress
from napari_leafseg.models.object_guided.params import ObjectGuidedParams


def decode(piece: Candidates, params: ObjectGuidedParams, memo: Memo) -> Instances:
    """Find the objects among candidates.

    Parameters
    ----------
    piece
        From the network.
    params
        Live parameters.
    memo
        Keeps masks, which depend on confidence and mask threshold only, and which of them are no duplicates.
    """
    count = int(np.count_nonzero(piece.scores > params.confidence))
    key = (count, params.mask_threshold)
    masks = memo.get(("masks", *key), lambda: cut(piece, np.arange(count), params.mask_threshold))
    kept = memo.get(("kept", *key, params.nms_iou), lambda: suppress(masks, params.nms_iou))
    shape, scores = piece.geometry.image_shape, piece.scores[kept]
    return paint(shape, [masks[index] for index in kept], scores, min_area=params.min_area)


def cut(piece: Candidates, chosen: NDArray[np.int64], threshold: float) -> list[Mask]:
    """Bring some candidates' masks to the image's pixels, those of one size together.

    Parameters
    ----------
    piece
        With ``sizes``.
    chosen
        Positions.
    threshold
        Of the masks' values.
    """
    assert piece.sizes is not None
    areas = piece.sizes.prod(axis=1)
    starts = np.cumsum(areas) - areas
    sizes, inverse = np.unique(piece.sizes[chosen], axis=0, return_inverse=True)
    result: list[Mask] = [Mask(0, 0, np.zeros((0, 0), bool))] * len(chosen)
    for number, (rows, columns) in enumerate(sizes):
        members = np.flatnonzero(inverse.ravel() == number)
        alike = chosen[members]
        flat = piece.masks[starts[alike, np.newaxis] + np.arange(rows * columns)]
        pasted = paste(flat.reshape(-1, rows, columns), piece.boxes[alike], piece.geometry, threshold)
        for member, mask in zip(members, pasted, strict=True):
            result[member] = mask
    return result
