"""Reading the values of options that several commands share.

Knows text and `core`; nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from napari_leafseg.core.errors import ImageError, ParameterError

if TYPE_CHECKING:
    from napari_leafseg.core.options import EncodeOptions
    from napari_leafseg.core.params import Params
    from napari_leafseg.core.segmenter import Segmenter


class Device(StrEnum):
    """Where the network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


def settings(pairs: Iterable[str], option: str = "--set") -> dict[str, str]:
    """Split ``name=value`` texts; ``option`` is for the message.

    Raises
    ------
    ParameterError
        If one has no name or no ``=``.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name.strip() and equals):
            raise ParameterError(f"{option} takes name=value, not {pair!r}.")
        found[name.strip()] = value.strip()
    return found


def params_from(segmenter: Segmenter, pairs: Iterable[str]) -> Params:
    """Change the weights' own parameters as ``--set`` says.

    Raises
    ------
    ParameterError
        If a name is unknown or a value not allowed.
    """
    return segmenter.params_type.parse({**segmenter.defaults.model_dump(), **settings(pairs)})


def encode_options(object_size: str, tile: str, device: Device) -> EncodeOptions:
    """Make the `encode` options from texts.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """
    from napari_leafseg.core.options import EncodeOptions

    return EncodeOptions.parse({"object_size": _object_size(object_size), "tile": _tile(tile), "device": device.value})


def _object_size(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"--object-size takes auto or a number of pixels, not {text!r}.") from None


def _tile(text: str) -> str | int:
    if text in ("auto", "off"):
        return text
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"--tile takes auto, off or a number of pixels, not {text!r}.") from None


def images_of(inputs: Sequence[Path], out: Path) -> list[Path]:
    """List the images of files and folders, without what an earlier run wrote into ``out``.

    Raises
    ------
    ImageError
        If one is not there, or a folder holds no image.
    """
    from napari_leafseg.data.layouts import open_folder

    files: list[Path] = []
    written = out.resolve()
    for path in inputs:
        if path.is_dir():
            inside = [entry.image for entry in open_folder(path).entries]
            files += [file for file in inside if written not in file.resolve().parents or written == path.resolve()]
        elif path.exists():
            files.append(path)
        else:
            raise ImageError(f"There is no file or folder {path}: check its name.")
    return files
