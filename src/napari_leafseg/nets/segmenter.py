"""What every method with a torch network has in common: presets, weights, devices, precision.

A method adds its network and what becomes of the network's output; it need not know about
files, devices or memory running out.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_leafseg.core.device import choose, describe, free_memory, is_out_of_memory
from napari_leafseg.core.errors import DeviceError, WeightsError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.options import MIN_TILE, EncodeOptions
from napari_leafseg.core.prediction import Piece, Prediction
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import Card, Header, read_header, read_tensors, write
from napari_leafseg.core.work import Check, Progress
from napari_leafseg.nets.checking import checking
from napari_leafseg.nets.config import NetworkConfig
from napari_leafseg.nets.encoder import CompactEncoder, encoder_of
from napari_leafseg.nets.freezing import Freezable
from napari_leafseg.nets.resnet import ResNetEncoder

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """Where and how the network runs at the moment."""

    device: torch.device
    half: bool


C = TypeVar("C", bound=NetworkConfig)
N = TypeVar("N", bound=nn.Module)


class NetworkSegmenter(Segmenter, Generic[C, N]):
    """A segmenter around one `torch.nn.Module`, of a configuration ``C`` and a network ``N``.

    Class attributes
    ----------------
    presets
        Configurations by name, the default first.

    Attributes
    ----------
    config
        The network's configuration.
    network
        On the CPU until it is run elsewhere.
    """

    presets: ClassVar[Mapping[str, NetworkConfig]]

    def __init__(self, preset: str, config: C) -> None:
        self.preset = preset
        self.config = config
        self.contrast = config.contrast
        self.card = Card()
        self.defaults = self.params_type()
        # The same first weights every time: equal commands train equal models.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.network: N = self.build(config)
        # One network cannot run on two devices at once.
        self._lock = threading.Lock()
        self._run = Run(torch.device("cpu"), half=False)

    # --- what a method writes -------------------------------------------------------

    @abstractmethod
    def build(self, config: C) -> N:
        """Make the network of a configuration, untrained."""

    @abstractmethod
    def piece(self, image: Tensor, geometry: Geometry, origin: tuple[int, int]) -> Piece:
        """Run the network on (1, 3, H, W), values 0 to 1, and keep what `decode` needs."""

    # --- making and keeping ---------------------------------------------------------

    @classmethod
    def create(cls, preset: str, config: dict[str, Any]) -> Self:
        """Make it untrained."""
        return cls(preset, cast("C", cls.presets[preset].replace(**config)))

    @classmethod
    def from_weights(cls, path: Path, header: Header) -> Self:
        """Make it from a weights file."""
        if header.preset not in cls.presets:
            raise WeightsError(
                f"{path} is of the preset {header.preset!r}, which {cls.method} does not have: update the plugin."
            )
        segmenter = cls.create(header.preset, header.config)
        segmenter.load_tensors(path, read_tensors(path))
        segmenter.card, segmenter.classes = header.card, header.classes
        segmenter.defaults = segmenter.params_type.parse(header.params)
        segmenter.source = path
        return segmenter

    def load_tensors(self, path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Put tensors into the network; ``path`` is for the message if they do not fit."""
        own = self.network.state_dict()
        missing = sorted(own.keys() - tensors.keys())
        foreign = sorted(tensors.keys() - own.keys())
        wrong = sorted(name for name in own.keys() & tensors.keys() if own[name].shape != tensors[name].shape)
        if missing or foreign or wrong:
            name = (missing + foreign + wrong)[0]
            raise WeightsError(
                f"{path} does not fit this {self.method} network (tensor {name!r}): it is of another version."
            )
        self.network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})

    def start_from_imagenet(self) -> None:
        """Put ImageNet weights into the backbone.

        Raises
        ------
        WeightsError
            If the network has no published backbone, or the weights cannot be had.
        """
        backbone = next((module for module in self.network.modules() if isinstance(module, ResNetEncoder)), None)
        if backbone is None:
            raise WeightsError(
                f"The {self.preset} preset of {self.method} has no backbone with ImageNet weights: "
                "leave them out, or choose a preset that has one."
            )
        backbone.start_from_imagenet()
        self.card = self.card.replace(title="ImageNet's weights", data="backbone", licence="ImageNet's terms of use")

    def start_from_backbone(self, path: Path) -> None:
        """Put the encoder of other weights, of any method's compact preset, into this network."""
        encoder = next((module for module in self.network.modules() if isinstance(module, CompactEncoder)), None)
        if encoder is None:
            raise WeightsError(
                f"The {self.preset} preset of {self.method} has a backbone of its own: start it from `imagenet`."
            )
        card, tensors = read_header(path).card, encoder_of(read_tensors(path), encoder.state_dict())
        if tensors is None:
            raise WeightsError(f"{path} has no compact backbone: choose weights of a compact preset.")
        encoder.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
        self.card = self.card.replace(title=f"the backbone of {path.name}", data=card.data, licence=card.licence)

    def freeze_backbone(self) -> None:
        """Keep the encoder as it is while the rest is trained."""
        for module in self.network.modules():
            if isinstance(module, Freezable):
                module.freeze()

    def header(self) -> Header:
        """Everything a weights file says besides its tensors."""
        from napari_leafseg import __version__

        return Header(
            method=self.method,
            preset=self.preset,
            config=self.config.model_dump(mode="json"),
            params=self.defaults.model_dump(mode="json"),
            classes=self.classes,
            card=self.card,
            version=__version__,
        )

    def save(self, path: Path, *, half: bool = False, pack: bool = False) -> None:
        """Write the weights file; ``half`` and ``pack`` store less (`core.weights.write`), for files that ship."""
        tensors = {name: value.detach().cpu().numpy() for name, value in self.network.state_dict().items()}
        write(path, self.header(), tensors, half=half, pack=pack)

    def restore(self, path: Path) -> None:
        """Take back the tensors that `save` wrote."""
        self.load_tensors(path, read_tensors(path))

    # --- running --------------------------------------------------------------------

    def encode_rgb(
        self, rgb: NDArray[np.float32], options: EncodeOptions, check: Check, progress: Progress
    ) -> Prediction:
        """Run on the device asked for; when its memory ends, by tiles, then on the CPU."""
        from dataclasses import replace

        notes: list[str] = []
        with self._lock:
            for device, attempt in _attempts(choose(options.device), options):
                try:
                    with self._on(device, attempt):
                        prediction = super().encode_rgb(rgb, attempt, check, progress)
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
                    logger.warning("out of memory on %s with tile=%s", device, attempt.tile)
                    free_memory(device)
                    notes.append(f"The memory of {describe(device)} did not suffice{_how(attempt)}.")
                    continue
                if notes:
                    notes.append(f"It ran on {describe(device)}{_how(attempt)} instead.")
                return replace(prediction, device=describe(device), notes=tuple(notes))
        raise DeviceError(
            f"No device has the memory for an image of {rgb.shape[0]} x {rgb.shape[1]} pixels, "
            "not even by tiles: close other programs, or choose smaller tiles."
        )

    @contextmanager
    def _on(self, device: torch.device, options: EncodeOptions) -> Iterator[None]:
        half = options.precision == "bf16" or (options.precision == "auto" and device.type == "cuda")
        self.network.to(device).to(memory_format=torch.channels_last).eval()
        self._run = Run(device, half)
        yield

    def encode_piece(
        self, image: NDArray[np.float32], geometry: Geometry, origin: tuple[int, int], check: Check
    ) -> Piece:
        """Run the network on one tile."""
        with self.running(check):
            return self.piece(self.tensor_of([image]), geometry, origin)

    def tensor_of(self, images: Sequence[NDArray[np.float32]]) -> Tensor:
        """Bring images of one size, (H, W, 3), to the device: (B, 3, H, W), channels last."""
        stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
        return stacked.to(self._run.device, memory_format=torch.channels_last)

    @contextmanager
    def running(self, check: Check) -> Iterator[None]:
        """Run the network as it was asked for: without gradients, in its precision, stopped by ``check``."""
        device, half = self._run.device, self._run.half
        with (
            torch.inference_mode(),
            torch.autocast(device.type, torch.bfloat16, enabled=half),
            checking(self.network, check),
        ):
            yield


def _attempts(device: torch.device, options: EncodeOptions) -> Iterator[tuple[torch.device, EncodeOptions]]:
    """What to try, in order, each needing less of the device's memory than the one before."""
    yield device, options
    sides = [
        side
        for side in (1024, 512, 256)
        if side >= MIN_TILE and (not isinstance(options.tile, int) or side < options.tile)
    ]
    for side in sides:
        yield device, options.replace(tile=side)
    if device.type != "cpu":
        yield from _attempts(torch.device("cpu"), options)


def _how(options: EncodeOptions) -> str:
    return f" by tiles of {options.tile} px" if isinstance(options.tile, int) else ""
