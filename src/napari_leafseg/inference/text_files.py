"""Text files that are written whole or not at all, with a sentence when they cannot be.

Knows nothing of what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_leafseg.core.errors import ImageError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is written into an `ImageError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise ImageError(
            f"{path} cannot be written ({reason}): close it in other programs, or free some space."
        ) from error


def replace_text(path: Path, lines: Iterable[str]) -> None:
    """Write a text file beside its place, then rename it.

    Raises
    ------
    ImageError
        If it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        os.replace(temporary, path)
