"""Several files of one image that change as one, wherever the plug is pulled.

New labels are first written under another name. Then the JSON, which holds their hash, is renamed into place: from
then on the new labels count. Last they get their name, by the next reader if not by the writer. Knows names and
hashes; not what is in the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from napari_leafseg.core import atomic
from napari_leafseg.core.atomic import remove, rename, replacing, staged
from napari_leafseg.data.project.files import ImageFiles, staged_name
from napari_leafseg.data.project.sidecar import Sidecar

Keep = Callable[[Path], Path | None]
"""Says under which name the older file stays; ``None`` for nowhere."""


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str | None:
    """`digest` of a file; ``None`` if there is none."""
    try:
        return digest(path.read_bytes())
    except FileNotFoundError:
        return None


def write(files: ImageFiles, sidecar: Sidecar, contents: Mapping[Path, bytes], keep: Keep) -> None:
    """Replace an image's JSON together with some of its label files.

    Parameters
    ----------
    files
        The image's; nothing may be left over from an earlier writing (`settle`).
    sidecar
        Holds the hashes of the contents.
    contents
        By place, what is to stand there.
    keep
        What becomes of the older files.

    Raises
    ------
    OSError
        If something cannot be written: then all is as before, or (the last step alone failed) `current` finds the
        new files and `settle` goes on.
    """
    try:
        for path, content in contents.items():
            with staged(staged_name(path)) as file:
                file.write(content)
        with replacing(files.sidecar) as file:
            file.write(sidecar.to_text().encode())
    except OSError:
        for path in contents:
            _forget(staged_name(path))
        raise
    for path in contents:
        _put(path, keep)


def settle(files: ImageFiles, sidecar: Sidecar | None, keep: Keep) -> None:
    """Finish a writing that was interrupted, or forget it where its JSON was not reached."""
    hashes = _hashes(files, sidecar)
    for path, wanted in hashes.items():
        waiting = staged_name(path)
        if not waiting.exists():
            continue
        if wanted is not None and digest_of(waiting) == wanted:
            _put(path, keep)
        else:
            remove(waiting)


def current(path: Path, wanted: str | None) -> Path:
    """Tell where the newest content of a label file is: under its name, or still waiting for it."""
    waiting = staged_name(path)
    if wanted is not None and waiting.exists() and digest_of(waiting) == wanted:
        return waiting
    return path


def has_labels(files: ImageFiles) -> bool:
    """Whether there are labels, perhaps still waiting for their name."""
    return files.labels.exists() or staged_name(files.labels).exists()


def _put(path: Path, keep: Keep) -> None:
    older = keep(path)
    if older is not None:
        atomic.keep(path, older)
    rename(staged_name(path), path)


def _hashes(files: ImageFiles, sidecar: Sidecar | None) -> dict[Path, str | None]:
    if sidecar is None:
        return {files.labels: None, files.ignore: None}
    return {files.labels: sidecar.labels_hash, files.ignore: sidecar.ignore_hash}


def _forget(path: Path) -> None:
    try:
        remove(path)
    except OSError:
        # It does not count, and the next writing replaces it.
        return
