"""The six losses of LeafMask's Eq. 1: classification, centre-ness, location, mask, semantic and points."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

from napari_leafseg.core.sample import Batch
from napari_leafseg.models.leafmask.assembly import assemble
from napari_leafseg.models.leafmask.detector import at_locations, decode_boxes, padded
from napari_leafseg.models.leafmask.network import LeafMaskNetwork, Output
from napari_leafseg.models.leafmask.refine import at_points, in_boxes, in_images, training_points
from napari_leafseg.models.leafmask.targets import Matches, Objects, centreness, find_objects, match
from napari_leafseg.models.leafmask.truth import grid, truth_at
from napari_leafseg.nets.stage import NetworkStage


@dataclass
class _Positives:
    """Locations that answer for an object, n of them.

    Attributes
    ----------
    image, index, number
        As in `Matches`.
    boxes
        (n, 4) of the objects.
    open
        bool (n, 4).
    weight
        (n,): centre-ness.
    """

    image: Tensor
    index: Tensor
    number: Tensor
    boxes: Tensor
    open: Tensor
    weight: Tensor

    def some(self, most: int) -> _Positives:
        """At most so many, drawn at random, in their old order."""
        count = len(self.image)
        if count <= most:
            return self
        keep = torch.randperm(count, device=self.image.device)[:most].sort().values
        return _Positives(*(value[keep] for value in vars(self).values()))


class LeafMaskStage(NetworkStage):
    """The one network that LeafMask trains, end to end."""

    name = "leafmask"

    def __init__(self, network: LeafMaskNetwork) -> None:
        super().__init__()
        self.network = network

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar."""
        output = self.network(batch.image)
        semantic = self.network.semantic(output.fine)
        with torch.no_grad():
            objects = find_objects(batch.labels, batch.ignore)
            matches = match(objects, output.locations, batch.ignore)
            positives = _positives(objects, matches, output)
        with torch.autocast(batch.image.device.type, enabled=False):
            result = detection_losses(output, matches, positives)
            result |= self._mask_losses(output, objects, batch.ignore, positives)
            result["semantic"] = self._semantic_loss(semantic.float(), objects, batch.ignore)
        return result

    def _mask_losses(
        self, output: Output, objects: Objects, ignore: Tensor, positives: _Positives
    ) -> dict[str, Tensor]:
        """L_mask and L_points, at the true boxes of some positives."""
        config, network = self.network.config, self.network
        some = positives.some(config.masks_per_batch)
        table = padded(output.towers).float()
        coefficients = at_locations(network.detector.coefficients, table, output.locations, some.image, some.index)
        logits = assemble(output.bases, network.base_stride, some.image, some.boxes, coefficients, config.base_size)
        cells = in_boxes(some.boxes, grid(config.base_size, logits.device))
        share, known = truth_at(objects, ignore, some.number, cells)
        error = binary_cross_entropy_with_logits(logits.flatten(1), (share >= 0.5).float(), reduction="none")
        mask = _mean(_mean(error, known, 1), some.weight)
        return {"mask": mask, "points": self._point_loss(output, objects, ignore, some, logits)}

    def _point_loss(self, output: Output, objects: Objects, ignore: Tensor, some: _Positives, logits: Tensor) -> Tensor:
        config, head = self.network.config, self.network.points
        chosen = training_points(logits, config.train_points, config.oversample, config.importance)
        places = in_boxes(some.boxes, chosen)
        share, known = truth_at(objects, ignore, some.number, places)
        size = places.new_tensor([ignore.shape[2], ignore.shape[1]])
        features = in_images(head.first(output.fine.float()), some.image, places / size)
        predicted = head(features, at_points(logits[:, None], chosen)[..., 0])
        return _mean(binary_cross_entropy_with_logits(predicted, share, reduction="none"), known)

    def _semantic_loss(self, logits: Tensor, objects: Objects, ignore: Tensor) -> Tensor:
        """L_sem: background or object at the finest level, which sees every so manyth pixel."""
        stride = self.network.config.finest
        middle = slice(stride // 2, None, stride)
        truth = (objects.number[:, middle, middle] >= 0).long()
        error = cross_entropy(logits, truth, reduction="none")
        return self.network.config.semantic_weight * _mean(error, ~ignore[:, middle, middle])


def _positives(objects: Objects, matches: Matches, output: Output) -> _Positives:
    number = matches.number
    boxes = objects.boxes[number]
    weight = centreness(boxes, output.locations, matches.index)
    return _Positives(matches.image, matches.index, number, boxes, objects.open[number], weight)


def detection_losses(output: Output, matches: Matches, positives: _Positives) -> dict[str, Tensor]:
    """L_cls (focal), L_loc (GIoU weighted by centre-ness) and L_ctr of FCOS.

    An open side may reach farther than what can be seen: the target follows the prediction
    there, for the box and for what is central in it.
    """
    image, index = positives.image, positives.index
    truth = torch.zeros_like(output.logits, dtype=torch.float32)
    truth[image, index] = 1
    focal = sigmoid_focal_loss(output.logits.float(), truth, reduction="none")
    predicted = decode_boxes(output.distances[image, index], output.locations, index)
    boxes = _reaching(positives, predicted.detach())
    overlap = generalized_box_iou_loss(predicted, boxes)
    central = binary_cross_entropy_with_logits(
        output.centreness[image, index].float(), centreness(boxes, output.locations, index), reduction="none"
    )
    return {
        "classification": (focal * matches.counted).sum() / max(len(image), 1),
        "location": _mean(overlap, positives.weight),
        "centreness": central.sum() / max(len(index), 1),
    }


def _reaching(positives: _Positives, predicted: Tensor) -> Tensor:
    """Boxes (n, 4) whose open sides follow a prediction that goes beyond them."""
    boxes = positives.boxes
    outward = torch.cat([torch.minimum(boxes, predicted)[:, :2], torch.maximum(boxes, predicted)[:, 2:]], 1)
    return torch.where(positives.open, outward, boxes)


def _mean(values: Tensor, weight: Tensor, axis: int | None = None) -> Tensor:
    """Weighted mean over all or one axis; 0 where nothing has weight."""
    weight = weight.float()
    if axis is None:
        return (values * weight).sum() / weight.sum().clamp_min(1e-6)
    return (values * weight).sum(axis) / weight.sum(axis).clamp_min(1e-6)
