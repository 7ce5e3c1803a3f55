"""RSIS as a `Segmenter`: network, windows, decoding, prompt and training put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Candidates, Piece, Tile
from napari_leafseg.core.sample import Sample, Stage
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.core.tiles import Window, windows
from napari_leafseg.core.work import Check, Progress
from napari_leafseg.models.rsis.decode import decode, masks_of
from napari_leafseg.models.rsis.network import RsisNetwork, Steps
from napari_leafseg.models.rsis.params import COMPACT, PAPER, RsisConfig, RsisParams
from napari_leafseg.models.rsis.pieces import candidates
from napari_leafseg.models.rsis.stage import RsisStage
from napari_leafseg.models.rsis.windows import side_of, typical_size
from napari_leafseg.nets.segmenter import NetworkSegmenter

_OVERLAP = 1.5
"""Overlap of neighbouring windows, in typical objects."""

_TOGETHER = 400_000
"""Network pixels that run at once, if one window has not more: 16 windows of 160 x 160."""


class RsisSegmenter(NetworkSegmenter[RsisConfig, RsisNetwork]):
    """Recurrent semantic instance segmentation (Salvador et al. 2017)."""

    method = "rsis"
    params_type = RsisParams
    presets = {"compact": COMPACT, "paper": PAPER}  # noqa: RUF012
    multiple = 32
    mixing = 0.75

    def build(self, config: RsisConfig) -> RsisNetwork:
        """Make the network of a configuration, untrained."""
        return RsisNetwork(config)

    # --- how the image is cut -------------------------------------------------------

    @property
    def side(self) -> float | None:
        """Side of a window in pixels of the images trained on; ``None`` where no size of objects is known."""
        size, objects = float(self.network.object_size), self.config.objects
        return None if objects is None or not size else side_of(size, objects)

    def geometry_for(self, shape: tuple[int, int], scale: float) -> Geometry:
        """Resize so that a window gets the side that the network learned from."""
        size = self.config.input_size
        if self.config.stretch:
            return Geometry.stretched(shape, (size, size))
        return super().geometry_for(shape, scale if self.side is None else scale * size / self.side)

    def windows_for(self, shape: tuple[int, int], scale: float, options: EncodeOptions) -> list[Window]:
        """Cut so that few objects are expected in each window, where the size of objects is known."""
        if options.tile != "auto" or self.side is None:
            return super().windows_for(shape, scale, options)
        # Rounded down: one network pixel too many would ask for padding to the next multiple.
        side = max(1, int(self.side / scale))
        return windows(shape, side, round(_OVERLAP * float(self.network.object_size) / scale))

    # --- running --------------------------------------------------------------------

    def encode_windows(
        self, rgb: NDArray[np.float32], places: Sequence[Window], scale: float, check: Check, progress: Progress
    ) -> list[Tile]:
        """Run several windows at once: they are small, and have the same size."""
        tiles: list[Tile] = []
        height, width = self.geometry_for((places[0].height, places[0].width), scale).padded_shape
        together = max(1, _TOGETHER // (height * width))
        for start in range(0, len(places), together):
            check()
            group = places[start : start + together]
            frames = [self.cut_window(rgb, window, scale) for window in group]
            with self.running(check):
                steps = self._steps(self.tensor_of([image for image, _, _ in frames]))
                pieces = [self._kept(steps, i, geometry) for i, (_, geometry, _) in enumerate(frames)]
            tiles += [Tile(w.top, w.left, piece) for w, piece in zip(group, pieces, strict=True)]
            progress(len(tiles), len(places))
        return tiles

    def piece(self, image: Tensor, geometry: Geometry, origin: tuple[int, int]) -> Candidates:
        """Run the network and keep the masks of all steps in half precision."""
        return self._kept(self._steps(image), 0, geometry)

    def _steps(self, image: Tensor) -> Steps:
        steps: Steps = self.network(image, self.config.encode_steps, patience=self.config.patience)
        return steps

    def _kept(self, steps: Steps, index: int, geometry: Geometry) -> Candidates:
        return candidates(steps, index, geometry, several=self.config.classes > 1)

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Take the steps that are believed."""
        assert isinstance(piece, Candidates) and isinstance(params, RsisParams)
        return decode(piece, params, memo)

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the mask of the step that best covers the point, believed or not; empty if none covers it."""
        assert isinstance(piece, Candidates) and isinstance(params, RsisParams)
        if len(prompt) != 2:
            raise ParameterError("rsis answers points, not boxes: click on the object.")
        shape = piece.geometry.image_shape
        result = masks_of(piece, params.mask, [_covering(piece, prompt)])[0].placed(shape)
        row, column = (int(np.clip(round(at), 0, size - 1)) for at, size in zip(prompt, shape, strict=True))
        return result if result[row, column] else np.zeros(shape, bool)

    # --- training -------------------------------------------------------------------

    def prepare(self, samples: Sequence[Sample]) -> None:
        """Learn how large objects are, which says how large windows must be, and how many classes there are."""
        self.network.object_size.fill_(typical_size(samples) or 0.0)
        self._tell_apart(1 + max((kind for sample in samples for kind in sample.classes.values()), default=0))

    def stages(self) -> Iterator[Stage]:
        """Yield the one network."""
        self._tell_apart(len(self.classes))
        yield RsisStage(self.network, self.side, grown=self.source is not None)

    def _tell_apart(self, classes: int) -> None:
        """Make room for the classes of the data; what was known of fewer classes is forgotten."""
        if classes > self.config.classes:
            self.config = self.config.replace(classes=classes)
            self.network.tell_apart(classes)


def _covering(piece: Candidates, point: Point) -> int:
    """Index of the candidate that is surest of a point (image pixels)."""
    down, across = piece.geometry.point_to_network(*point)
    rows, columns = piece.masks.shape[1:]
    height, width = piece.geometry.padded_shape
    row = int(np.clip((down + 0.5) * rows / height, 0, rows - 1))
    column = int(np.clip((across + 0.5) * columns / width, 0, columns - 1))
    return int(piece.masks[:, row, column].argmax())
