"""What a project's JSON files say, in one SQLite file, so that thousands of images are listed at once.

Only a copy: whatever is wrong with it, it is made again from the files. Knows nothing of labels.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from napari_leafseg.data.project.sidecar import Sidecar, Status

INDEX = "project.sqlite"
_LAYOUT = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """One image of a project, in short.

    Attributes
    ----------
    key
        Path of the image within its folder, with ``/``.
    status
        How far it is.
    objects, checked
        How many there are, and how many of them a person found right.
    uncertainty
        Of the whole image; ``None`` where nobody worked it out.
    sidecar_bytes, sidecar_modified
        Size and time of change (ns) of the JSON that this was read from.
    image_bytes, image_modified
        Size and time of change (ns) that the image had when its hash was last seen to be right; ``None`` if it never
        was compared.
    """

    key: str
    status: Status
    objects: int
    checked: int
    uncertainty: float | None
    sidecar_bytes: int
    sidecar_modified: int
    image_bytes: int | None = None
    image_modified: int | None = None

    @classmethod
    def of(cls, sidecar: Sidecar, file: Path, image: tuple[int, int] | None) -> Summary:
        """Sum a JSON file up; ``image`` is size and time of change of the image, where its hash is right."""
        state = file.stat()
        return cls(
            sidecar.image,
            sidecar.status,
            sidecar.objects,
            len(sidecar.checked),
            sidecar.uncertainty,
            state.st_size,
            state.st_mtime_ns,
            *(image or (None, None)),
        )


# The names in these are our own.
_COLUMNS = ", ".join(field.name for field in fields(Summary))
_INSERT = f"INSERT OR REPLACE INTO images VALUES ({', '.join('?' for _ in fields(Summary))})"  # noqa: S608
_SELECT = "SELECT " + _COLUMNS + " FROM images"  # noqa: S608


class Index:
    """The index file, and what it says.

    All is held in memory too, so that asking never waits for the disk. Not for several threads at once.

    Parameters
    ----------
    path
        Of the SQLite file; made if it is not there. ``None`` where nothing can be written.

    Attributes
    ----------
    rows
        By key; never changed, only replaced.
    fresh
        Why it holds nothing yet: ``"missing"`` or ``"damaged"``; empty if it was read.
    """

    def __init__(self, path: Path | None) -> None:
        self.fresh = "" if path is None or path.is_file() else "missing"
        try:
            self._connection, self.rows = _opened(path or ":memory:")
        except (sqlite3.Error, TypeError, ValueError):
            assert path is not None
            self.fresh = self.fresh or "damaged"
            self._connection, self.rows = _made_anew(path), {}

    def put(self, summaries: Iterable[Summary]) -> None:
        """Take note of images, new or changed."""
        new = list(summaries)
        # Another thread may be going through the older rows.
        self.rows = self.rows | {row.key: row for row in new}
        self._run(_INSERT, [astuple(row) for row in new])

    def drop(self, keys: Iterable[str]) -> None:
        """Forget images."""
        gone = set(keys)
        self.rows = {key: row for key, row in self.rows.items() if key not in gone}
        self._run("DELETE FROM images WHERE key = ?", [(key,) for key in gone])

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _run(self, statement: str, values: list[tuple[object, ...]]) -> None:
        """Write; a file that cannot be is left alone, since the next opening makes it again."""
        try:
            with self._connection:
                self._connection.executemany(statement, values)
        except sqlite3.Error:
            _log.warning("The index cannot be written; going on without it", exc_info=True)
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = _connect(":memory:")


def _made_anew(path: Path) -> sqlite3.Connection:
    _log.info("%s is damaged and made anew", path, exc_info=True)
    try:
        for each in (path, path.with_name(f"{path.name}-journal")):
            each.unlink(missing_ok=True)
        return _connect(path)
    except (OSError, sqlite3.Error):
        return _connect(":memory:")


def _connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=1.0, check_same_thread=False)
    try:
        # No WAL: it needs shared memory, which network shares do not have.
        connection.execute("PRAGMA journal_mode = DELETE")
        # A copy need not be waited for: what a power cut does to it is found out and mended at the next opening.
        connection.execute("PRAGMA synchronous = OFF")
        if connection.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
            _lay_out(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _lay_out(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("DROP TABLE IF EXISTS images")
        connection.execute(f"CREATE TABLE images ({_COLUMNS}, PRIMARY KEY (key))")
        connection.execute(f"PRAGMA user_version = {_LAYOUT}")


def _opened(path: Path | str) -> tuple[sqlite3.Connection, dict[str, Summary]]:
    connection = _connect(path)
    try:
        found = connection.execute(_SELECT).fetchall()
        return connection, {row[0]: Summary(str(row[0]), Status(row[1]), *row[2:]) for row in found}
    except (sqlite3.Error, TypeError, ValueError):
        connection.close()
        raise
