"""The losses of the object-guided method: centres, sizes, masks, and the auxiliary point refinement."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from napari_leafseg.core.sample import Batch
from napari_leafseg.models.object_guided.boxes import encode_size
from napari_leafseg.models.object_guided.masks import MaskTargets, TrueBoxes, draw_boxes, mask_targets, point_targets
from napari_leafseg.models.object_guided.network import Detection, ObjectGuidedNetwork
from napari_leafseg.models.object_guided.refinement import uncertain_points
from napari_leafseg.models.object_guided.rois import groups, places
from napari_leafseg.models.object_guided.targets import CentreTargets, centre_targets, find_objects
from napari_leafseg.nets.stage import NetworkStage

_LEAST = 1e-4
"""Probabilities are kept this far from 0 and 1, because the published loss is infinite there."""


class ObjectGuidedStage(NetworkStage):
    """The one network that the method trains, detection and segmentation together."""

    name = "objects"
    share = 1.0

    def __init__(self, network: ObjectGuidedNetwork) -> None:
        super().__init__()
        self.network = network

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar."""
        labels, ignore = batch.labels.cpu().numpy(), batch.ignore.cpu().numpy()
        objects = [find_objects(*one) for one in zip(labels, ignore, strict=True)]
        config, device = self.network.config, batch.image.device
        wanted = centre_targets(objects, ignore, self.network.stride, device)
        boxes = draw_boxes(objects, ignore, config, device)
        said, levels = self.network(batch.image)
        segmentation, refinement = self._mask_losses(levels, boxes)
        size, offset = size_losses(said, wanted, self.network)
        return {
            "heat": heat_loss(said.heat, wanted),
            "size": config.size_weight * size,
            "offset": offset,
            "segmentation": config.segmentation_weight * segmentation,
            "refinement": config.refinement_weight * refinement,
        }

    def _mask_losses(self, levels: list[Tensor], boxes: TrueBoxes) -> tuple[Tensor, Tensor]:
        """Mean over boxes of the mask loss, mean over boxes and heads of the point loss."""
        masks, points = [], []
        for group in groups(boxes.edges.cpu().numpy(), self.network.config):
            index = torch.from_numpy(group.index).to(boxes.edges.device)
            chosen = boxes.select(index)
            refined = self.network.refined(levels, chosen.image, chosen.edges, group.sizes)
            logits = self.network.branch.logits(refined)
            at = places(chosen.edges, 0, group.sizes[0], self.network.config)
            masks.append(_per_box(logits.flatten(1), mask_targets(chosen, *at)))
            where = uncertain_points(logits.detach())
            if where.shape[1]:
                truth = point_targets(chosen, *at, where)
                points += [_per_box(said, truth) for said in self.network.branch.point_logits(refined, where)]
        # Networks that train on several devices want a gradient for every parameter, also without any object.
        drawing = [*self.network.branch.parameters(), *self.network.fine.parameters()]
        nothing = sum((p.sum() for p in drawing), levels[0].new_zeros(())) * 0
        return tuple(torch.cat(parts).mean() + nothing if parts else nothing for parts in (masks, points))  # type: ignore[return-value]


def heat_loss(logits: Tensor, wanted: CentreTargets) -> Tensor:
    """Penalty-reduced focal loss (Eq. 1, alpha 2 and beta 4), over the batch's number of centres.

    Parameters
    ----------
    logits
        (B, h, w).
    wanted
        Cells that nobody knows count nowhere.
    """
    probability = logits.sigmoid().clamp(_LEAST, 1 - _LEAST)
    positive = wanted.heat == 1
    hit = (1 - probability).square() * probability.log()
    miss = (1 - wanted.heat) ** 4 * probability.square() * (1 - probability).log()
    total = (torch.where(positive, hit, miss) * wanted.counts).sum()
    return -total / (positive * wanted.counts).sum().clamp_min(1)


def size_losses(said: Detection, wanted: CentreTargets, network: ObjectGuidedNetwork) -> tuple[Tensor, Tensor]:
    """L1 of sizes and of offsets at the centres, each the mean over both axes (published: L1, not smooth L1)."""
    at = (wanted.image, slice(None), wanted.row, wanted.column)
    size = encode_size(wanted.extent, network.config.size_code, network.stride)
    count = 2 * len(wanted.image) + _LEAST
    return (said.size[at] - size).abs().sum() / count, (said.offset[at] - wanted.offset).abs().sum() / count


def _per_box(logits: Tensor, wanted: MaskTargets) -> Tensor:
    """Mean cross-entropy of each box, over the samples that count: (m, P) to (m,)."""
    error = binary_cross_entropy_with_logits(logits, wanted.value, reduction="none")
    return (error * wanted.counts).sum(1) / wanted.counts.sum(1).clamp_min(1)
