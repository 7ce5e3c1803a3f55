"""How long each correction takes on 2048 x 2048 pixels with 500 objects, from the hand to the changed labels.

Each time includes the choice of objects, the operation, writing it, keeping the objects' boxes and marks true, and the
history; not the repaint. Every call is on another object, undone before the next. The answer to reach is 50 ms median.
The processor's own time is given beside the clock's, which also counts what else the machine does.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from time import perf_counter, process_time

import numpy as np
from measuring import machine, table
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.editing import choose, pieces, place, shape, split, whole
from napari_leafseg.editing.correction import ArraySurface, Correction
from napari_leafseg.editing.edit import Edit, Replacement
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.outline import outline

Times = NDArray[np.float64]
"""Milliseconds by the clock, and of the processor."""
Operation = Callable[[Objects, int], Edit | Replacement]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=40)
    said = parser.parse_args()
    labels = field(said.size, said.objects)
    correction = Correction(ArraySurface(labels))
    ids = correction.objects().ids
    correction.mark("Check", Marks(frozenset(ids[::2]), dict.fromkeys(ids, "leaf"), dict.fromkeys(ids, 0.5)))
    rows = [(name, *measured(correction, operation, said.repeats)) for name, operation in operations(labels).items()]
    rows += measured_history(correction, said.repeats)
    start = now()
    Objects(labels)
    rows.append(("measure all objects, once per image", *said_of([now() - start])))
    title = f"{said.size} x {said.size}, {len(ids)} objects ({machine()})"
    table(title, ("action", "times", "median ms", "worst ms", "processor, median ms"), rows)


def operations(labels: np.ndarray) -> dict[str, Operation]:
    """Every tool, as a hand would use it on a given object."""
    boxes = dict(enumerate(ndimage.find_objects(labels), 1))
    middles = {key: tuple((part.start + part.stop) / 2 for part in box) for key, box in boxes.items() if box}
    other = ndimage.shift(labels, (7, 5), order=0)

    def across(objects: Objects, identity: int) -> list[choose.Point]:
        rows, _ = objects.box(identity)
        return [(rows.start - 2, middles[identity][1]), (rows.stop + 1, middles[identity][1] + 3)]

    def seeds(objects: Objects, identity: int) -> list[choose.Point]:
        box, mask = objects.mask(identity)
        inside = np.argwhere(mask) + [part.start for part in box]
        return [tuple(inside[len(inside) // 5]), tuple(inside[-len(inside) // 5])]

    def loop(objects: Objects, identity: int) -> list[choose.Point]:
        rows, columns = objects.box(identity)
        turns = np.linspace(0, 2 * np.pi, 200)
        radius = (rows.stop - rows.start + columns.stop - columns.start) / 4
        row, column = middles[identity]
        return [(float(row + radius * np.sin(turn)), float(column + radius * np.cos(turn))) for turn in turns]

    def prompted(identity: int) -> np.ndarray:
        mask = np.zeros(labels.shape, bool)
        row, column = (int(value) for value in middles[identity])
        mask[max(row - 30, 0) : row + 30, max(column - 30, 0) : column + 30] = True
        return mask

    def half(objects: Objects) -> list[int]:
        return choose.inside(objects, (0, 0), (labels.shape[0] / 2, labels.shape[1]))

    return {
        "merge, dragged to the next object": lambda o, i: place.merge(o, choose.along(o, [middles[i], middles[i + 1]])),
        "split by a line": lambda o, i: split.by_line(o, across(o, i)),
        "split by two seeds": lambda o, i: split.by_seeds(o, seeds(o, i)),
        "delete by a click": lambda o, i: place.delete(o, [o.at(*middles[i])]),
        "delete half the image by a box": lambda o, i: place.delete(o, half(o)),
        "add a mask over others": lambda o, i: place.add(o, prompted(i), over=True),
        "replace a mask": lambda o, i: place.reshape(o, i, prompted(i)),
        "outline an object anew": lambda o, i: outline(o, loop(o, i)),
        "grow by 3 px": lambda o, i: shape.grow(o, i, 3),
        "shrink by 3 px": lambda o, i: shape.shrink(o, i, 3),
        "fill holes": shape.fill_holes,
        "smooth by 2 px": lambda o, i: shape.smooth(o, i, 2),
        "keep the largest piece": pieces.keep_largest,
        "remove small objects": lambda o, i: whole.remove_small(o, int(np.median(list(o.areas.values())))),
        "relabel": lambda o, i: whole.relabel(o),
        "accept other labels": lambda o, i: whole.replace_all(o.labels, other),
    }


def measured(correction: Correction, operation: Operation, repeats: int) -> tuple[int, str, str, str]:
    """Time an operation on one object after another; those to which it does not apply do not count."""
    times: list[Times] = []
    for identity in correction.objects().ids:
        start = now()
        try:
            correction.do("measured", operation(correction.objects(), identity))
        except EditError:
            continue
        times.append(now() - start)
        correction.undo()
        correction.objects()
        if len(times) == repeats:
            break
    return said_of(times)


def measured_history(correction: Correction, repeats: int) -> Iterator[tuple[str, int, str, str, str]]:
    """Time undo and redo of the merging of two objects."""
    pairs = pairwise(correction.objects().ids)
    times: dict[str, list[Times]] = {"undo": [], "redo": []}
    for pair in islice(pairs, repeats):
        correction.do("Merge", place.merge(correction.objects(), pair))
        for name, way in (("undo", correction.undo), ("redo", correction.redo), ("", correction.undo)):
            start = now()
            way()
            times.setdefault(name, []).append(now() - start)
    yield from ((f"{name} of a merge", *said_of(times[name])) for name in ("undo", "redo"))


def now() -> Times:
    """Read the clock and the processor's time of this program, in milliseconds."""
    return 1000 * np.array((perf_counter(), process_time()))


def said_of(times: list[Times]) -> tuple[int, str, str, str]:
    """Count, medians and worst, for the table."""
    (clock, processor), worst = np.median(times, axis=0), np.max(times, axis=0)[0]
    return len(times), f"{clock:.1f}", f"{worst:.1f}", f"{processor:.1f}"


def field(size: int, count: int) -> np.ndarray:
    """Draw nuclei, and give the tools something to do: a gap in the ids, holes, objects cut in two."""
    labels = draw_nuclei(size, count, 0)[1].astype(np.uint16)
    labels[labels == 1] = 0
    for identity, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None:
            continue
        row, column = ((part.start + part.stop) // 2 for part in box)
        if identity % 5 == 0:
            labels[box][row - box[0].start][labels[row, box[1]] == identity] = 0
        elif identity % 2 == 0:
            labels[row - 2 : row + 3, column - 2 : column + 3] = 0
    return labels


if __name__ == "__main__":
    main()
