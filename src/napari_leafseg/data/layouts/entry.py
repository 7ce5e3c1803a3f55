"""What a listed folder consists of: entries, and where each one's labels come from.

Values only: it must not know any layout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.reading import read_labels


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labels of one image as they were read.

    Attributes
    ----------
    labels
        int32, (height, width) or (*leading, height, width).
    ignore
        bool, same shape: places where nothing is known; ``None`` for nowhere.
    classes
        Class of each id, where classes are known.
    """

    labels: NDArray[np.int32]
    ignore: NDArray[np.bool_] | None = None
    classes: dict[int, int] = field(default_factory=dict)


class LabelSource(Protocol):
    """Where an image's labels come from; nothing is opened before `read`."""

    @property
    def teaches(self) -> bool:
        """Whether somebody vouches for them: predictions that nobody has looked at are no truth."""

    def read(self, shape: tuple[int, int] | None) -> Labelled:
        """Read the labels; raises `ImageError` if they cannot be, or do not measure ``shape``."""


@dataclass(frozen=True)
class LabelFile:
    """Labels in one label image, perhaps with another that marks what to ignore.

    Attributes
    ----------
    path
        Label image.
    ignore
        Image whose non-zero pixels are to be ignored.
    """

    path: Path
    ignore: Path | None = None

    teaches: ClassVar[bool] = True

    def read(self, shape: tuple[int, int] | None) -> Labelled:
        """Read the file or files."""
        labels = read_labels(self.path, shape)
        return Labelled(labels, None if self.ignore is None else read_labels(self.ignore, labels.shape) > 0)


class Found(NamedTuple):
    """An image that a layout found, before it has a name."""

    image: Path
    labels: LabelSource | None = None
    split: str | None = None


@dataclass(frozen=True)
class Entry:
    """One image of a folder.

    Attributes
    ----------
    name
        Unique in the folder, also where case does not count: the stem; where stems repeat,
        the file name; where those repeat, the path within the folder, with ``/``.
    image
        Its file.
    labels
        Where its labels come from; ``None`` if it has none.
    split
        ``"train"``, ``"val"``, ... if the folder says so.
    """

    name: str
    image: Path
    labels: LabelSource | None = None
    split: str | None = None

    @property
    def teaches(self) -> bool:
        """Whether the image has labels to learn from and to be judged by."""
        return self.labels is not None and self.labels.teaches


@dataclass(frozen=True)
class ImageFolder:
    """A folder as its layout understands it.

    Attributes
    ----------
    root
        The folder.
    layout
        ``"cvppp"``, ``"dsb2018"``, ``"coco"``, ``"images_labels"``, ``"cellpose"`` or ``"plain"``
        (also for subfolders of several layouts).
    entries
        Its images in natural order.
    classes
        Names of the classes, for layouts that have them.
    """

    root: Path
    layout: str
    entries: tuple[Entry, ...]
    classes: tuple[str, ...] = ()
