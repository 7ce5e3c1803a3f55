"""How an image was resized and padded for the network, and the way back.

Pixel centres are aligned: image coordinate ``y`` lies at ``(y + 0.5) * scale - 0.5`` in the
network's frame. Knows sizes and arrays only; nothing of methods or torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Geometry:
    """The way between an image's pixels and the network's.

    Attributes
    ----------
    image_shape
        Height and width of the image, in its own pixels.
    scaled_shape
        Height and width after resizing, before padding, in network pixels.
    padded_shape
        Height and width that the network sees; padding is at the bottom and right.
    """

    image_shape: tuple[int, int]
    scaled_shape: tuple[int, int]
    padded_shape: tuple[int, int]

    @classmethod
    def scaled(cls, image_shape: tuple[int, int], scale: float = 1.0, *, multiple: int = 1) -> Geometry:
        """Resize by one factor, then pad to a multiple."""
        height, width = (max(1, round(side * scale)) for side in image_shape)
        return cls._padded(image_shape, (height, width), multiple)

    @classmethod
    def stretched(cls, image_shape: tuple[int, int], to: tuple[int, int]) -> Geometry:
        """Resize to a fixed shape, not keeping the aspect."""
        return cls._padded(image_shape, to, 1)

    @classmethod
    def _padded(cls, image_shape: tuple[int, int], scaled: tuple[int, int], multiple: int) -> Geometry:
        height, width = (-(-side // multiple) * multiple for side in scaled)
        return cls((int(image_shape[0]), int(image_shape[1])), scaled, (height, width))

    @property
    def scale(self) -> tuple[float, float]:
        """Network pixels per image pixel, along rows and columns."""
        (height, width), (tall, wide) = self.image_shape, self.scaled_shape
        return tall / height, wide / width

    @property
    def area_scale(self) -> float:
        """Network pixels of area per image pixel of area."""
        return self.scale[0] * self.scale[1]

    def to_network(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Resize and pad an image.

        Parameters
        ----------
        image
            float32 (height, width, channels) of `image_shape`.

        Returns
        -------
        float32 (height, width, channels) of `padded_shape`. Shrinking averages, so that
        nothing is aliased; padding repeats the border, so that no false edge appears.
        """
        result = image if self.scaled_shape == self.image_shape else _resized(image, self.scaled_shape)
        bottom, right = (p - s for p, s in zip(self.padded_shape, self.scaled_shape, strict=True))
        if bottom or right:
            result = np.pad(result, ((0, bottom), (0, right), (0, 0)), mode="edge")
        return np.ascontiguousarray(result)

    def to_image(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Bring a label image of the network's frame to the image's size, by nearest pixel.

        ``labels`` may have `padded_shape` or `scaled_shape`; its data type is kept.
        """
        if self.scaled_shape == self.image_shape:
            return labels[: self.image_shape[0], : self.image_shape[1]]
        rows, columns = (
            _nearest(size, scaled) for size, scaled in zip(self.image_shape, self.scaled_shape, strict=True)
        )
        return labels[rows[:, np.newaxis], columns[np.newaxis, :]]

    def point_to_network(self, row: float, column: float) -> tuple[float, float]:
        """Bring a point, in image pixels, to the network's frame."""
        down, across = self.scale
        return (row + 0.5) * down - 0.5, (column + 0.5) * across - 0.5


def _nearest(size: int, scaled: int) -> NDArray[np.intp]:
    index = np.floor((np.arange(size) + 0.5) * (scaled / size)).astype(np.intp)
    return np.minimum(index, scaled - 1)


def _resized(image: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    # Pillow's resampling is the fastest antialiased one at hand that needs neither torch nor OpenCV.
    from PIL import Image

    size = (shape[1], shape[0])
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(image[:, :, index])).resize(size, Image.Resampling.BILINEAR))
        for index in range(image.shape[2])
    ]
    return np.stack(planes, axis=2)
