"""What RSIS trains: random windows, the curriculum, and the sum of losses."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from napari_leafseg.core.sample import Batch
from napari_leafseg.models.rsis.focus import STRIDE, masks
from napari_leafseg.models.rsis.losses import (
    Pairs,
    class_loss,
    focus_loss,
    mask_losses,
    matched,
    stop_loss,
    wanted_places,
)
from napari_leafseg.models.rsis.network import RsisNetwork, Steps
from napari_leafseg.models.rsis.targets import Objects, objects
from napari_leafseg.models.rsis.windows import cut, draw, inside
from napari_leafseg.nets.stage import NetworkStage


class RsisStage(NetworkStage):
    """The one network that RSIS trains.

    Parameters
    ----------
    network
        To train.
    side
        Of the windows, in pixels of the images; ``None``: the whole crop is one.
    grown
        Whether the network takes all its steps from the first on, as one that has learned them should.
    """

    name = "recurrent"

    def __init__(self, network: RsisNetwork, side: float | None, *, grown: bool = False) -> None:
        super().__init__()
        self.network = network
        self.side = side
        self.grown = grown
        self.steps = network.config.steps
        self.advance(0.0)

    def advance(self, done: float) -> None:
        """Take more steps as the training goes on, up to T.

        The authors add one whenever the validation loss has not improved for 30 epochs; a
        run with a budget adds them evenly over a share of it.
        """
        config = self.network.config
        share = 1.0 if self.grown or done >= config.curriculum else done / config.curriculum
        first = min(config.first_steps, config.steps)
        self.steps = first + int(share * (config.steps - first))

    def groups(self) -> list[dict[str, Any]]:
        """Let the encoder learn at its own rate."""
        encoder = {id(p) for p in self.network.encoder.parameters()}
        wanted = [p for p in self.parameters() if p.requires_grad]
        return [
            {"params": [p for p in wanted if id(p) not in encoder], "factor": 1.0},
            {"params": [p for p in wanted if id(p) in encoder], "factor": self.network.config.encoder_rate},
        ]

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar."""
        config = self.network.config
        image, found = self._windows(batch)
        counts = torch.tensor([len(one.masks) for one in found], device=image.device)
        # Later steps would be in no loss.
        output = self.network(image, min(self.steps, int(counts.max()) + config.stop_beyond))
        pairs = matched(output.masks, found, config.order_weight)
        result = {"stop": config.stop_weight * stop_loss(output.stop, counts, config.stop_beyond)}
        result |= self._mask_losses(output, pairs)
        if config.classes > 1:
            result["class"] = config.class_weight * class_loss(output.classes, pairs)
        return result

    def _mask_losses(self, output: Steps, pairs: Pairs) -> dict[str, Tensor]:
        config, result = self.network.config, {}
        logits = output.masks
        if output.focus is not None:
            assert self.network.focus is not None and output.ground is not None and output.hidden is not None
            # The mask is learned at the object's own place, so that it need not wait until the place is found.
            wanted, place = wanted_places(output, pairs)
            result["focus"] = config.focus_weight * focus_loss(output.focus, wanted, pairs)
            weights = self.network.focus.weights(output.ground, output.hidden, place)
            logits = masks(output.ground.maps, weights, STRIDE)
        overlap, entropy = mask_losses(logits[pairs.image, pairs.step], pairs)
        # All weights take part in every step, as training on several devices asks.
        result["mask"] = overlap + 0 * (logits.sum() + output.classes.sum())
        if config.cross_entropy_weight:
            result["cross_entropy"] = config.cross_entropy_weight * entropy
        return result

    @torch.no_grad()
    def _windows(self, batch: Batch) -> tuple[Tensor, list[Objects]]:
        """Cut a random window out of each image: float (B, 3, S, S), and its objects at the masks' resolution."""
        config, shape = self.network.config, (batch.labels.shape[1], batch.labels.shape[2])
        batch = _repeated(batch, config.windows)
        # Small numbers, because floats carry them through the resizing.
        ids, numbers = torch.unique(torch.where(batch.ignore, 0, batch.labels), return_inverse=True)
        side, size = self._side(shape), config.input_size
        corner = draw(ids[numbers], side, config.steps)
        image = cut(batch.image, corner, side, size, "bilinear")
        fine = size // STRIDE if config.head == "focus" else size
        labels = ids[cut(numbers[:, None].float(), corner, side, fine, "nearest")[:, 0].round().long()]
        ignored = cut(batch.ignore[:, None].float(), corner, side, fine, "nearest")[:, 0] > 0.5
        valid = inside(shape, corner, side, fine) & ~ignored
        found = [
            objects(one, where, classes, config.order, config.steps)
            for one, where, classes in zip(labels, valid, batch.classes, strict=True)
        ]
        return image, found

    def _side(self, shape: tuple[int, int]) -> float:
        smallest = float(min(shape))
        if self.side is None:
            return smallest
        return min(self.side, smallest) if self.network.config.stretch else self.side


def _repeated(batch: Batch, times: int) -> Batch:
    if times == 1:
        return batch
    image, labels, ignore = (each.repeat_interleave(times, 0) for each in (batch.image, batch.labels, batch.ignore))
    return Batch(image, labels, ignore, [classes for classes in batch.classes for _ in range(times)])
