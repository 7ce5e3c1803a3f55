"""``comparison.json`` of a run: figures before and after, of whole sets of images and of each image.

Knows the file; nothing of how the figures came about.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.inference.text_files import replace_text

COMPARISON = "comparison.json"
VALIDATION, ORIGINAL = "validation", "original"
FIGURES = ("SBD", "FBD", "|DiC|", "AP50", "mAP")


class ComparedImage(FrozenModel):
    """One image.

    Attributes
    ----------
    image
        Its name.
    path
        Its file; a drawn image's file is named from the run's folder, so ``run / path`` is right for both.
    before, after
        Figures by name.
    before_labels, after_labels, truth_labels
        Label images, named from the run's folder.
    """

    image: str
    path: str = ""
    before: dict[str, float]
    after: dict[str, float]
    before_labels: str = ""
    after_labels: str = ""
    truth_labels: str = ""


class ComparedSet(FrozenModel):
    """Images of one origin: how many, what they are in a sentence, and the images, worst first."""

    name: str
    what: str
    images: int
    before: dict[str, float]
    after: dict[str, float]
    rows: tuple[ComparedImage, ...] = ()


class Comparison(FrozenModel):
    """All sets, whether the new weights are better on images that were not learned from, and that in words."""

    sets: tuple[ComparedSet, ...] = ()
    better: bool = False
    sentence: str = ""

    def of(self, name: str) -> ComparedSet | None:
        """Return the set of a name, if it was compared."""
        return next((each for each in self.sets if each.name == name), None)


def write_comparison(run: Path, comparison: Comparison) -> None:
    """Write it into a run's folder, whole or not at all; raises `ImageError`."""
    replace_text(run / COMPARISON, [comparison.model_dump_json(indent=1) + "\n"])


def read_comparison(run: Path) -> Comparison | None:
    """Read it from a run's folder; ``None`` if the run compared nothing, or not yet.

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    path = run / COMPARISON
    try:
        return Comparison.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError):
        raise ImageError(f"{path} is damaged: the run's weights and curves can be used all the same.") from None
