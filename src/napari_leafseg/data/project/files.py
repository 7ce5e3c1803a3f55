"""The names of one image's files in a project. Opens none of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_leafseg.core.errors import ProjectError
from napari_leafseg.data.project.places import is_inner

SIDECAR = ".json"
STAGED = ".new"


@dataclass(frozen=True)
class ImageFiles:
    """Where the parts of an image's labels are.

    The image's whole name is kept, suffix and sub-folders included, so that ``a.png``, ``a.tif`` and ``b/a.png``
    never meet. No name of these can be another image's, since no image ends in ``.ignore``, ``.before``, ...

    Attributes
    ----------
    place
        The project's folder.
    key
        Path of the image within its folder, with ``/``.
    """

    place: Path
    key: str

    def __post_init__(self) -> None:
        # Right in the project's folder no link can lead out of it, and asking the disk takes its time.
        deeper = "/" in self.key
        if not is_inner(self.key) or (deeper and not _is_inside(self.labels.parent, self.place)):
            raise ProjectError(f"The name {self.key!r} leads out of the project {self.place}: it is not used.")

    @property
    def labels(self) -> Path:
        """The label image."""
        return self._file(".tif")

    @property
    def ignore(self) -> Path:
        """The region to ignore: not zero where nothing is to be learned."""
        return self._file(".ignore.tif")

    @property
    def sidecar(self) -> Path:
        """All else: status, checked objects, classes, provenance."""
        return self._file(SIDECAR)

    @property
    def previous(self) -> Path:
        """The label image before the last save."""
        return self._file(".previous.tif")

    @property
    def before(self) -> Path:
        """The label image before the last sitting."""
        return self._file(".before.tif")

    def aside(self, path: Path) -> Path:
        """Where a damaged file is kept, so that nothing is thrown away."""
        return path.with_name(f"{path.stem}.damaged{path.suffix}")

    def _file(self, ending: str) -> Path:
        return self.place / f"{self.key}{ending}"


def _is_inside(folder: Path, place: Path) -> bool:
    return folder.resolve().is_relative_to(place.resolve())


def staged_name(path: Path) -> Path:
    """Where a file lies that is written but does not count before its image's JSON says so."""
    return path.with_name(f".{path.name}{STAGED}")
