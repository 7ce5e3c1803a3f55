"""Finding how far an image must be resized so that its objects have the size that weights know.

A coarse look measures the objects, others at the scales that follow say whether that was true; where none is sure,
closer ones follow. Knows label images, scores and numbers; nothing of methods, networks and devices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from napari_leafseg.core.agreement import Looked, credible
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.surest import Surest, surest
from napari_leafseg.core.tiles import Window, apart

Look = Callable[[float, tuple[Window, ...]], Instances]
"""Segments parts of the image at a scale; labels of the whole image's height and width."""

FIRST_SIDE = 384
"""Longer side of the image at the first look, in network pixels."""
LAST_SIDE = 800
"""What was measured is looked at again in no larger picture."""
CLOSEST_SIDE = 1200
"""Nor is anything looked for in one: what is not seen then is not there."""
MOST = 8.0
"""Images are neither enlarged nor reduced further."""
ALIKE = 1.4
"""Scales that differ by less than this factor are as good as each other."""
SURE = 0.3
"""A look that was surer than this of a plant (`Surest.sureness`) ends the search. Moss that is taken for leaves seldom
gets so far, a seedling at its right scale does."""
_NEAR = 1.1
"""Scales that differ by less are not worth another look."""
_FOLLOWED = 3
"""So many looks follow from one before it is looked closer."""
_ALONE = 1 / 4
"""What one look alone has seen, of several, counts for so much of its sureness."""
_STILL = 2 / 3
"""An enlarged part that keeps this share of the sureness is the better measure."""
_GAP = 2
"""Parts less than so many diameters from each other are one: what lies between may be a leaf that was missed."""
_PART, _PLANTS = 1 / 2, 3
"""Objects in rectangles larger than this share of the image, or in so many groups, may be anywhere in it, as the pots
of a tray are."""


@dataclass(frozen=True)
class _Seen:
    """What a look at a scale showed, and the scale that would be right."""

    scale: float
    parts: tuple[Window, ...]
    objects: Surest
    right: float


def find_scale(look: Look, shape: tuple[int, int], sizes: tuple[float, float]) -> tuple[float, tuple[Window, ...]]:
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
    parts
        What of the image is worth running on, not overlapping: all of it, unless small objects lie in small parts.
        Enlarged soil has many things like leaves.
    """
    search = _Search(look, shape, sizes)
    first = min(1.0, FIRST_SIDE / max(shape))
    seen = search.of_the_whole(first)
    if seen is None:
        return first, search.whole
    if seen.right > ALIKE * first:
        seen = search.closer(seen)
    parts = search.whole if seen.right <= ALIKE * first else search.around(seen.objects, room=1, share=0.1)
    return (seen.scale if parts == seen.parts and _alike(seen) else seen.right), parts


@dataclass(frozen=True)
class _Search:
    """Looks at one image."""

    look: Look
    shape: tuple[int, int]
    sizes: tuple[float, float]

    @property
    def whole(self) -> tuple[Window, ...]:
        """All of the image."""
        return (Window(0, 0, *self.shape),)

    def of_the_whole(self, first: float) -> _Seen | None:
        """Look at the whole image, ever closer, until something is surely seen; else take what was surest."""
        looks: list[Looked] = []
        scale, closest = first, max(first, min(MOST, CLOSEST_SIDE / max(self.shape)))
        while True:
            self._settle(looks, scale)
            best = self._surest_of(looks)
            if (best and best.objects.sureness >= SURE) or scale == closest:
                return best
            scale = min(2 * scale, closest)

    def closer(self, seen: _Seen) -> _Seen:
        """Measure small objects again where they lie, unless they were seen at the right scale."""
        parts = self.around(seen.objects, room=2, share=0.15)
        scale = min(seen.right, LAST_SIDE / max(max(part.height, part.width) for part in parts))
        if _alike(seen) or scale < ALIKE * seen.scale:
            return seen
        closer = self._see(scale, parts)
        if closer and closer.objects.sureness >= _STILL * seen.objects.sureness:
            return closer
        # What enlarging blurs is enlarged no further than to the least known size.
        least = max(seen.scale, self.sizes[0] / seen.objects.diameter)
        return replace(seen, right=min(seen.right, least))

    def around(self, objects: Surest, *, room: float, share: float) -> tuple[Window, ...]:
        """The rectangles of the groups, with room for what was missed beside them: diameters, and a share of sides."""
        roomy = [_roomy(place, objects.diameter, self.shape, room, share) for place in objects.places]
        parts = apart(roomy, round(_GAP * objects.diameter))
        large = sum(part.height * part.width for part in parts) > _PART * self.shape[0] * self.shape[1]
        return self.whole if large or objects.plants >= _PLANTS else parts

    def _settle(self, looks: list[Looked], scale: float) -> None:
        """Look at a scale, and then at those that follow from what is seen.

        Moss that hides a seedling at the first, as large leaves do, is no longer the surest at the second.
        """
        for _ in range(1 + _FOLLOWED):
            if not _was_seen(looks, scale):
                looks.append(Looked.at(scale, self.look(scale, self.whole)))
            best = self._surest_of(looks)
            if best is None or _was_seen(looks, self._following(best)):
                return
            scale = self._following(best)

    def _surest_of(self, looks: list[Looked]) -> _Seen | None:
        """The surest of what the looks show; what belongs at another scale that was looked at too is left to it."""
        shown = [seen for place in range(len(looks)) if (seen := self._shown(looks, place))]
        own = [
            seen
            for seen in shown
            if _near(self._following(seen), seen.scale) or not _was_seen(looks, self._following(seen))
        ]
        return max(own or shown, key=lambda seen: seen.objects.sureness, default=None)

    def _shown(self, looks: list[Looked], place: int) -> _Seen | None:
        """The surest objects of a look in the light of the others."""
        look = looks[place]
        believed, again = credible(looks, place, self._right(look.diameters()))
        objects = surest(believed)
        if objects is None:
            return None
        part = _ALONE + (1 - _ALONE) * again if len(looks) > 1 else 1.0
        objects = replace(objects.enlarged(look.step), sureness=part * objects.sureness)
        return _Seen(look.scale, self.whole, objects, float(self._right(objects.diameter)))

    def _following(self, seen: _Seen) -> float:
        """The scale to look at next: the right one, if the whole image does not become too large."""
        return min(seen.right, max(seen.scale, LAST_SIDE / max(self.shape)))

    def _see(self, scale: float, parts: tuple[Window, ...]) -> _Seen | None:
        objects = surest(self.look(scale, parts))
        return None if objects is None else _Seen(scale, parts, objects, float(self._right(objects.diameter)))

    def _right(self, diameter: Any) -> Any:
        """The scale that brings a diameter, or each of several, to the middle of the known ones."""
        return np.clip((self.sizes[0] * self.sizes[1]) ** 0.5 / diameter, 1 / MOST, MOST)


def _was_seen(looks: list[Looked], scale: float) -> bool:
    return any(_near(scale, look.scale) for look in looks)


def _near(one: float, two: float) -> bool:
    return 1 / _NEAR < one / two < _NEAR


def _alike(seen: _Seen) -> bool:
    return 1 / ALIKE < seen.right / seen.scale < ALIKE


def _roomy(place: Window, diameter: float, shape: tuple[int, int], room: float, share: float) -> Window:
    more = [round(room * diameter + share * side) for side in (place.height, place.width)]
    top, left = max(0, place.top - more[0]), max(0, place.left - more[1])
    bottom = min(shape[0], place.top + place.height + more[0])
    right = min(shape[1], place.left + place.width + more[1])
    return Window(top, left, bottom - top, right - left)
