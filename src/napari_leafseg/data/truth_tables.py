"""Two tables beside drawn pictures: one row per picture, and one per leaf with its true measures.

They also tell what is finished: a picture's own row is written last. Must know nothing of how anything is drawn.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import ImageError

PICTURES, LEAVES = "plants.csv", "leaves.csv"
PICTURE_COLUMNS = ("image", "preset", "seed", "leaves", "cover")
LEAF_COLUMNS = (
    "image", "id", "area", "visible_area", "length", "petiole_length", "width", "angle", "age",
)  # fmt: skip

Row = Mapping[str, Any]


class TruthTables:
    """Both tables of a folder, which grow by one picture at a time.

    Parameters
    ----------
    folder
        Where they are, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self._pictures, self._leaves = folder / PICTURES, folder / LEAVES

    def begin(self, is_there: Callable[[str], bool]) -> set[str]:
        """Name the pictures that are finished, and drop the rows of those that are not.

        Parameters
        ----------
        is_there
            Whether a picture's files are.

        Raises
        ------
        ImageError
            If the tables cannot be read or written.
        """
        with _explained(self._pictures):
            leaves = _rows(self._leaves, LEAF_COLUMNS)
            counts = Counter(row["image"] for row in leaves)
            pictures = _rows(self._pictures, PICTURE_COLUMNS)
            pictures = [
                row for row in pictures if row["leaves"] == str(counts[row["image"]]) and is_there(row["image"])
            ]
            finished = {row["image"] for row in pictures}
            _write(self._leaves, LEAF_COLUMNS, [row for row in leaves if row["image"] in finished])
            _write(self._pictures, PICTURE_COLUMNS, pictures)
        return finished

    def add(self, picture: Row, leaves: Sequence[Row]) -> None:
        """Add a picture whose files are written.

        Raises
        ------
        ImageError
            If the tables cannot be written.
        """
        for path, columns, rows in (
            (self._leaves, LEAF_COLUMNS, leaves),
            (self._pictures, PICTURE_COLUMNS, [picture]),
        ):
            with _explained(path), path.open("a", encoding="utf-8", newline="") as file:
                csv.DictWriter(file, columns).writerows(rows)


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read the rows that are whole: a stop may have cut the last one."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file.read().splitlines())
    return [row for row in read if tuple(row) == tuple(columns) and None not in row.values()]


def _write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as file:
        file.write(text.getvalue().encode())


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(
            f"{path} cannot be written ({reason}): close it in other programs, or free some space."
        ) from None
