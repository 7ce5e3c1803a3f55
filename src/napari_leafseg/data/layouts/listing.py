"""What lies in a folder: names only, in natural order. Opens nothing, knows no layout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.reading import IMAGE_SUFFIXES

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Listing:
    """The visible files and folders of one folder, sorted naturally.

    Attributes
    ----------
    path
        The folder.
    files, folders
        Names; hidden ones (a leading dot) are left out.
    """

    path: Path
    files: tuple[str, ...]
    folders: tuple[str, ...]

    @classmethod
    def of(cls, path: Path) -> Listing:
        """List a folder.

        Raises
        ------
        ImageError
            If it cannot be listed.
        """
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(path) as found:
                for item in found:
                    if not item.name.startswith((".", "__MACOSX")):
                        (folders if item.is_dir() else files).append(item.name)
        except OSError as error:
            raise ImageError(f"The folder {path} cannot be listed ({error.strerror}): choose another.") from None
        return cls(path, tuple(sorted(files, key=natural)), tuple(sorted(folders, key=natural)))

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The files whose suffix says that they are images."""
        return tuple(name for name in self.files if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES)

    def folder(self, *names: str) -> Listing | None:
        """List the first of these subfolders that exists; case does not count."""
        here = {name.lower(): name for name in self.folders}
        for name in names:
            if name in here:
                return Listing.of(self.path / here[name])
        return None

    def subfolders(self) -> Iterator[Listing]:
        """List the subfolders one by one."""
        return (Listing.of(self.path / name) for name in self.folders)


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key by which ``plant9`` comes before ``plant10``."""
    parts = _DIGITS.split(name.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part]


def stem(name: str) -> str:
    """Return a file name without its last suffix."""
    return os.path.splitext(name)[0]


def unique_names(root: Path, images: Iterable[Path]) -> list[str]:
    """Name images by stem; where that repeats by file name, then by path within the folder."""
    images = list(images)
    names = [image.stem for image in images]
    for longer in (_file_name, _inner_path):
        count: dict[str, int] = {}
        for name in names:
            count[name.casefold()] = count.get(name.casefold(), 0) + 1
        names = [
            longer(root, image) if count[name.casefold()] > 1 else name
            for name, image in zip(names, images, strict=True)
        ]
    return names


def _file_name(_root: Path, image: Path) -> str:
    return image.name


def _inner_path(root: Path, image: Path) -> str:
    return image.relative_to(root).as_posix()
