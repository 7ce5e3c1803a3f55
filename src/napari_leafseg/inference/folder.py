"""Segment many image files into one out folder, going on where an earlier run stopped.

What the command line's ``segment`` and the window's "all images" both run. A generator of
events; knows nothing of how they are shown.

The rules
---------
one folder, one record
    Labels of different weights, options or parameters are never mixed in one folder: the
    run is refused. The device may differ.
resuming
    An image is skipped when an earlier run finished it and neither the image (path, size,
    time of change) nor its labels changed or went since.
failures
    A file that cannot be read or segmented is told of and the run goes on. A folder that
    cannot be written ends the run, since every other image would fail alike.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

from napari_leafseg.core.device import choose
from napari_leafseg.core.errors import Cancelled, ImageError, LeafsegError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.provenance import record_of
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, Progress, never, silent
from napari_leafseg.data.reading import LoadedImage, read_image
from napari_leafseg.inference.events import Event, Finished, ImageDone, ImageFailed, ImageSkipped, Started
from napari_leafseg.inference.outputs import OutFolder
from napari_leafseg.inference.planes import Segmentation, segment_image
from napari_leafseg.inference.records import with_whole_path
from napari_leafseg.inference.sources import Source, sources_of

_log = logging.getLogger(__name__)
_Read = tuple[LoadedImage, os.stat_result]


def segment_files(
    segmenter: Segmenter,
    files: Iterable[Path],
    out: Path,
    options: EncodeOptions | None = None,
    params: Params | None = None,
    *,
    axes: str | None = None,
    overlay: bool = False,
    check: Check = never,
    progress: Progress = silent,
) -> Iterator[Event]:
    """Segment image files, writing labels, a table and a record into a folder.

    Writes ``<name>.tif`` for each image, ``objects.csv`` (one row per object),
    ``record.json`` (how the labels were made), ``images.jsonl`` (one line per finished
    image) and, if asked, ``overlays/<name>.png``.

    Parameters
    ----------
    segmenter
        The method with its weights.
    files
        Images; see `sources.sources_of` for the names of their outputs.
    out
        Made if it is not there.
    options, params
        Of `encode` and `decode`.
    axes
        What the axes of every image are (`core.image.Axes`), where the files do not say it.
    overlay
        Whether to write coloured pictures too.
    check
        Raises `Cancelled` when the person asked for a stop; what is finished stays finished.
    progress
        Told after each plane of the current image.

    Yields
    ------
    `Started`, then `ImageDone`, `ImageSkipped` or `ImageFailed` for each image in order, then
    `Finished`.

    Raises
    ------
    ImageError
        If the out folder cannot be used (see `outputs.OutFolder`).
    DeviceError
        If the device asked for is not there.
    """
    options = options or EncodeOptions()
    params = segmenter.defaults if params is None else params
    if options.device not in ("auto", "cpu"):
        choose(options.device)
    record = with_whole_path(record_of(segmenter, options, params, device="", axes=axes))
    sources = sources_of(files)
    folder = OutFolder(out, record, sources, overlays=overlay)
    run = _Run(segmenter, options, params, check, progress)
    began = perf_counter()
    yield Started(images=len(sources), finished=sum(map(folder.is_finished, sources)), out=str(out), record=record)
    for source, reading in _read_ahead(sources, folder, axes):
        check()
        yield run.skip(source) if reading is None else run.segment(source, reading, folder)
    yield run.finished(perf_counter() - began)


class _Run:
    """What stays the same from image to image, and what was done so far."""

    def __init__(
        self, segmenter: Segmenter, options: EncodeOptions, params: Params, check: Check, progress: Progress
    ) -> None:
        self._segmenter, self._options, self._params = segmenter, options, params
        self._check, self._progress = check, progress
        self._done = self._skipped = self._failed = self._objects = 0

    def skip(self, source: Source) -> ImageSkipped:
        self._skipped += 1
        return ImageSkipped(name=source.name, image=source.image)

    def segment(self, source: Source, reading: Future[_Read], folder: OutFolder) -> ImageDone | ImageFailed:
        began = perf_counter()
        try:
            loaded, state = reading.result()
            found = self._labels_of(loaded)
        except Cancelled:
            raise
        except LeafsegError as error:
            return self._fail(source, str(error))
        except MemoryError:
            return self._fail(source, "There is not enough memory for this image: use tiles, or cut it.")
        # Outside of the above: a folder that cannot be written is no fault of this image.
        folder.write(source, loaded, found, state)
        self._done += 1
        self._objects += found.count
        return ImageDone(
            name=source.name,
            image=source.image,
            labels=str(folder.labels_path(source)),
            objects=found.count,
            planes=len(found.instances),
            seconds=round(perf_counter() - began, 3),
            device=found.device,
            notes=found.notes,
        )

    def finished(self, seconds: float) -> Finished:
        return Finished(
            done=self._done,
            skipped=self._skipped,
            failed=self._failed,
            objects=self._objects,
            seconds=round(seconds, 3),
        )

    def _labels_of(self, loaded: LoadedImage) -> Segmentation:
        return segment_image(
            self._segmenter,
            loaded.array,
            loaded.axes,
            self._options,
            self._params,
            check=self._check,
            progress=self._progress,
        )

    def _fail(self, source: Source, reason: str) -> ImageFailed:
        _log.info("%s failed", source.path, exc_info=True)
        self._failed += 1
        return ImageFailed(name=source.name, image=source.image, reason=reason)


def _read_ahead(
    sources: Iterable[Source], folder: OutFolder, axes: str | None
) -> Iterator[tuple[Source, Future[_Read] | None]]:
    """Read one image in advance while the network is busy; ``None`` for a finished image."""
    with ThreadPoolExecutor(1, thread_name_prefix="read") as reader:
        waiting: deque[tuple[Source, Future[_Read] | None]] = deque()
        for source in sources:
            waiting.append((source, None if folder.is_finished(source) else reader.submit(_read, source.path, axes)))
            if len(waiting) > 1:
                yield waiting.popleft()
        yield from waiting


def _read(path: Path, axes: str | None) -> _Read:
    # The state first: an image that changes while it is read must not count as finished.
    try:
        state = path.stat()
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read ({error.strerror}): check its name.") from None
    return read_image(path, axes), state
