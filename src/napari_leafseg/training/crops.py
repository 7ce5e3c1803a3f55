"""Random, augmented crops of labelled images: one draw for image, labels and ignore mask together.

Knows samples and tensors; nothing of methods.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2

from napari_leafseg.core.sample import Batch, Sample
from napari_leafseg.training.drawn import DrawnSamples
from napari_leafseg.training.framing import framed
from napari_leafseg.training.options import TrainOptions

IGNORED = -1
"""Stands for ignored pixels in the one mask that travels through the transforms."""

_MOST_PREPARED = 64
_COLOUR = 1e-3
"""Least difference between the channels of a pixel that has a colour."""

_FILL = {tv_tensors.Image: 0.0, tv_tensors.Mask: IGNORED}


class Crops(torch.utils.data.Dataset[tuple[Tensor, Tensor, dict[int, int]]]):
    """Augmented crops of samples.

    Items are asked for by ``(epoch, index)`` drawn into one number, so that every crop is
    the same in every process and after a resumption.

    Parameters
    ----------
    samples
        At least one; of drawn ones every plant is cut a few times, and never comes again.
    options
        Crop side, augmentation and seed.
    replay
        Where crops with numbers below zero are cut.
    """

    def __init__(self, samples: Sequence[Sample], options: TrainOptions, replay: DrawnSamples | None = None) -> None:
        self._samples, self._replay = samples, replay
        self._seed, self._per_plant = options.seed, options.drawn_crops
        self._transform = transform(options)
        self._sizes, self._side = options.object_sizes, margin(options)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, draw: int) -> tuple[Tensor, Tensor, dict[int, int]]:
        """Make crop number ``draw``: float32 (3, H, W), int64 (H, W) with `IGNORED`, classes."""
        sample = self._sample(draw)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed((self._seed * 1_000_003 + draw) % 2**63)
            image, mask = _tensors(sample)
            if self._sizes:
                image, mask = framed(image, mask, self._side, self._sizes, IGNORED)
            image, mask = self._transform(image, mask)
        return image.as_subclass(Tensor), mask.as_subclass(Tensor).long(), sample.classes

    def _sample(self, draw: int) -> Sample:
        if draw < 0:
            assert self._replay is not None
            return self._replay.draw((-1 - draw) // self._per_plant)
        if isinstance(self._samples, DrawnSamples):
            # Crops that follow each other show the same plant: drawing takes longer than cutting.
            return self._samples.draw(draw // len(self._samples) // self._per_plant)
        return self._samples[draw % len(self._samples)]


def as_learned(samples: Sequence[Sample], options: TrainOptions) -> Sequence[Sample]:
    """Show samples at the sizes that training shows them at: as they are, or with objects brought to a size.

    For what a method must know before it trains (`Segmenter.prepare`).
    """
    sizes, factor = options.object_sizes, _enlarged(options)
    some = range(min(len(samples), _MOST_PREPARED))
    if sizes:
        return [_framed_sample(samples[i], options, sizes, i) for i in some]
    return samples if factor == 1 else [_resized(samples[i], factor) for i in some]


def _enlarged(options: TrainOptions) -> float:
    """How far crops are enlarged, where the size of their objects is not chosen anyway."""
    return 1.0 if options.object_sizes else options.enlarge


def _resized(sample: Sample, factor: float) -> Sample:
    image, mask = _tensors(sample)
    picture = interpolate(image.as_subclass(Tensor)[None], scale_factor=factor, mode="bilinear", antialias=True)[0]
    ids = interpolate(mask.as_subclass(Tensor)[None, None].float(), scale_factor=factor, mode="nearest-exact")[0, 0]
    return _sample(sample, picture.clamp(0, 1), ids)


def _framed_sample(sample: Sample, options: TrainOptions, sizes: tuple[float, float], number: int) -> Sample:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((options.seed * 1_000_003 + number) % 2**63)
        image, mask = framed(*_tensors(sample), options.crop, sizes, IGNORED)
    return _sample(sample, image, mask)


def _sample(sample: Sample, image: Tensor, mask: Tensor) -> Sample:
    """Make a sample of tensors again: (3, h, w), and (h, w) with `IGNORED`."""
    labels = mask.as_subclass(Tensor).numpy().astype(np.int32)
    picture = np.ascontiguousarray(image.as_subclass(Tensor).permute(1, 2, 0).numpy())
    return Sample(sample.name, picture, np.maximum(labels, 0), labels == IGNORED, sample.classes)


def _tensors(sample: Sample) -> tuple[Tensor, Tensor]:
    labels = torch.from_numpy(sample.labels)
    if sample.ignore is not None:
        labels = labels.masked_fill(torch.from_numpy(sample.ignore), IGNORED)
    return tv_tensors.Image(torch.from_numpy(sample.image).permute(2, 0, 1)), tv_tensors.Mask(labels)


def margin(options: TrainOptions) -> int:
    """Side that a crop is cut from: rotating and zooming out need more; what lies beyond is ignored, not learned."""
    return int(1.3 * options.crop)


def transform(options: TrainOptions) -> nn.Module:
    """Make the transform of an image (3, h, w) and a mask (h, w) to crops."""
    steps: list[nn.Module] = [
        v2.RandomCrop(margin(options), pad_if_needed=True, fill=_FILL),
        v2.RandomAffine(
            options.rotate,
            scale=(options.scale_low * _enlarged(options), options.scale_high * _enlarged(options)),
            shear=options.shear,
            interpolation=InterpolationMode.BILINEAR,
            fill=_FILL,
        ),
        v2.CenterCrop(options.crop),
        v2.RandomHorizontalFlip(),
        v2.RandomVerticalFlip(),
        v2.RandomApply([v2.ColorJitter(options.brightness, options.contrast, options.saturation, options.hue)], p=0.8),
        v2.RandomGrayscale(options.grey),
        v2.RandomApply([v2.GaussianBlur(5, (0.3, 1.5))], p=options.blur),
        _Invert(options.invert, options.invert_grey),
        _Noise(options.noise),
    ]
    return v2.Compose(steps)


class _Invert(v2.Transform):
    """Turn bright into dark, inside the picture only; pictures without colour, as if stained, with another chance."""

    def __init__(self, probability: float, of_grey: float) -> None:
        super().__init__()
        self._probability, self._of_grey = probability, of_grey

    def forward(self, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        chance, most = float(torch.rand(())), max(self._probability, self._of_grey)
        if chance >= most or (chance >= self._probability and not _is_grey(image)):
            return image, mask
        inverted = 1 - image if chance < self._probability else _stained(image)
        return tv_tensors.wrap(inverted, like=image), mask


def _stained(image: Tensor) -> Tensor:
    """What is bright in a picture without colour takes light away, by Beer and Lambert's law, from a ground of light.

    Half of the stains take as much from each colour, as in bright field; the ground of the others is tinted too.
    """
    density, taken, ground = 1 + 2 * torch.rand(()), 0.2 + 0.8 * torch.rand(3, 1, 1), 0.7 + 0.3 * torch.rand(3, 1, 1)
    if torch.rand(()) < 0.5:
        taken, ground = torch.ones(3, 1, 1), ground[:1]
    return ground * torch.exp(-density * taken * image)


def _is_grey(image: Tensor) -> bool:
    return bool((image.amax(0) - image.amin(0)).max() < _COLOUR)


class _Noise(v2.Transform):
    """Add Gaussian noise of a random deviation."""

    def __init__(self, largest: float) -> None:
        super().__init__()
        self._largest = largest

    def forward(self, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        deviation = float(torch.rand(())) * self._largest
        noisy = (image + deviation * torch.randn_like(image)).clamp(0, 1)
        return tv_tensors.wrap(noisy, like=image), mask


def collate(items: Sequence[tuple[Tensor, Tensor, dict[int, int]]]) -> Batch:
    """Stack crops to a batch; ignored pixels become background under the ignore mask."""
    images, masks, classes = zip(*items, strict=True)
    mask = torch.stack(masks)
    return Batch(torch.stack(images), mask.clamp_min(0), mask == IGNORED, list(classes))
