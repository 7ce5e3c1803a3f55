"""A folder of drawn pictures with their labels and true measures, which goes on where it stopped.

What the command line's ``synthesize`` runs. A picture depends on the seed and its own number alone, so that a
longer set begins with the shorter one. Must know nothing of how anything is drawn or shown.
"""

from __future__ import annotations

import io
import json
import math
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import ImageError, ParameterError
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.data.drawing import check_drawn, draw
from napari_leafseg.data.layouts.listing import Listing
from napari_leafseg.data.rosette import LeafTruth
from napari_leafseg.data.truth_tables import LEAVES, PICTURES, TruthTables

RECORD = "synthesis.json"
MOST = 1_000_000
"""Pictures of one seed, and seeds: no picture of one seed is one of another."""


class Layout(StrEnum):
    """How images and labels lie in a folder."""

    CVPPP = "cvppp"
    FOLDERS = "folders"


_PLACES = {
    Layout.CVPPP: ("{}_rgb.png", "{}_label.png"),
    Layout.FOLDERS: ("images/{}.png", "labels/{}.png"),
}
_TAKEN = {LEAVES, PICTURES, "images", "labels"}


class Synthesis(FrozenModel):
    """What is drawn: the record that lies beside it.

    Attributes
    ----------
    preset
        One of `data.drawing.DRAWN`.
    size
        Height and width, in pixels.
    seed
        0 to 999 999; picture ``i`` is drawn from ``seed * 1 000 000 + i``.
    layout
        Of the files.
    version
        Of this package: another one may draw other pictures.
    """

    preset: str
    size: int
    seed: int
    layout: Layout
    version: str


@dataclass(frozen=True)
class Picture:
    """One picture that is there now.

    Attributes
    ----------
    name
        What its files begin with.
    leaves
        How many are labelled; ``None`` if it was finished by an earlier run.
    """

    name: str
    leaves: int | None


def synthesize(plan: Synthesis, count: int, out: Path, *, processes: int = 1) -> Iterator[Picture]:
    """Draw pictures and write them; drain it to do so, close it to stop.

    Parameters
    ----------
    plan
        What to draw.
    count
        How many there shall be; those that an earlier run of the same plan finished are kept.
    out
        The folder; made if need be.
    processes
        How many draw at the same time.

    Yields
    ------
    Every picture once it is there, in order.

    Raises
    ------
    ParameterError
        If the plan or the count is not allowed.
    ImageError
        If the folder holds something else, or cannot be written.
    """
    _check(plan, count)
    tables = _begun(plan, out)
    finished = tables.begin(lambda name: all(path.exists() for path in _paths(plan, out, name)))
    names = [name_of(index) for index in range(count)]
    todo = [index for index, name in enumerate(names) if name not in finished]
    drawn = _drawn(partial(_write_one, plan, out), todo, processes)
    for name in names:
        if name in finished:
            yield Picture(name, None)
            continue
        picture, leaves = next(drawn)
        tables.add(picture, leaves)
        yield Picture(name, len(leaves))


def name_of(index: int) -> str:
    """What the files of a picture begin with."""
    return f"plant{index:04}"


def seed_of(seed: int, index: int) -> int:
    """Seed of a picture: what `data.drawing.draw` takes."""
    return seed * MOST + index


def _check(plan: Synthesis, count: int) -> None:
    check_drawn([plan.preset], plan.size)
    for what, value, low, high in (("count", count, 1, MOST), ("seed", plan.seed, 0, MOST - 1)):
        if not low <= value <= high:
            raise ParameterError(f"The {what} {value} is not allowed: give a whole number from {low} to {high}.")


# --- the folder -----------------------------------------------------------------------


def _begun(plan: Synthesis, out: Path) -> TruthTables:
    """Make the folder ready, and refuse one with other things in it."""
    with _writing(out):
        out.mkdir(parents=True, exist_ok=True)
    record = out / RECORD
    if record.exists():
        _refuse_another(plan, record)
    else:
        _refuse_others(out)
        with _writing(record), replacing(record) as file:
            file.write((plan.model_dump_json(indent=2) + "\n").encode())
    return TruthTables(out)


def _refuse_another(plan: Synthesis, record: Path) -> None:
    try:
        there = Synthesis.parse(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, ParameterError):
        raise ImageError(f"{record} cannot be read: choose another folder.") from None
    differ = [
        f"{name} {value} there, {getattr(plan, name)} now" for name, value in there if value != getattr(plan, name)
    ]
    if differ:
        raise ImageError(f"{record.parent} holds other drawings ({', '.join(differ)}): choose another folder.")


def _refuse_others(out: Path) -> None:
    listing = Listing.of(out)
    taken = sorted(_TAKEN.intersection((*listing.files, *listing.folders)) | set(listing.images))
    if taken:
        raise ImageError(f"{out} holds other things already ({taken[0]}): choose an empty folder, or a new one.")


def _paths(plan: Synthesis, out: Path, name: str) -> list[Path]:
    return [out / place.format(name) for place in _PLACES[plan.layout]]


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise ImageError(f"{path} cannot be written ({reason}): choose another folder, or free some space.") from None


# --- one picture ----------------------------------------------------------------------

_Rows = tuple[dict[str, Any], list[dict[str, Any]]]


def _write_one(plan: Synthesis, out: Path, index: int) -> _Rows:
    """Draw and write a picture; return its row and its leaves'."""
    seed, name = seed_of(plan.seed, index), name_of(index)
    drawing = draw(plan.preset, seed, plan.size)
    image, labels = _paths(plan, out, name)
    _write_png(labels, drawing.labels.astype(np.uint8 if drawing.labels.max() < 256 else np.uint16))
    _write_png(image, drawing.image)
    leaves = [{"image": name, **_known(leaf)} for leaf in drawing.leaves]
    cover = round(float((drawing.labels > 0).mean()), 5)
    return {"image": name, "preset": drawing.preset, "seed": seed, "leaves": len(leaves), "cover": cover}, leaves


def _known(leaf: LeafTruth) -> dict[str, Any]:
    """What is known of a leaf; nuclei have no age."""
    return {name: value for name, value in asdict(leaf).items() if not math.isnan(value)}


def _write_png(path: Path, values: NDArray[Any]) -> None:
    from PIL import Image

    packed = io.BytesIO()
    # The lowest level packs noise as well as the highest, several times faster.
    Image.fromarray(values).save(packed, format="PNG", compress_level=1)
    with _writing(path), replacing(path) as file:
        file.write(packed.getbuffer())


# --- in how many processes ------------------------------------------------------------


def _drawn(work: partial[_Rows], indices: Sequence[int], processes: int) -> Iterator[_Rows]:
    """Do the work for every index, in order."""
    if processes <= 1 or len(indices) <= 1:
        yield from map(work, indices)
        return
    # Spawned, not forked: the same on every system, and safe beside threads.
    pool = ProcessPoolExecutor(min(processes, len(indices)), get_context("spawn"), _leave_stopping_to_the_parent)
    try:
        yield from pool.map(work, indices)
    except BrokenProcessPool:
        raise ImageError(
            "A process that drew was ended by the system, perhaps for lack of memory: draw smaller pictures."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_stopping_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
