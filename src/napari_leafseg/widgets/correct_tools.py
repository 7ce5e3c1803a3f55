"""The tools of the Correct dock: what each is called, how a hand uses it, and which edit that means.

Between `editing`, which knows no hand, and the dock, which knows no operation. Knows neither Qt nor napari.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import choose, outline, place, shape, split
from napari_leafseg.editing.choose import Point
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects

Points = Sequence[Point]
Trace = Literal["line", "box", "loop"]


@dataclass(frozen=True)
class Given:
    """What an operation may want to know besides points.

    Attributes
    ----------
    pixels
        How far to move a border.
    checked
        Objects that the person said are right.
    """

    pixels: float = 0.0
    checked: frozenset[int] = frozenset()


Operation = Callable[[Objects, Points, Given], Edit]
"""Takes the objects of a plane, and points in its pixels."""


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes
    ----------
    name
        For its icon, and for what only the dock can do.
    title
        As a person reads it, and as "Undo ..." says it.
    key
        Chooses it.
    told
        What to do with it, in one line.
    cursor
        One of napari's.
    clicks
        How many clicks it takes; 0: as many as the person likes, then Enter.
    trace
        What a drag draws; ``None``: a drag is a click where it began.
    clicked, dragged
        The edits; ``None`` where the dock does something else than an edit.
    """

    name: str
    title: str
    key: str
    told: str
    cursor: str = "cross"
    clicks: int = 1
    trace: Trace | None = None
    clicked: Operation | None = None
    dragged: Operation | None = None


def one(objects: Objects, points: Points) -> int:
    """The object at the first point; an `EditError` where there is none."""
    identity = objects.at(*points[0])
    if not identity:
        raise EditError("There is no object here, only background: click on an object.")
    return identity


def _merge(objects: Objects, points: Points, _: Given) -> Edit:
    return place.merge(objects, [objects.at(*point) for point in points])


def _merge_along(objects: Objects, path: Points, _: Given) -> Edit:
    return place.merge(objects, choose.along(objects, path))


def _split_by_line(objects: Objects, path: Points, _: Given) -> Edit:
    return split.by_line(objects, path)


def _split_by_seeds(objects: Objects, seeds: Points, _: Given) -> Edit:
    return split.by_seeds(objects, seeds)


def _delete(objects: Objects, points: Points, _: Given) -> Edit:
    return place.delete(objects, [one(objects, points)])


def _delete_inside(objects: Objects, path: Points, _: Given) -> Edit:
    return place.delete(objects, choose.inside(objects, path[0], path[-1]))


def _grow(objects: Objects, points: Points, given: Given) -> Edit:
    return shape.grow(objects, one(objects, points), given.pixels)


def _shrink(objects: Objects, points: Points, given: Given) -> Edit:
    return shape.shrink(objects, one(objects, points), given.pixels)


def _fill(objects: Objects, points: Points, _: Given) -> Edit:
    return shape.fill_holes(objects, one(objects, points))


def _smooth(objects: Objects, points: Points, given: Given) -> Edit:
    return shape.smooth(objects, one(objects, points), given.pixels)


def _outline(objects: Objects, loop: Points, given: Given) -> Edit:
    return outline.outline(objects, loop, given.checked)


def _no_outline(_: Objects, __: Points, ___: Given) -> Edit:
    raise EditError("An outline is one stroke: hold the button down, and draw all around the object.")


ADD, FIX, CHECK, IGNORE = "add", "fix", "check", "ignore"

TOOLS = (
    Tool(
        "merge", "Merge", "J", "Drag across the pieces of one object, or click one piece and then the other.",
        "pointing", 2, "line", _merge, _merge_along,
    ),
    Tool(
        "split", "Split", "S", "Draw a line across an object; or click into each of its parts, then press Enter.",
        "crosshair", 0, "line", _split_by_seeds, _split_by_line,
    ),
    Tool(
        "delete", "Delete", "D", "Click on an object, or drag a box over several.",
        "forbidden", 1, "box", _delete, _delete_inside,
    ),
    Tool(
        ADD, "Add", "A", "Click on a missing object, or drag a box around it: the model draws it. Enter keeps it, "
        "Esc drops it.", "crosshair", 1, "box",
    ),
    Tool("grow", "Grow", "G", "Click on an object to make it larger, into the background only.", clicked=_grow),
    Tool("shrink", "Shrink", "Shift-G", "Click on an object to make it smaller.", clicked=_shrink),
    Tool("fill", "Fill holes", "H", "Click on an object to fill the holes in it.", clicked=_fill),
    Tool("smooth", "Smooth", "T", "Click on an object to smooth its border.", clicked=_smooth),
    Tool(
        "outline", "Outline", "U", "Draw around an object in one stroke: what it encloses becomes the object, whole. "
        "Checked ones beside it stay.", "crosshair", 1, "loop", _no_outline, _outline,
    ),
    Tool(FIX, "Fix border", "R", "Click on an object: the model refines its border.", clicked=None),
    Tool(CHECK, "Check", "Shift-K", "Click on an object that is right, or drag across several; click again to take it "
         "back.", "pointing", 1, "line"),
    Tool(IGNORE, "Ignore", "I", "Draw around a part from which nothing is to be learned; click in it to take it back.",
         trace="loop"),
)  # fmt: skip
BY_NAME = {tool.name: tool for tool in TOOLS}

DEFAULT_PIXELS = 2
