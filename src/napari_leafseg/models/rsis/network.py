"""RSIS's networks: an encoder, and a recurrent decoder of ConvLSTMs with skip connections.

They turn an image into a sequence of masks, each with the surety that an object was left
and the object's class. Know nothing of losses, objects or windows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, max_pool2d

from napari_leafseg.models.rsis.convlstm import ConvLSTM, State, start
from napari_leafseg.models.rsis.focus import CANVAS, STRIDE, FocusHead, Ground, masks
from napari_leafseg.models.rsis.params import RsisConfig
from napari_leafseg.models.rsis.sequence import Sequence
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.imagenet import normalised
from napari_leafseg.nets.resize import packed, resized
from napari_leafseg.nets.resnet import Depth, ResNetEncoder


@dataclass
class Steps:
    """What the decoder said, step after step.

    Attributes
    ----------
    masks
        (B, T, h, w) logits, float32.
    stop
        (B, T) logits: whether an object was left to find (the paper's objectness).
    classes
        (B, T, classes + 1) logits; the first stands for none, as published.
    taken
        Steps that were taken for each image; what lies beyond means nothing.
    focus
        (B, T, h', w') logits of the place of each object; ``None`` without a focus.
    hidden
        (B, T, hidden, h', w') last hidden states; ``None`` without a focus.
    ground
        What masks are made of; ``None`` without a focus.
    """

    masks: Tensor
    stop: Tensor
    classes: Tensor
    taken: list[int]
    focus: Tensor | None = None
    hidden: Tensor | None = None
    ground: Ground | None = None


@dataclass
class _Scene:
    """What is computed once for an image, and used at every step."""

    gates: list[Tensor]
    ground: Ground | None
    size: tuple[int, int]

    def of(self, images: Tensor) -> _Scene:
        """Keep some images only; what masks are made of at the end is kept whole."""
        ground = self.ground
        if ground is not None:
            ground = replace(ground, coarse=ground.coarse[images], places=ground.places[images])
        return _Scene([gates[images] for gates in self.gates], ground, self.size)


class RsisNetwork(nn.Module):
    """The network of the paper (ResNet-101: 44.5 M parameters and 0.54 M of the decoder, at D = 64), or a small one."""

    object_size: Tensor

    def __init__(self, config: RsisConfig) -> None:
        super().__init__()
        self.config = config
        # Typical diameter of the objects in the images trained on, in their pixels; 0 is not known.
        self.register_buffer("object_size", torch.zeros(()))
        self.encoder = _encoder(config)
        widths = list(reversed(self.encoder.widths))[: config.levels]
        hidden = [config.width >> level for level in range(config.levels)]
        # The skip connections are as wide as what comes from the level below.
        skips = [hidden[0], *hidden[:-1]]
        self.skips = nn.ModuleList(_skip(inputs, outputs) for inputs, outputs in zip(widths, skips, strict=True))
        extra = CANVAS * int(config.canvas)
        self.cells = nn.ModuleList(
            ConvLSTM(skip, extra + (below if level else 0), own)
            for level, (skip, below, own) in enumerate(zip(skips, [0, *hidden[:-1]], hidden, strict=True))
        )
        self.mask, self.stop, self.focus = None, None, None
        if config.head == "focus":
            self.focus = FocusHead(tuple(self.encoder.widths), 5 - config.levels, hidden[-1], config.maps)
        else:
            self.mask = nn.Conv2d(hidden[-1], 1, 3, padding=1)
            self.stop = nn.Linear(sum(hidden), 1)
        self.classes = nn.Linear(sum(hidden), config.classes + 1)

    def tell_apart(self, classes: int) -> None:
        """Begin anew with another number of classes; everything but the class of an object stays."""
        self.config = self.config.replace(classes=classes)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            layer = nn.Linear(self.classes.in_features, classes + 1)
        self.classes = layer.to(self.classes.weight.device)

    def forward(self, image: Tensor, steps: int, *, patience: int | None = None) -> Steps:
        """Look for objects.

        Parameters
        ----------
        image
            (B, 3, H, W), values 0 to 1.
        steps
            How many times.
        patience
            Leave an image alone after so many steps in a row that are almost sure to be too
            many; ``None``: never. Not for training.
        """
        whole = scene = self._scene(image)
        states = [start(gates) for gates in scene.gates]
        canvas = self._blank(scene)
        sequence = Sequence(len(image), patience)
        for _ in range(steps):
            states = self._step(scene, states, canvas)
            said, canvas = self._said(scene, states, canvas)
            stay = sequence.add(said)
            if stay is None:
                continue
            if not len(stay):
                break
            scene = scene.of(stay)
            states = [(hidden[stay], cell[stay]) for hidden, cell in states]
            canvas = None if canvas is None else canvas[stay]
        return _collected(whole.ground, sequence)

    def _scene(self, image: Tensor) -> _Scene:
        encoded = self.encoder(normalised(image) if self.config.imagenet else image)
        deepest = encoded[::-1][: self.config.levels]
        skips = [project(level) for project, level in zip(self.skips, deepest, strict=True)]
        gates = [cell.fixed(skip) for cell, skip in zip(self._cells(), skips, strict=True)]
        ground = None if self.focus is None else self.focus.ground(encoded)
        return _Scene(gates, ground, (image.shape[2], image.shape[3]))

    def _cells(self) -> list[ConvLSTM]:
        return [cell for cell in self.cells if isinstance(cell, ConvLSTM)]

    def _blank(self, scene: _Scene) -> Tensor | None:
        """Make the canvas before the first step: what was found so far, what was found last, and where."""
        if scene.ground is None:
            return None
        coarse = scene.ground.coarse
        return packed(coarse.new_zeros(coarse.shape[0], CANVAS, *coarse.shape[2:]))

    def _step(self, scene: _Scene, states: list[State], canvas: Tensor | None) -> list[State]:
        after: list[State] = []
        for cell, gates, state in zip(self._cells(), scene.gates, states, strict=True):
            size = (gates.shape[2], gates.shape[3])
            changing = [resized(after[-1][0], size, align_corners=True)] if after else []
            if self.config.canvas and canvas is not None:
                changing.append(adaptive_avg_pool2d(canvas, size))
            after.append(cell(gates, changing, state))
        return after

    def _said(
        self, scene: _Scene, states: list[State], canvas: Tensor | None
    ) -> tuple[tuple[Tensor, ...], Tensor | None]:
        hidden = states[-1][0]
        pooled = torch.cat([state[0].amax((2, 3)) for state in states], 1)
        classes = self.classes(pooled).float()
        if self.focus is None or scene.ground is None or canvas is None:
            assert self.mask is not None and self.stop is not None
            double = (2 * hidden.shape[2], 2 * hidden.shape[3])
            logits = resized(
                self.mask(resized(hidden, double, align_corners=True)).float(), scene.size, align_corners=True
            )
            return (logits[:, 0], self.stop(pooled)[:, 0].float(), classes), None
        places, stop = self.focus(scene.ground, hidden, canvas)
        with torch.no_grad():
            chosen = places.flatten(1).argmax(1, keepdim=True)
            weights = self.focus.weights(scene.ground, hidden[:, None], chosen)
            stride = scene.size[0] / hidden.shape[2]
            last = masks(scene.ground.coarse, weights, stride).sigmoid().to(canvas.dtype)
            # The place counts too: where the mask misses it, it would be chosen again.
            here = torch.zeros_like(last).flatten(2).scatter(2, chosen[:, None], 1).view_as(last)
            seen = torch.maximum(canvas[:, 2:], max_pool2d(here, 3, 1, 1))
            drawn = packed(torch.cat([torch.maximum(canvas[:, :1], last), last, seen], 1))
        return (weights[:, 0], stop, classes, places, hidden), drawn


def _collected(ground: Ground | None, sequence: Sequence) -> Steps:
    first, stop, classes, *rest = sequence.stacked()
    if ground is None:
        return Steps(first, stop, classes, sequence.taken)
    focus, hidden = rest
    return Steps(masks(ground.maps, first, STRIDE), stop, classes, sequence.taken, focus, hidden, ground)


def _encoder(config: RsisConfig) -> CompactEncoder | ResNetEncoder:
    depths: dict[str, Depth] = {"resnet18": 18, "resnet50": 50, "resnet101": 101}
    return CompactEncoder() if config.encoder == "compact" else ResNetEncoder(depths[config.encoder])


def _skip(inputs: int, outputs: int) -> nn.Sequential:
    """Project a map of the encoder: no activation, as published."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs))
