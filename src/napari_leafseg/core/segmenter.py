"""The one contract that every method meets: encode once, decode many.

Everything else in the package (window, command line, training, evaluation) speaks to a
method through `Segmenter` only. Must import without torch, and knows no method by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ParameterError, WeightsError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.image import Contrast, as_rgb
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.looks import Looks
from napari_leafseg.core.memo import Memo, NoMemo, TileMemo
from napari_leafseg.core.options import AUTO_TILE, AUTO_TILE_ABOVE, EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Piece, Prediction, Tile
from napari_leafseg.core.scale import find_scale
from napari_leafseg.core.tiles import Window, merge, windows
from napari_leafseg.core.work import Check, Progress, never, silent

if TYPE_CHECKING:
    from napari_leafseg.core.sample import Sample, Stage
    from napari_leafseg.core.weights import Card, Header

Point = tuple[float, float]
Box = tuple[float, float, float, float]

# Less than one step of an 8-bit image between its darkest and brightest value.
_CONTRAST = 1 / 255


class Segmenter(ABC):
    """A method with its weights.

    Class attributes
    ----------------
    method
        Name in menus and on the command line.
    params_type
        Its live parameters.
    multiple
        The network's input sides are padded to a multiple of this.
    refines
        Whether `prompt`, given an object's box, looks again at the uncertain points of its outline.
    mixing
        How far from its first weights to the learned ones a fine-tuning goes, 0 to 1 (`training.mixing`).

    Attributes
    ----------
    card
        What the weights are, where they come from, what they may be used for.
    defaults
        Parameters that suit these weights.
    contrast
        How images are normalised before `encode_piece` (`core.image.as_rgb`).
    source
        The weights file it was loaded from; ``None`` for an untrained one.
    classes
        Names of the classes that it tells apart; empty for methods or weights of one class.
    """

    method: ClassVar[str]
    params_type: ClassVar[type[Params]]
    multiple: ClassVar[int] = 1
    refines: ClassVar[bool] = False
    mixing: ClassVar[float] = 0.5

    card: Card
    defaults: Params
    contrast: Contrast = "range"
    source: Path | None = None
    classes: tuple[str, ...] = ()

    # --- how it is made -------------------------------------------------------------

    @classmethod
    @abstractmethod
    def create(cls, preset: str, config: dict[str, Any]) -> Self:
        """Make it untrained, from a preset and changes to it (`core.registry.create`)."""

    @classmethod
    @abstractmethod
    def from_weights(cls, path: Path, header: Header) -> Self:
        """Make it from a weights file whose header was read (`core.registry.load`)."""

    # --- what a method writes -------------------------------------------------------

    @abstractmethod
    def encode_piece(
        self, image: NDArray[np.float32], geometry: Geometry, origin: tuple[int, int], check: Check
    ) -> Piece:
        """Run the network on one tile or one whole image.

        Parameters
        ----------
        image
            float32 (height, width, 3), values 0 to 1, already resized and padded.
        geometry
            How it was.
        origin
            Where the tile's first pixel lies in the whole image, in network pixels.
        check
            To be called often.
        """

    @abstractmethod
    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Find the objects of one tile, at the size of ``piece.geometry.image_shape``."""

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the mask of the object at a point or in a box (image pixels of the tile)."""
        raise ParameterError(f"{self.method} does not answer points or boxes.")

    # --- what everybody calls -------------------------------------------------------

    def encode(
        self,
        image: Any,
        options: EncodeOptions | None = None,
        *,
        check: Check = never,
        progress: Progress = silent,
        channels: Literal["S", "C"] = "S",
    ) -> Prediction:
        """Run the network on one plane of an image: slow, done once per image and kept.

        Parameters
        ----------
        image
            (height, width) or (height, width, channels), any data type (`core.image`).
        options
            What the run depends on.
        check
            Called between tiles and within the network; whatever it raises ends the work.
        progress
            Told after each tile.
        channels
            Whether a last axis holds colour samples or channels.

        Raises
        ------
        ImageError
            If the array is no image.
        DeviceError
            If the device asked for is missing or no device has the memory.
        """
        options = options or EncodeOptions()
        rgb = as_rgb(image, contrast=self.contrast, channels=channels)
        check()
        if rgb.max() - rgb.min() < _CONTRAST:
            # Nothing was drawn on it: no network need be asked, and none could know better.
            return Prediction((rgb.shape[0], rgb.shape[1]), ())
        return self.encode_rgb(rgb, options, check, progress)

    def encode_rgb(
        self, rgb: NDArray[np.float32], options: EncodeOptions, check: Check, progress: Progress
    ) -> Prediction:
        """Cut the normalised image into tiles if need be, and run each.

        Weights that know a range of sizes find out how large the objects are, if they are not told.
        """
        shape = (rgb.shape[0], rgb.shape[1])
        if options.object_size is None and self.card.object_sizes:
            looks = Looks(partial(self._encoded, rgb, options, check), partial(self._shown, shape))
            scale, parts = find_scale(looks, shape, self.card.object_sizes)
            tiles = looks.tiles(scale, parts)
            if tiles is not None:
                progress(len(tiles), len(tiles))
                return Prediction(shape, tiles)
        else:
            scale, parts = self.scale_for(options), (Window(0, 0, *shape),)
        return Prediction(shape, self._encoded(rgb, options, check, scale, parts, progress))

    def _encoded(
        self,
        rgb: NDArray[np.float32],
        options: EncodeOptions,
        check: Check,
        scale: float,
        parts: tuple[Window, ...],
        progress: Progress = silent,
    ) -> tuple[Tile, ...]:
        """Run the network on parts of the image at a scale."""
        groups = [self._places(part, scale, options) for part in parts]
        total, tiles = sum(map(len, groups)), list[Tile]()
        for places in groups:
            tiles += self.encode_windows(rgb, places, scale, check, _after(len(tiles), total, progress))
        return tuple(tiles)

    def _places(self, part: Window, scale: float, options: EncodeOptions) -> list[Window]:
        """The tiles of a part of the image."""
        return [
            replace(window, top=part.top + window.top, left=part.left + window.left)
            for window in self.windows_for((part.height, part.width), scale, options)
        ]

    def _shown(self, shape: tuple[int, int], tiles: tuple[Tile, ...]) -> Instances:
        """Find the objects of a look, to measure them."""
        return self._decode(Prediction(shape, tiles), self.defaults, NoMemo())

    def encode_windows(
        self, rgb: NDArray[np.float32], places: Sequence[Window], scale: float, check: Check, progress: Progress
    ) -> list[Tile]:
        """Run each tile; methods whose tiles are small and many may run several at once instead."""
        tiles = []
        for done, window in enumerate(places):
            check()
            image, geometry, origin = self.cut_window(rgb, window, scale)
            tiles.append(Tile(window.top, window.left, self.encode_piece(image, geometry, origin, check)))
            progress(done + 1, len(places))
        return tiles

    def decode(self, prediction: Prediction, params: Params | None = None, *, memo: Memo | None = None) -> Instances:
        """Find the objects: fast, done at every slider move. Pure and deterministic.

        Parameters
        ----------
        prediction
            From `encode` of the same method; never changed.
        params
            Live parameters; the weights' own defaults if not given.
        memo
            Keeps intermediate results between calls for the same prediction; the answer is
            identical without it.
        """
        chosen = self.defaults if params is None else params
        found = self._decode(prediction, chosen, NoMemo() if memo is None else memo)
        return found if found.classes is None else replace(found, class_names=self.classes)

    def _decode(self, prediction: Prediction, params: Params, memo: Memo) -> Instances:
        if not prediction.tiles:
            return Instances.none(prediction.image_shape)
        if len(prediction.tiles) == 1 and prediction.tiles[0].piece.geometry.image_shape == prediction.image_shape:
            return self.decode_piece(prediction.tiles[0].piece, params, TileMemo(memo, 0))
        parts = [
            (
                Window(tile.top, tile.left, *tile.piece.geometry.image_shape),
                self.decode_piece(tile.piece, params, TileMemo(memo, i)),
            )
            for i, tile in enumerate(prediction.tiles)
        ]
        return merge(prediction.image_shape, parts)

    def prompt(self, prediction: Prediction, prompt: Point | Box, params: Params | None = None) -> NDArray[np.bool_]:
        """Return the mask of the object at a point or in a box, from the kept features.

        Parameters
        ----------
        prediction
            From `encode`.
        prompt
            (row, column), or (top, left, bottom, right), in image pixels.
        params
            Live parameters.

        Returns
        -------
        bool (height, width); empty where there is no object.

        Raises
        ------
        ParameterError
            If the method answers no such prompt.
        """
        if not prediction.tiles:
            return np.zeros(prediction.image_shape, bool)
        row, column = prompt if len(prompt) == 2 else ((prompt[0] + prompt[2]) / 2, (prompt[1] + prompt[3]) / 2)
        tile = min(prediction.tiles, key=lambda t: _off_centre(t, row, column))
        if _off_centre(tile, row, column) > 0.5:
            # Beside all that the network was run on.
            return np.zeros(prediction.image_shape, bool)
        moved: Any = tuple(value - (tile.top if i % 2 == 0 else tile.left) for i, value in enumerate(prompt))
        mask = np.zeros(prediction.image_shape, bool)
        answer = self.prompt_piece(tile.piece, moved, self.defaults if params is None else params)
        mask[tile.top : tile.top + answer.shape[0], tile.left : tile.left + answer.shape[1]] = answer
        return mask

    def decode_with_truth(
        self, prediction: Prediction, labels: NDArray[np.int32], params: Params | None = None
    ) -> Instances:
        """Find the objects with a part of the truth given: what the method could reach at most.

        For evaluation only, where a method says so.

        Parameters
        ----------
        prediction
            From `encode`.
        labels
            int32 (height, width): the true labels.
        params
            Live parameters.

        Raises
        ------
        ParameterError
            If the method has no such bound.
        """
        raise ParameterError(f"{self.method} has no upper bound that uses the true labels: leave it out.")

    # --- training -------------------------------------------------------------------

    def start_from_imagenet(self) -> None:
        """Put ImageNet weights into the backbone, where there is one.

        Raises
        ------
        WeightsError
            If there is none, or the weights cannot be had.
        """
        raise WeightsError(f"{self.method} has no backbone with ImageNet weights: start it from none.")

    def start_from_backbone(self, path: Path) -> None:
        """Put the backbone of other weights, perhaps of another method, into this one; the rest stays untrained.

        Parameters
        ----------
        path
            A weights file.

        Raises
        ------
        WeightsError
            If they have no backbone that this network shares.
        """
        raise WeightsError(f"{self.method} has no backbone to share: start it from none.")

    def freeze_backbone(self) -> None:
        """Keep the encoder as it is while the rest is trained.

        Raises
        ------
        ParameterError
            If there is none.
        """
        raise ParameterError(f"{self.method} has no backbone to freeze: leave out freeze_backbone.")

    def prepare(self, samples: Sequence[Sample]) -> None:  # noqa: B027 - most methods need nothing
        """Fit what must be known before training (harmonic: its guides; `classes` are set). Most need nothing."""

    def stages(self) -> Iterator[Stage]:
        """Yield the networks to train, one after another."""
        raise ParameterError(f"{self.method} has nothing to train.")

    def save(self, path: Path) -> None:
        """Write the weights file (`core.weights`)."""
        raise ParameterError(f"{self.method} has no weights to save.")

    def restore(self, path: Path) -> None:
        """Take back the tensors that `save` wrote, leaving everything else as it is."""
        raise ParameterError(f"{self.method} has no weights to restore.")

    # --- how the image is cut -------------------------------------------------------

    def scale_for(self, options: EncodeOptions) -> float:
        """Network pixels per image pixel."""
        if options.object_size is None or self.card.object_size is None:
            return self.card.enlarge
        return self.card.enlarge * self.card.object_size / options.object_size

    def geometry_for(self, shape: tuple[int, int], scale: float) -> Geometry:
        """How a tile (or the whole image) is resized and padded."""
        return Geometry.scaled(shape, scale, multiple=self.multiple)

    def windows_for(self, shape: tuple[int, int], scale: float, options: EncodeOptions) -> list[Window]:
        """The tiles of an image, in image pixels."""
        side = options.tile
        if side == "off" or (side == "auto" and shape[0] * shape[1] * scale**2 <= AUTO_TILE_ABOVE):
            return [Window(0, 0, *shape)]
        network_side = AUTO_TILE if side == "auto" else int(side)
        overlap = min(network_side / 3, max(64.0, 2 * self.card.enlarge * (self.card.object_size or 32)))
        return windows(shape, max(1, round(network_side / scale)), round(overlap / scale))

    def cut_window(
        self, rgb: NDArray[np.float32], window: Window, scale: float
    ) -> tuple[NDArray[np.float32], Geometry, tuple[int, int]]:
        """Return what `encode_piece` takes: a tile as the network sees it, its geometry and its origin."""
        geometry = self.geometry_for((window.height, window.width), scale)
        origin = (round(window.top * geometry.scale[0]), round(window.left * geometry.scale[1]))
        return geometry.to_network(np.ascontiguousarray(rgb[window.slices])), geometry, origin


def _after(before: int, total: int, progress: Progress) -> Progress:
    """Tell the progress of a part of the work, with what was done before it."""
    return lambda done, _: progress(before + done, total)


def _off_centre(tile: Tile, row: float, column: float) -> float:
    height, width = tile.piece.geometry.image_shape
    return max(abs(row - tile.top - height / 2) / height, abs(column - tile.left - width / 2) / width)
