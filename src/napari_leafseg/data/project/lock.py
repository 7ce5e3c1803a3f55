"""The file that keeps a second window out of a project.

The mechanism is `core.lock`; this knows the file's name and what the person is told.
"""

from __future__ import annotations

from pathlib import Path

from napari_leafseg.core.errors import ProjectBusyError
from napari_leafseg.core.lock import FileLock, Holder

LOCK = "project.lock"


class Lock(FileLock):
    """Makes this window the only one that writes into a project, until `release`.

    Raises
    ------
    ProjectBusyError
        If another window has it.
    OSError
        If the folder cannot be written.
    """

    def __init__(self, place: Path) -> None:
        super().__init__(place / LOCK, _refusal)


def _refusal(path: Path, holder: Holder | None) -> ProjectBusyError:
    if holder is None:
        return ProjectBusyError(f"{path.parent} is being opened by several windows at once: try again.")
    return ProjectBusyError(
        f"{path.parent} is open in another window (by {holder.who} on {holder.host} since {holder.when}, process "
        f"{holder.process}): close it there, or delete {path.name} in that folder if no window has it open any more."
    )
