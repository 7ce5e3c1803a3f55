"""What will probably not work in a training, said in words before it begins.

Knows labelled images and the card of the weights that it starts from; no network. Imports no torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from napari_leafseg.core.sample import Sample
from napari_leafseg.core.sizes import main_diameter
from napari_leafseg.core.weights import Card
from napari_leafseg.training.drawn import DrawnSamples

LEAST_OBJECTS = 20
"""With fewer objects a network learns those, and not what they have in common."""
LEAST_DIAMETER = 6.0
"""In pixels; smaller objects have no shape."""
FAR = 2.0
"""Objects so many times larger or smaller than those that the weights know are strange to them."""
ENOUGH_FOR_TWO = 7
"""With so many images to learn from, a second one can be spared for checking."""
_RESIZED_AT_MOST = 8.0  # as `framing` does
_NAMED = 3


@dataclass(frozen=True)
class Learned:
    """What of one image is learned: counted once, however often it is asked for.

    Attributes
    ----------
    name
        Of the image.
    objects
        Ids that are not all ignored.
    diameter
        Of its main objects, in pixels (`core.sizes.main_diameter`); ``None`` without objects.
    classes
        How many of its objects are of which class; ``None`` for those without.
    """

    name: str
    objects: int
    diameter: float | None
    classes: Counter[int | None]

    @classmethod
    def of(cls, sample: Sample) -> Learned:
        """Count what is not ignored."""
        labels = sample.labels if sample.ignore is None else np.where(sample.ignore, 0, sample.labels)
        ids = [int(index) for index in np.unique(labels) if index > 0]
        return cls(sample.name, len(ids), main_diameter(labels), Counter(sample.classes.get(index) for index in ids))


def doubts(
    train: Sequence[Sample], validation: Sequence[Sample], start: Card | None = None, classes: Sequence[str] = ()
) -> list[str]:
    """Say what will probably not work, a sentence or two each; nothing where all is well, and of drawn images.

    Parameters
    ----------
    train, validation
        Labelled images.
    start
        Card of the weights to start from; ``None`` for none.
    classes
        Names of the classes that are to be told apart; empty for methods of one class.
    """
    if isinstance(train, DrawnSamples):
        return []
    learned = [Learned.of(sample) for sample in train]
    return [
        *_few(learned, len(validation)),
        *_bare(learned),
        *_of_sizes(learned, start),
        *_of_classes(learned, classes),
    ]


def _few(learned: Sequence[Learned], validation: int) -> Iterator[str]:
    objects = sum(image.objects for image in learned)
    if not objects:
        yield "There is no object to learn from: correct images and mark them as corrected, or check single objects."
    elif objects < LEAST_OBJECTS:
        yield (
            f"There {_are(objects, 'object')} to learn from, which is few: correct more images until there are "
            f"{LEAST_OBJECTS} or more."
        )
    if not validation:
        yield (
            f"With {_counted(len(learned), 'image')} to learn from and none kept aside, nobody will know whether the "
            "new weights are better: correct at least four images, or move one to those that are checked on."
        )
    elif validation == 1 and len(learned) >= ENOUGH_FOR_TWO:
        yield "One image alone is checked on, and may mislead: move one or two more to it."


def _bare(learned: Sequence[Learned]) -> Iterator[str]:
    bare = [image.name for image in learned if not image.objects]
    if bare and len(bare) < len(learned):
        has = "has" if len(bare) == 1 else "have"
        yield f"{_listed(bare)} {has} no object and will teach that nothing is there: if something is, label it."


def _of_sizes(learned: Sequence[Learned], start: Card | None) -> Iterator[str]:
    sizes = [image.diameter for image in learned if image.diameter]
    if not sizes:
        return
    size = median(sizes)
    if size < LEAST_DIAMETER:
        yield f"The objects measure {size:.0f} pixels across, too few for a shape: photograph from nearer, or enlarge."
    elif start is not None and (known := _strange(size, start)):
        yield (
            f"Your objects measure about {size:.0f} pixels across, those that these weights know {known}: they are "
            "strange to each other, so train longer, or bring your images to that size."
        )


def _strange(size: float, start: Card) -> str:
    """Say which sizes weights know, if this one is far from them."""
    if start.object_sizes is not None:
        # Such weights resize every image to a size that they know, as far as that goes.
        low, high = start.object_sizes
        is_far = size * _RESIZED_AT_MOST < low or size / _RESIZED_AT_MOST > high
        return f"{low:.0f} to {high:.0f}, resized {_RESIZED_AT_MOST:.0f} times at most" if is_far else ""
    known = start.object_size
    return f"{known:.0f}" if known and not 1 / FAR <= size / known <= FAR else ""


def _of_classes(learned: Sequence[Learned], classes: Sequence[str]) -> Iterator[str]:
    if len(classes) < 2:
        return
    counts = sum((image.classes for image in learned), Counter[int | None]())
    used = [kind for kind in counts if kind is not None]
    if len(used) == 1:
        others = [name for number, name in enumerate(classes) if number != used[0]]
        yield (
            f"All objects that have a class are {classes[used[0]]!r}: what {_listed(others)} looks like cannot be "
            "learned."
        )
    if used and counts[None]:
        yield f"{counts[None]} of {counts.total()} objects have no class: give them one, or they blur the difference."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _are(number: int, what: str) -> str:
    return f"{'is' if number == 1 else 'are'} only {_counted(number, what)}"


def _listed(names: Sequence[str]) -> str:
    """Name the first few."""
    more = len(names) - _NAMED
    shown = [*names[:_NAMED], f"{more} more"] if more > 0 else list(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
