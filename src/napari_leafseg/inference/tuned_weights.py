"""A copy of a weights file with other parameters as its defaults, whose card says what they reach.

Knows weights files and what a search found; nothing of networks.
"""

from __future__ import annotations

from pathlib import Path

from napari_leafseg.core.weights import read_header, rewrite
from napari_leafseg.inference.measure import CARD_FIGURES, chosen
from napari_leafseg.inference.tuning_events import TuningFinished


def write_tuned(source: Path, target: Path, found: TuningFinished, where: str) -> None:
    """Write the copy; the figures of other parameters, which the card had, are replaced.

    Parameters
    ----------
    source, target
        Weights files; they may be the same.
    found
        How the search ended.
    where
        Names the images, for example ``"dsb2018"``.

    Raises
    ------
    WeightsError
        If the one cannot be read or the other not written.
    """
    header = read_header(source)
    card = header.card.replace(
        figures=chosen(found.after, CARD_FIGURES),
        groups={},
        measured_on=f"{found.images} images of {where}, on which the parameters were chosen",
    )
    rewrite(source, target, header.replace(params=found.params, card=card))
