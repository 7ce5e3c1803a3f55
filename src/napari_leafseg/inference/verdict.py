"""What a comparison of weights before and after a training says, in plain words. Knows figures only."""

from __future__ import annotations

from collections.abc import Sequence

from napari_leafseg.inference.comparison_file import ORIGINAL, VALIDATION, ComparedImage, ComparedSet

FORGOTTEN = 0.02
"""A loss of SBD on what the first weights learned from that is worth a word."""
FEW = 5
"""On fewer images than this, a difference may be chance."""
_SAME = 0.005
_JUDGED = ("SBD", "AP50")
_NOBODY_KNOWS = (
    "Nobody knows whether the new weights are better: no image was kept aside to compare on. "
    "Correct at least four images, or look at images that were not learned from."
)


def verdict(sets: Sequence[ComparedSet]) -> tuple[bool, str]:
    """Say whether the new weights are better, and by how much.

    They are better where the sum of SBD and AP50 on images that were not learned from rose, by which training chooses
    its best weights too, unless one of the two fell: then a person must look and choose.

    Returns
    -------
    better
        ``False`` also where nobody knows.
    sentence
        One sentence or a few.
    """
    found = {each.name: each for each in sets}
    validation, original = found.get(VALIDATION), found.get(ORIGINAL)
    said = [_NOBODY_KNOWS] if validation is None else [_judged(validation)]
    if original is not None:
        said.append(_remembered(original))
    better = validation is not None and _gain(validation) >= _SAME and not _fell(validation)
    return better, " ".join(said)


def _judged(images: ComparedSet) -> str:
    gain = _gain(images)
    figures = _figures(images)
    if gain <= -_SAME:
        return f"The new weights are worse on {_counted(images)}: {figures}. Keep the old ones.{_caution(images)}"
    if gain < _SAME:
        return f"The new weights are no better than the old ones on {_counted(images)}: {figures}.{_caution(images)}"
    if fell := _fell(images):
        rose = next(name for name in _JUDGED if name != fell)
        return (
            f"The new weights are better by {rose} but worse by {fell} on {_counted(images)}: {figures}. "
            f"Open the images before you choose.{_caution(images)}"
        )
    return f"The new weights are better on {_counted(images)}: {figures}.{_caution(images)}"


def _fell(images: ComparedSet) -> str:
    """Name the figure that fell, if one did."""
    return next((name for name in _JUDGED if images.after[name] - images.before[name] <= -_SAME), "")


def _counted(images: ComparedSet) -> str:
    if images.images == 1:
        return "the one image that was not learned from"
    better = sum(_score(row.after) > _score(row.before) for row in images.rows)
    worse = sum(_score(row.after) < _score(row.before) for row in images.rows)
    return f"{images.images} images that were not learned from ({better} better, {worse} worse)"


def _caution(images: ComparedSet) -> str:
    return " So few images may mislead." if images.images < FEW else ""


def _remembered(images: ComparedSet) -> str:
    lost = images.before["SBD"] - images.after["SBD"]
    begin = "They forgot some of" if lost > FORGOTTEN else "They still know"
    return f"{begin} what the first weights learned from: {_change(images, 'SBD')} on {images.images} drawn pictures."


def _figures(images: ComparedSet) -> str:
    return ", ".join(_change(images, name) for name in _JUDGED)


def _change(images: ComparedSet, name: str) -> str:
    before, after = images.before[name], images.after[name]
    return f"{name} {before:.2f} before, {after:.2f} after ({after - before:+.2f})"


def _gain(images: ComparedSet | ComparedImage) -> float:
    return _score(images.after) - _score(images.before)


def _score(figures: dict[str, float]) -> float:
    return sum(figures[name] for name in _JUDGED)
