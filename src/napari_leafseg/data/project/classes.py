"""The project's own file: its version and the names of its classes, which so keep their numbers.

Knows nothing of images.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import ProjectError
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.data.project.catalogue import used_classes

ABOUT = "project.json"


class About(FrozenModel):
    """What holds for all images of a project.

    Attributes
    ----------
    classes
        Names, in the order in which they were first used; a class's place is its number.
    """

    format: Literal["napari-leafseg project"] = "napari-leafseg project"
    version: Literal[1] = 1
    classes: tuple[str, ...] = ()


def read_about(place: Path) -> About | None:
    """Read the file; ``None`` if it is missing or damaged.

    Raises
    ------
    ProjectError
        If a newer program wrote it.
    """
    try:
        values = json.loads((place / ABOUT).read_text(encoding="utf-8"))
        if isinstance(values, dict) and values.get("version", 1) != 1:
            raise ProjectError(f"{place} was made by a newer version of napari-leafseg: open it with that one.")
        return About.model_validate(values)
    except (OSError, ValueError):
        return None


def write_about(place: Path, classes: Iterable[str] = ()) -> None:
    """Write the file; raises `OSError`."""
    with replacing(place / ABOUT) as file:
        file.write((About(classes=tuple(classes)).model_dump_json(indent=1) + "\n").encode())


def number_classes(place: Path, names: Iterable[str]) -> None:
    """Write down names that are new; raises `OSError`."""
    about = read_about(place) or About()
    new = sorted(set(names) - set(about.classes))
    if new:
        write_about(place, (*about.classes, *new))


def classes_of(place: Path) -> tuple[str, ...]:
    """Read the names of the classes; of a project whose file is lost, from all its images, by the alphabet."""
    about = read_about(place)
    return tuple(sorted(used_classes(place))) if about is None else about.classes
