"""RSIS's losses of matched steps: masks, classes, the stop, and the places pointed at.

Knows tensors of one or all images; nothing of windows or curricula.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from napari_leafseg.models.rsis.matching import match, soft_iou
from napari_leafseg.models.rsis.network import Steps
from napari_leafseg.models.rsis.targets import Objects, places

_EPSILON = 1e-6


@dataclass
class Pairs:
    """Steps with their objects, of all images one after another.

    Attributes
    ----------
    image, step
        int64 (k,): which step of which image.
    masks
        bool (k, h, w): the object.
    valid
        bool (k, h, w): pixels that count.
    classes
        int64 (k,), -1 where the class is not known.
    """

    image: Tensor
    step: Tensor
    masks: Tensor
    valid: Tensor
    classes: Tensor


def matched(logits: Tensor, found: list[Objects], order_weight: float) -> Pairs:
    """Match the steps of each image, logits (B, T, h, w), with its objects."""
    parts = []
    with torch.no_grad():
        for index, one in enumerate(found):
            steps, ranks = match(soft_iou(logits[index].sigmoid(), one.masks, one.valid), order_weight)
            valid = one.valid.expand(len(steps), -1, -1)
            image = torch.full_like(steps, index)
            parts.append((image, steps, one.masks[ranks], valid, one.classes[ranks]))
    return Pairs(*(torch.cat(column) for column in zip(*parts, strict=True)))


def mask_losses(logits: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Compare matched masks, logits (k, h, w) in float32.

    Returns
    -------
    Soft IoU loss (Eq. 3), mean over the pairs, as the authors' code has it; and cross-entropy in
    parts of each object's area, mean over the pairs.
    """
    true, valid = (pairs.masks & pairs.valid).float().flatten(1), pairs.valid.float().flatten(1)
    logits = logits.flatten(1)
    predicted = logits.sigmoid() * valid
    both = (predicted * true).sum(1)
    area = true.sum(1)
    overlap = 1 - both / (predicted.sum(1) + area - both + _EPSILON)
    entropy = (binary_cross_entropy_with_logits(logits, true, reduction="none") * valid).sum(1) / area.clamp_min(1)
    return _mean(overlap), _mean(entropy)


def class_loss(logits: Tensor, pairs: Pairs) -> Tensor:
    """Mean negative log likelihood (Eq. 5) of (B, T, classes + 1) where an object's class is known."""
    known = pairs.classes >= 0
    said = logits[pairs.image[known], pairs.step[known]]
    return cross_entropy(said, pairs.classes[known] + 1) if len(said) else 0 * logits.sum()


def stop_loss(logits: Tensor, counts: Tensor, beyond: int = 1) -> Tensor:
    """Cross-entropy (Eq. 6) of (B, T): an object is left at the first n steps and none at the ``beyond`` next.

    Images with no fewer objects than steps are left out: they could only teach never to stop.
    """
    step = torch.arange(logits.shape[1], device=logits.device)
    left = (step < counts[:, None]).float()
    counted = (step < counts[:, None] + beyond) & (counts[:, None] < logits.shape[1])
    entropy = binary_cross_entropy_with_logits(logits, left, reduction="none")
    return (entropy * counted).sum() / counted.sum().clamp_min(1)


def focus_loss(logits: Tensor, wanted: Tensor, pairs: Pairs) -> Tensor:
    """Cross-entropy of the places (B, T, h, w) to where each object is, (k, h, w)."""
    said = logits[pairs.image, pairs.step].flatten(1).log_softmax(1)
    return _mean(-(wanted.flatten(1) * said).sum(1)) if len(said) else 0 * logits.sum()


def wanted_places(output: Steps, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Where each object is, (k, h, w), and a place (B, T) drawn from that for its step."""
    assert output.focus is not None
    size = (output.focus.shape[2], output.focus.shape[3])
    wanted = places(pairs.masks, size)
    drawn = pairs.step.new_zeros(output.focus.shape[:2])
    if len(wanted):
        drawn[pairs.image, pairs.step] = torch.multinomial(wanted.flatten(1), 1)[:, 0]
    return wanted, drawn


def _mean(values: Tensor) -> Tensor:
    return values.sum() / max(len(values), 1)
