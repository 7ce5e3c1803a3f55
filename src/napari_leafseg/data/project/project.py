"""A folder of images with its labels: opened by one window at a time, read and written image by image.

Safe to be used from several threads. Knows no layout of folders, no method and no window.
"""

from __future__ import annotations

import shutil
import threading
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from uuid import uuid4

from napari_leafseg.core.errors import ProjectError
from napari_leafseg.data.project import loading, saving
from napari_leafseg.data.project.catalogue import finish_interrupted, refresh, sidecar_of
from napari_leafseg.data.project.change import Change, Stored, Version
from napari_leafseg.data.project.classes import classes_of, number_classes, read_about, write_about
from napari_leafseg.data.project.files import ImageFiles
from napari_leafseg.data.project.index import INDEX, Index, Summary
from napari_leafseg.data.project.lock import LOCK, Lock
from napari_leafseg.data.project.places import beside, existing, is_unwritable, key_of, users_own
from napari_leafseg.data.project.sidecar import Sidecar
from napari_leafseg.data.reading import read_labels


class Project:
    """The labels of a folder of images.

    Nothing is written before the first `save`, which makes ``leafseg/`` in the folder, or a place of the user's own
    if the folder cannot be written. All methods that read or write may take long: call them in a job.

    Parameters
    ----------
    folder
        Of the images.

    Attributes
    ----------
    folder
        Of the images, whole.
    place
        Where the project lies; ``None`` before the first save of a new one.

    Raises
    ------
    ProjectBusyError
        If another window has it open.
    ProjectError
        If it cannot be read.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()
        self.place: Path | None = None
        self._sitting = datetime.now(UTC).replace(microsecond=0)
        self._kept: set[Path] = set()
        self._seen_changed: set[str] = set()
        self._notices: deque[str] = deque()
        self._mutex = threading.RLock()
        self._lock: Lock | None = None
        self._index: Index | None = None
        self._closed = False
        place = existing(self.folder)
        if place is not None:
            self._open(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let other windows in; close an `Autosave` first."""
        with self._mutex:
            if self._index is not None:
                self._index.close()
            if self._lock is not None:
                self._lock.release()
            self._index = self._lock = None
            self._closed = True

    # --- asking ---------------------------------------------------------------------------

    @property
    def summaries(self) -> Mapping[str, Summary]:
        """What is known of each image, by `key`; never waits."""
        index = self._index
        return MappingProxyType({} if index is None else index.rows)

    def key(self, image: str | Path) -> str:
        """Name an image by its path within the folder, with ``/``.

        Raises
        ------
        ProjectError
            If it does not lie in the folder.
        """
        return key_of(self.folder, image)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes used so far; a class's place is its number."""
        return () if self.place is None else classes_of(self.place)

    def take_notices(self) -> list[str]:
        """Return the sentences for the person that came up since last asked; never waits."""
        return [self._notices.popleft() for _ in range(len(self._notices))]

    # --- reading and writing ------------------------------------------------------------

    def load(self, image: str | Path) -> Stored | None:
        """Read what the project holds of an image file; ``None`` if it knows nothing of it.

        Raises
        ------
        DamagedLabelsError
            If the label file cannot be read or is gone; see `versions`.
        ProjectError
            If the image does not lie in the folder.
        """
        with self._mutex:
            if self.place is None:
                return None
            files = ImageFiles(self.place, self.key(image))
            stored = loading.load(files)
            if stored is None or not self._is_changed(files.key, Path(image), stored.sidecar):
                return stored
            self._seen_changed.add(files.key)
            notice = loading.changed_notice(Path(image), stored.sidecar)
            return replace(stored, image_changed=True, notices=(*stored.notices, notice))

    def save(self, image: str | Path, change: Change) -> Summary:
        """Write a change of an image; afterwards it is on the disk, whole.

        Raises
        ------
        ProjectError
            If it cannot be written: all is as before, so try again later.
        ProjectBusyError
            If another window has taken the project over.
        ImageError, ParameterError
            If the labels or values are none.
        """
        with self._mutex:
            key = self.key(image)
            files = ImageFiles(self._writable(), key)
            try:
                return self._write(files, Path(image), change)
            except OSError as error:
                raise ProjectError(saving.refusal(files.labels, error)) from error

    def versions(self, image: str | Path) -> list[Version]:
        """List the older label images of an image that can be read, newest first."""
        with self._mutex:
            return [] if self.place is None else loading.versions(ImageFiles(self.place, self.key(image)))

    def restore(self, image: str | Path, version: Version) -> Summary:
        """Save an older version as the newest labels; their objects have to be checked again.

        Raises
        ------
        ImageError, ProjectError
            As `save`, and if the version cannot be read any more.
        """
        labels = read_labels(version.path)
        return self.save(image, saving.restoring(labels, f"restored the labels of {version.in_words}"))

    def _write(self, files: ImageFiles, image: Path, change: Change) -> Summary:
        assert self._index is not None
        if change.classes:
            number_classes(files.place, change.classes.values())
        state, now = loading.state_of(image), loading.hash_of(image)
        known = sidecar_of(files)
        if known is not None and known.image_hash is not None and files.key not in self._seen_changed:
            # The labels are of the image that was on the screen, whatever lies there now.
            state, now = state if now == known.image_hash else None, known.image_hash
        sidecar = saving.save(files, change, self._sitting, now, self._keep)
        self._seen_changed.discard(files.key)
        summary = Summary.of(sidecar, files.sidecar, state)
        self._index.put([summary])
        return summary

    def _is_changed(self, key: str, image: Path, sidecar: Sidecar) -> bool:
        known, state = self.summaries.get(key), loading.state_of(image)
        if known is not None and state == (known.image_bytes, known.image_modified):
            return False
        now = loading.hash_of(image)
        changed = None not in (now, sidecar.image_hash) and now != sidecar.image_hash
        if now is not None and now == sidecar.image_hash and known and state and self._index:
            self._index.put([replace(known, image_bytes=state[0], image_modified=state[1])])
        return changed

    def _keep(self, files: ImageFiles, path: Path) -> Path | None:
        """Keep the first labels that are replaced in this sitting as such, later ones till the next save."""
        if path != files.labels:
            return None
        first = path not in self._kept
        self._kept.add(path)
        return files.before if first else files.previous

    # --- opening, and beginning to write --------------------------------------------------

    def _open(self, place: Path) -> None:
        read_about(place)  # a newer program's project is left alone
        try:
            self._lock_and_take(place)
        except OSError as error:
            if not is_unwritable(error):
                raise ProjectError(
                    f"{place} cannot be opened ({error.strerror or error}): free some space, or connect its drive."
                ) from error
            self._notices.append(f"{place} can only be read: what you change is kept in {users_own(self.folder)}.")
            self._take(place, None)

    def _lock_and_take(self, place: Path) -> None:
        lock = Lock(place)
        try:
            finish_interrupted(place)
            self._take(place, lock)
        except BaseException:
            lock.release()
            raise
        weakref.finalize(self, lock.release)

    def _take(self, place: Path, lock: Lock | None) -> None:
        """Read what is in a place; without a lock it is only to be read."""
        if self._index is not None:
            self._index.close()
        self.place, self._lock, self._index = place, lock, Index(place / INDEX if lock else None)
        self._notices.extend(refresh(place, self._index))
        if lock is not None and read_about(place) is None:
            write_about(place, classes_of(place))
        if self._index.fresh and self.summaries:
            self._notices.append(
                f"The project's index was {self._index.fresh}: it has been made again from the files of "
                f"{len(self.summaries)} images."
            )

    def _writable(self) -> Path:
        """Return the place, made sure to be ours to write."""
        if self._closed:
            raise ProjectError(f"{self.folder} was closed in this window: open it again to change something.")
        if self._lock is None:
            self._make()
        assert self.place is not None and self._lock is not None
        if not self.place.is_dir():
            raise ProjectError(
                f"The project folder {self.place} is gone: put it back or connect its drive again; "
                "until then your changes are only in this window."
            )
        try:
            self._lock.check()
        except OSError as error:
            raise ProjectError(saving.refusal(self.place, error)) from error
        return self.place

    def _make(self) -> None:
        if not self.folder.is_dir():
            raise ProjectError(f"The folder {self.folder} is gone: put it back or connect its drive again.")
        usual = beside(self.folder)
        try:
            if self.place is None:
                usual.mkdir(exist_ok=True)
                self._lock_and_take(usual)
                return
        except OSError as error:
            if not is_unwritable(error):
                raise ProjectError(saving.refusal(usual, error)) from error
        self._make_elsewhere(users_own(self.folder))

    def _make_elsewhere(self, own: Path) -> None:
        try:
            if not own.is_dir():
                fresh = own.with_name(f".{own.name}.{uuid4().hex}")
                fresh.parent.mkdir(parents=True, exist_ok=True)
                if self.place is None:
                    fresh.mkdir()
                else:
                    shutil.copytree(self.place, fresh, ignore=shutil.ignore_patterns(INDEX, LOCK))
                fresh.rename(own)
            self._lock_and_take(own)
        except (OSError, shutil.Error) as error:
            raise ProjectError(
                f"Neither {self.folder} nor {own} can be written ({error}): free some space, or copy the images to "
                "a folder of yours."
            ) from error
        self._notices.append(f"{self.folder} cannot be written: your corrections are kept in {own}.")
