"""The plugin's own labels (`data.project`) over whatever layout the images have."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts.entry import Entry, LabelFile, Labelled, LabelSource
from napari_leafseg.data.project.catalogue import sidecar_of
from napari_leafseg.data.project.change import Stored
from napari_leafseg.data.project.classes import ABOUT, classes_of
from napari_leafseg.data.project.commit import has_labels
from napari_leafseg.data.project.files import ImageFiles
from napari_leafseg.data.project.loading import changed_notice, hash_of, load
from napari_leafseg.data.project.places import PROJECT, beside, existing, key_of
from napari_leafseg.data.project.teaching import not_learned, teaches
from napari_leafseg.data.reading import fitting

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProjectLabels:
    """An image's labels as a project holds them.

    Attributes
    ----------
    files
        In the project.
    image
        The image.
    given
        The labels that came with the image; they hold while the project has none.
    classes
        Names of classes; a class's place is its number.
    """

    files: ImageFiles
    image: Path
    given: LabelSource | None
    classes: tuple[str, ...]

    @property
    def teaches(self) -> bool:
        """Whether there is something to be learned: a corrected image, checked objects, or given labels."""
        if not has_labels(self.files):
            return self.given is not None and self.given.teaches
        sidecar = sidecar_of(self.files)
        return sidecar is not None and teaches(sidecar)

    def read(self, shape: tuple[int, int] | None) -> Labelled:
        """Read the labels; what nobody has looked at is to be ignored (`data.project.teaching`)."""
        stored = load(self.files)
        if stored is None or stored.labels is None:
            if self.given is None:
                raise ImageError(f"{self.image.name} has no labels any more: open it in the window and label it anew.")
            return self.given.read(shape)
        for sentence in (*stored.notices, *self._changed(stored)):
            _log.warning("%s", sentence)
        labels = fitting(stored.labels, shape, self.files.labels.name)
        numbers = {name: number for number, name in enumerate(self.classes)}
        classes = {index: numbers[name] for index, name in stored.sidecar.classes.items() if name in numbers}
        return Labelled(labels, not_learned(labels, stored.ignore, stored.sidecar), classes)

    def _changed(self, stored: Stored) -> Iterator[str]:
        if stored.sidecar.image_hash not in (None, hash_of(self.image)):
            yield changed_notice(self.image, stored.sidecar)


def images_of(root: Path) -> Path:
    """Return the folder of images of a project that lies beside them; any other folder is its own."""
    return root.parent if root.name == PROJECT and (root / ABOUT).is_file() else root


def overlay(
    root: Path, entries: Iterable[Entry], classes: tuple[str, ...]
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Let the labels of projects stand in for those that came with the images.

    A project may lie in the folder itself or in any of its sub-folders; the outer one counts more.

    Returns
    -------
    The entries, and the names of the classes: those of the layout, then those of the projects.
    """
    entries = tuple(entries)
    places = _places(root, {entry.image.parent for entry in entries})
    new = {name: None for place in places.values() for name in classes_of(place)}
    classes = tuple(dict.fromkeys((*classes, *new)))
    return tuple(_over(places, entry, classes) for entry in entries), classes


def _places(root: Path, parents: Iterable[Path]) -> dict[Path, Path]:
    """Find the projects between a folder and its images, outermost first: where they lie, by folder."""
    above = {folder for parent in parents for folder in (parent, *parent.parents) if folder.is_relative_to(root)}
    found = {folder: beside(folder) for folder in above if folder != root and beside(folder).is_dir()}
    own = existing(root)
    outermost = {} if own is None else {root: own}
    return outermost | dict(sorted(found.items(), key=lambda item: len(item[0].parts)))


def _over(places: dict[Path, Path], entry: Entry, classes: tuple[str, ...]) -> Entry:
    for folder, place in places.items():
        if entry.image.is_relative_to(folder):
            labels = _labels(place, folder, entry, classes)
            if labels is not None:
                return replace(entry, labels=labels)
    return entry


def _labels(place: Path, folder: Path, entry: Entry, classes: tuple[str, ...]) -> LabelSource | None:
    files = ImageFiles(place, key_of(folder, entry.image))
    if files.sidecar.is_file():
        own = has_labels(files) or entry.labels is not None
        return ProjectLabels(files, entry.image, entry.labels, classes) if own else None
    # Label files that somebody put there by hand, under the image's name or its stem.
    for bare in (files.labels, place / f"{entry.image.name}.tif", place / f"{entry.name}.tif"):
        if bare.is_file() and not bare.with_suffix(".json").is_file():
            ignore = bare.with_name(f"{bare.stem}.ignore.tif")
            return LabelFile(bare, ignore if ignore.is_file() else None)
    return None
