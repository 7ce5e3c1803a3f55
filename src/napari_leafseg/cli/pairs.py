"""Which predicted label image belongs to which true one: by name, from files or folders of any layout.

Knows layouts and names; nothing of scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari_leafseg.core.errors import ImageError

if TYPE_CHECKING:
    from napari_leafseg.data.layouts import Labelled


@dataclass(frozen=True)
class LabelImage:
    """A label image that was found, not yet read.

    Attributes
    ----------
    name
        For messages.
    aliases
        Names by which a pair may be found.
    read
        Reads it.
    """

    name: str
    aliases: tuple[str, ...]
    read: Callable[[], Labelled]


@dataclass(frozen=True)
class Pairing:
    """What belongs together, and what is left over.

    Attributes
    ----------
    pairs
        Prediction and truth.
    missing, extra
        Names of truths without a prediction, and of predictions without a truth.
    """

    pairs: tuple[tuple[LabelImage, LabelImage], ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def label_images(path: Path, *, truth: bool = False) -> list[LabelImage]:
    """List the label images of a file or folder.

    Of a folder with images and labels, the labels; of a folder without labels, its images
    are taken to be the label images.

    Parameters
    ----------
    path
        A file, or a folder of any layout.
    truth
        Leave out what nobody vouches for: predictions in a project.

    Raises
    ------
    ImageError
        If it is not there or holds none.
    """
    from napari_leafseg.data.layouts import LabelFile, open_folder
    from napari_leafseg.inference.sources import sources_of

    if not path.is_dir():
        if not path.exists():
            raise ImageError(f"There is no file or folder {path}: check its name.")
        return [LabelImage(path.stem, (path.stem,), partial(LabelFile(path).read, None))]
    entries = open_folder(path).entries
    labelled = any(entry.labels for entry in entries)
    found = []
    # The names that `segment` gives its outputs for the same folder come first.
    for source, entry in zip(sources_of(entry.image for entry in entries), entries, strict=True):
        labels = entry.labels if labelled else LabelFile(entry.image)
        if labels is not None and (labels.teaches or not truth):
            aliases = dict.fromkeys((source.name, entry.name, entry.image.stem))
            if isinstance(labels, LabelFile):
                aliases[labels.path.stem] = None
            found.append(LabelImage(source.name, tuple(aliases), partial(labels.read, None)))
    if not found:
        raise ImageError(f"{path} holds no labels that anybody has looked at: mark some images as corrected first.")
    return found


def pair(predictions: Iterable[LabelImage], truths: Iterable[LabelImage]) -> Pairing:
    """Find for each truth the prediction that shares a name with it."""
    predictions = list(predictions)
    known = _by_alias(predictions)
    pairs, missing, taken = [], [], set()
    for truth in truths:
        match = next((known[alias] for alias in truth.aliases if alias in known), None)
        if match is None or match.name in taken:
            missing.append(truth.name)
        else:
            taken.add(match.name)
            pairs.append((match, truth))
    extra = tuple(image.name for image in predictions if image.name not in taken)
    return Pairing(tuple(pairs), tuple(missing), extra)


def _by_alias(images: list[LabelImage]) -> dict[str, LabelImage]:
    count = Counter(alias for image in images for alias in image.aliases)
    # A stem that two images share names neither; their own names still do.
    return {alias: image for image in images for alias in image.aliases if count[alias] == 1 or alias == image.name}
