"""COCO JSON: images named in a file, their objects as polygons or run lengths, several classes.

Names in the JSON are text from somewhere else: they never lead out of the folder.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.instances import Mask
from napari_leafseg.data.layouts.coco_masks import decode
from napari_leafseg.data.layouts.entry import Found, Labelled
from napari_leafseg.data.layouts.listing import Listing, natural
from napari_leafseg.data.layouts.objects import paint_objects
from napari_leafseg.data.reading import read_size

log = logging.getLogger(__name__)

# A folder with more JSON files than this holds one per image, which is another format.
_MOST_FILES = 20
_SPLIT = re.compile(r"(?:^|[^a-z])(train|val|test)", re.IGNORECASE)


def find(folder: Listing) -> list[Found]:
    """List the images that a COCO file names and that lie in the folder."""
    found: dict[Path, Found] = {}
    for file, content in _files(folder):
        split = _SPLIT.search(file.stem)
        for image, labels in _images(folder.path, file, content):
            found.setdefault(image, Found(image, labels, split.group(1).lower() if split else None))
    return sorted(found.values(), key=lambda one: natural(one.image.relative_to(folder.path).as_posix()))


def class_names(found: Iterable[Found]) -> tuple[str, ...]:
    """Name the classes, in the order of their numbers in `Labelled.classes`; ``()`` in other layouts."""
    for one in found:
        if isinstance(one.labels, CocoLabels):
            return tuple(name for _, name in one.labels.categories)
    return ()


@dataclass(frozen=True, eq=False)
class CocoLabels:
    """The objects of one image as a COCO file gives them; ids follow their order there.

    Where two objects overlap the smaller lies on top. Crowd regions are to be ignored.

    Attributes
    ----------
    file, image
        The JSON and the image, for messages and for the size.
    annotations
        As in the JSON.
    shape
        Height and width, where the JSON gives them.
    categories
        Category ids with their names; a category's place is its class number.
    """

    file: Path
    image: Path
    annotations: tuple[Mapping[str, Any], ...]
    shape: tuple[int, int] | None
    categories: tuple[tuple[int, str], ...]

    teaches: ClassVar[bool] = True

    def read(self, shape: tuple[int, int] | None) -> Labelled:
        """Paint the objects."""
        known = self.shape or shape or _plane(read_size(self.image))
        if shape is not None and known != shape:
            raise ImageError(
                f"{self.image.name}: {self.file.name} gives {known[0]} x {known[1]} pixels but the image is "
                f"{shape[0]} x {shape[1]}; they must have the same size."
            )
        objects = [one for one in self.annotations if not one.get("iscrowd")]
        crowd = [one for one in self.annotations if one.get("iscrowd")]
        labels = paint_objects(known, [self._mask(one, known) for one in objects])
        numbers = {category: number for number, (category, _) in enumerate(self.categories)}
        classes = {
            index: numbers[one["category_id"]]
            for index, one in enumerate(objects, start=1)
            if one.get("category_id") in numbers
        }
        return Labelled(labels, self._ignore(crowd, known), classes)

    def _ignore(self, crowd: list[Mapping[str, Any]], shape: tuple[int, int]) -> NDArray[np.bool_] | None:
        return paint_objects(shape, [self._mask(one, shape) for one in crowd]) > 0 if crowd else None

    def _mask(self, annotation: Mapping[str, Any], shape: tuple[int, int]) -> Mask:
        try:
            return decode(annotation.get("segmentation") or [], shape)
        except (ValueError, TypeError, LookupError) as error:
            number = annotation.get("id", "?")
            raise ImageError(
                f"{self.file.name} describes object {number} of {self.image.name} wrongly ({error}): export it again."
            ) from None


def _plane(size: tuple[int, ...]) -> tuple[int, int]:
    return size[0], size[1]


# --- the JSON -------------------------------------------------------------------------


def _files(folder: Listing) -> Iterator[tuple[Path, dict[str, Any]]]:
    places = [place for place in (folder, folder.folder("annotations")) if place is not None]
    paths = [place.path / name for place in places for name in place.files if name.lower().endswith(".json")]
    if len(paths) > _MOST_FILES:
        return
    for path in paths:
        content = _parsed(path)
        if isinstance(content, dict) and all(_is_records(content.get(key)) for key in ("images", "annotations")):
            yield path, content


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _parsed(path: Path) -> Any:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s is not read as COCO: %s", path, error)
        return None


def _categories(content: Mapping[str, Any]) -> list[tuple[int, str]]:
    categories = content.get("categories")
    records = categories if isinstance(categories, list) and _is_records(categories) else []
    return sorted((one["id"], str(one.get("name", one["id"]))) for one in records if isinstance(one.get("id"), int))


def _images(root: Path, file: Path, content: Mapping[str, Any]) -> Iterator[tuple[Path, CocoLabels | None]]:
    categories = tuple(_categories(content))
    objects: dict[Any, list[Mapping[str, Any]]] = {}
    for one in content["annotations"]:
        objects.setdefault(one.get("image_id"), []).append(one)
    missing = 0
    for record in content["images"]:
        image = _located(root, file, str(record.get("file_name", "")))
        if image is None:
            missing += 1
            continue
        mine = tuple(objects.get(record.get("id"), ()))
        yield image, CocoLabels(file, image, mine, _shape(record), categories) if mine else None
    if missing:
        log.warning("%s names %d images that are not in %s", file, missing, root)


def _shape(record: Mapping[str, Any]) -> tuple[int, int] | None:
    height, width = record.get("height"), record.get("width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) and height > 0 < width else None


def _located(root: Path, file: Path, name: str) -> Path | None:
    """Find a named image in the folder; of a name that leads out of it only the last part counts."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts:
        return None
    if parts[0] == "/" or any(part == ".." or ":" in part for part in parts):
        parts = parts[-1:]
    inner = Path(*parts)
    for place in dict.fromkeys((file.parent, root, root / "images", root / file.stem)):
        candidate = place / inner
        if candidate.is_file() and _is_inside(root, candidate):
            return candidate
    return None


def _is_inside(root: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())
