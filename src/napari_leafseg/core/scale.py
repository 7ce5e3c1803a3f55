"""Finding how far an image must be resized so that its objects have the size that weights know.

A coarse look measures the objects, a second one at the scale that follows says whether that was true. Knows
label images, scores and numbers; nothing of methods, networks and devices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.surest import Surest, surest
from napari_leafseg.core.tiles import Window

Look = Callable[[float, Window], Instances]
"""Segments a part of the image at a scale; labels of the whole image's height and width."""

FIRST_SIDE = 384
"""Longer side of the image at the first look, in network pixels."""
LAST_SIDE = 800
"""No look is larger: what is not seen then is not there."""
MOST = 8.0
"""Images are neither enlarged nor reduced further."""
ALIKE = 1.4
"""Scales that differ by less than this factor are as good as each other."""
_PART, _PLANTS = 1 / 2, 3
"""Objects in a rectangle larger than this share of the image, or in so many groups, may be anywhere in it, as the
pots of a tray are."""


@dataclass(frozen=True)
class _Seen:
    """What a look at a scale showed, and the scale that would be right."""

    scale: float
    window: Window
    objects: Surest
    right: float


def find_scale(look: Look, shape: tuple[int, int], sizes: tuple[float, float]) -> tuple[float, Window]:
    """Look at an image until its objects are measured.

    Parameters
    ----------
    look
        Asked a few times; often the second answer is already what was looked for.
    shape
        Height and width of the image.
    sizes
        Least and greatest diameter of the objects that the network knows, in its pixels.

    Returns
    -------
    scale
        Network pixels per image pixel.
    window
        The part of the image worth running on: all of it, unless small objects lie in a small part. Enlarged soil
        has many things like leaves.
    """
    whole = Window(0, 0, *shape)
    first = min(1.0, FIRST_SIDE / max(shape))
    seen = _measured(look, shape, sizes, first)
    if seen is None:
        return first, whole
    if seen.right > ALIKE * first:
        seen = _closer(look, seen, shape, sizes)
    part = whole if seen.right <= ALIKE * first else _around(seen.objects, shape, room=1, share=0.1)
    return (seen.scale if part == seen.window and _alike(seen) else seen.right), part


def _measured(look: Look, shape: tuple[int, int], sizes: tuple[float, float], first: float) -> _Seen | None:
    """Look at the whole image: closer until something is seen, then at the scale that follows.

    Moss that hides a seedling at the first scale, as large leaves do, is no longer the surest at the second.
    """
    whole, last = Window(0, 0, *shape), LAST_SIDE / max(shape)
    scale, seen = first, _see(look, first, whole, sizes)
    while seen is None and 2 * scale <= last:
        scale *= 2
        seen = _see(look, scale, whole, sizes)
    return seen and (_see(look, min(seen.right, last), whole, sizes) or seen)


def _closer(look: Look, seen: _Seen, shape: tuple[int, int], sizes: tuple[float, float]) -> _Seen:
    """Measure small objects again where they lie, unless they were seen at the right scale."""
    part = _around(seen.objects, shape, room=2, share=0.15)
    scale = min(seen.right, LAST_SIDE / max(part.height, part.width))
    if _alike(seen) or scale < ALIKE * seen.scale:
        return seen
    return _see(look, scale, part, sizes) or seen


def _see(look: Look, scale: float, window: Window, sizes: tuple[float, float]) -> _Seen | None:
    objects = surest(look(scale, window))
    return None if objects is None else _Seen(scale, window, objects, _right(objects.diameter, sizes))


def _alike(seen: _Seen) -> bool:
    return 1 / ALIKE < seen.right / seen.scale < ALIKE


def _right(diameter: float, sizes: tuple[float, float]) -> float:
    middle = (sizes[0] * sizes[1]) ** 0.5 / diameter
    return min(MOST, max(1 / MOST, middle))


def _around(objects: Surest, shape: tuple[int, int], *, room: float, share: float) -> Window:
    """The rectangle of the objects, with room for what was missed beside them: diameters, and a share of its sides."""
    spans = []
    for (first, end), length in zip((objects.rows, objects.columns), shape, strict=True):
        more = round(room * objects.diameter + share * (end - first))
        begin, stop = max(0, first - more), min(length, end + more)
        spans.append((begin, stop - begin))
    (top, height), (left, width) = spans
    if objects.plants >= _PLANTS or height * width > _PART * shape[0] * shape[1]:
        return Window(0, 0, *shape)
    return Window(top, left, height, width)
