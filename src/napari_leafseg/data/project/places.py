"""Where the project of a folder of images lies: `leafseg/` in it, or a place of the user's own.

Knows names of folders only; reads and writes nothing in them.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path, PurePath

from platformdirs import user_data_path

from napari_leafseg.core.errors import ProjectError

PROJECT = "leafseg"

_UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR}


def beside(folder: Path) -> Path:
    """Return the usual place, in the folder of images itself."""
    return folder / PROJECT


def users_own(folder: Path) -> Path:
    """Return the place for a folder that cannot be written: the user's, found again by the folder's whole path."""
    whole = os.path.normcase(os.path.abspath(folder))
    key = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return user_data_path("napari-leafseg", appauthor=False) / "projects" / f"{folder.name or 'root'}-{key}"


def existing(folder: Path) -> Path | None:
    """Find the project of a folder of images; the user's own comes first, since only they can have made it."""
    return next((place for place in (users_own(folder), beside(folder)) if place.is_dir()), None)


def is_unwritable(error: OSError) -> bool:
    """Whether an error means that a place can never be written, so that another is to be taken."""
    return error.errno in _UNWRITABLE


def key_of(folder: Path, image: str | Path) -> str:
    """Name an image by its path within the folder, with ``/``: unique, and true wherever the folder is moved.

    Raises
    ------
    ProjectError
        If it does not lie in the folder.
    """
    try:
        return Path(os.path.abspath(image)).relative_to(folder).as_posix()
    except ValueError:
        raise ProjectError(f"{image} does not lie in {folder}: open the folder that it lies in.") from None


def is_inner(key: str) -> bool:
    """Whether a name, perhaps from a foreign file, stays inside the folder."""
    path = PurePath(key)
    return bool(path.parts) and not path.is_absolute() and not path.drive and not path.root and ".." not in path.parts
