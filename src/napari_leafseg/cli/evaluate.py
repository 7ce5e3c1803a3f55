"""``napari-leafseg evaluate``: predicted labels against true ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_leafseg.cli.ceiling import ceiling
from napari_leafseg.cli.console import FAILED, json_lines, warn
from napari_leafseg.cli.pairs import LabelImage, Pairing, label_images, pair
from napari_leafseg.cli.scores import Pair, Ranking
from napari_leafseg.core.errors import ImageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAMED = 10
"""How many missing or extra files are named one by one."""


def evaluate(
    predictions: Annotated[Path, typer.Argument(metavar="PREDICTIONS", help="Label file or folder to be judged.")],
    labels: Annotated[Path, typer.Argument(metavar="LABELS", help="True labels: a file, or a folder of any layout.")],
    with_ceiling: Annotated[
        bool,
        typer.Option(
            "--ceiling",
            help="Also run the method again, told a part of the truth (deep_embedding: the true means): "
            "what it could reach at most. PREDICTIONS is a run's folder, LABELS holds the images too.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print SBD, FBD, DiC, |DiC| and AP of predicted labels, paired with true ones by name.

    Every plane of a stack counts as an image. Where an objects.csv with the scores lies beside the
    predictions, COCO AP and VOC AP of masks and of boxes are printed too (other numbers than AP50, AP75
    and mAP), AR, the recall at an IoU with the best N objects of each image,
    and for methods that find objects one after another Kendall's tau of that order with simple orders.
    """
    from napari_leafseg.analysis.metrics import evaluate_pairs

    pairing = _pairing(predictions, labels)
    failed: dict[str, str] = {}
    with json_lines(as_json) as emit:
        ranking = Ranking(predictions)
        planes = chain.from_iterable(
            ranking.follow(found.name, _planes(found, truth, failed)) for found, truth in pairing.pairs
        )
        first = next(planes, None)
        scores = {**evaluate_pairs(chain([first], planes)).as_dict(), **ranking.as_dict()} if first else {}
        if with_ceiling:
            scores |= ceiling(predictions, labels)
        leftover = {"missing": list(pairing.missing), "extra": list(pairing.extra), "failed": failed}
        emit({**scores, **leftover})
        if not as_json:
            typer.echo(_table(scores))
    _name_leftovers(pairing, failed)
    if failed or pairing.missing:
        raise typer.Exit(FAILED)


def _pairing(predictions: Path, labels: Path) -> Pairing:
    found, truths = label_images(predictions), label_images(labels, truth=True)
    if predictions.is_file() and labels.is_file():
        return Pairing(((found[0], truths[0]),), (), ())
    pairing = pair(found, truths)
    if not pairing.pairs:
        raise ImageError(
            f"No label image in {predictions} has the name of one in {labels} "
            f"(for example {found[0].name} and {truths[0].name}): give them the same stems."
        )
    return pairing


def _planes(found: LabelImage, truth: LabelImage, failed: dict[str, str]) -> Iterator[Pair]:
    """Read a pair and give its planes; what cannot be compared is noted as failed."""
    try:
        true = truth.read()
        predicted = found.read().labels
        if predicted.shape != true.labels.shape:
            raise ImageError(
                f"The prediction is {_by(predicted)} pixels but the true labels are {_by(true.labels)}; "
                "they must have the same size."
            )
    except ImageError as error:
        failed[truth.name] = str(error)
        return
    counted = 1 if true.ignore is None else ~true.ignore
    predicted, true_labels = predicted * counted, true.labels * counted
    flat = (-1, *predicted.shape[-2:])
    yield from zip(predicted.reshape(flat), true_labels.reshape(flat), strict=True)


def _by(labels: NDArray[np.int32]) -> str:
    return " x ".join(str(side) for side in labels.shape)


def _table(scores: dict[str, float | int]) -> str:
    return "\n".join(
        f"{name:<19}{value if isinstance(value, int) else format(value, '.4f'):>8}" for name, value in scores.items()
    )


def _name_leftovers(pairing: Pairing, failed: dict[str, str]) -> None:
    for name, reason in failed.items():
        warn(f"Failed: {name}: {reason}")
    for title, names in (("No prediction for", pairing.missing), ("No true labels for", pairing.extra)):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            warn(f"{title} {', '.join(names[:_NAMED])}{more}.")
