"""How many actions it takes to mend predictions, with the tools and with a brush alone.

From a prediction of drawn old rosettes (or, with --quick, the truth damaged) to a given SBD. The policy is fixed, so
that the figure means something:

- Tools: take the object with the worst Dice. If it is two true leaves, split it with one line; if it is a piece,
  merge it by one drag; if it is false, delete it by one click; if it is missing, one box prompt; else one stroke of
  the brush. What makes nothing better is taken back, which counts too, and not tried on that object again.
- Outline: the same, but instead of a stroke of the brush the object is drawn anew by one stroke of the Outline tool,
  where that promises more. The hand is off by --hand-noise pixels of the screen, with the leaf brought near
  (`tracer.py`), while the brush is always put to the pixel.
- Brush: the greedy hand of `brush.py`, over all objects. All three use the same brush.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from brush import Hand, Stroke
from measuring import machine, table
from mender import Case, Labels, Mender, Prompt, in_ids_of, weights
from numpy.typing import NDArray
from scipy import ndimage
from tracer import Tracer

from napari_leafseg.analysis.dice import sbd
from napari_leafseg.core.errors import EditError, ParameterError
from napari_leafseg.data.rosette import draw_plant
from napari_leafseg.editing import place, split
from napari_leafseg.editing.objects import Objects

_MOST = 600
"""Actions after which an image is given up."""


@dataclass
class Effort:
    """What it took."""

    actions: Counter[str] = field(default_factory=Counter)
    sbd: float = 0.0

    @property
    def total(self) -> int:
        """All actions and strokes."""
        return sum(self.actions.values())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="rosette", help="a run folder, a file or a shipped name")
    parser.add_argument("--method", default="object_guided")
    parser.add_argument("--preset", default="arabidopsis-old")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--goal", type=float, default=0.98, help="SBD to reach")
    parser.add_argument("--quick", action="store_true", help="mend damaged truth instead of predictions")
    parser.add_argument("--hand-noise", type=float, default=2.0, help="screen pixels that a traced outline is off")
    show(parser.parse_args())


def show(said: argparse.Namespace) -> None:
    """Mend all images three ways, and print what it took."""
    rows: list[tuple[Any, ...]] = []
    efforts: list[tuple[Effort, ...]] = []
    for index, case in enumerate(cases(said)):
        tracer = Tracer(said.hand_noise, index)
        efforts.append(
            (
                mend_with_tools(case, said.goal),
                mend_with_tools(case, said.goal, tracer),
                mend_with_brush(case, said.goal),
            )
        )
        figures = [figure for effort in efforts[-1] for figure in (effort.total, f"{effort.sbd:.3f}")]
        start, what = f"{sbd(case.predicted, case.truth):.3f}", _said(efforts[-1][1].actions)
        rows.append((index, start, *figures, *(f"{ratio:.1f}" for ratio in fewer(*efforts[-1])), what))
        print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    rows.append(("all", "", *_summed(efforts)))
    columns = (
        "",
        "SBD",
        "tools",
        "SBD",
        "+ outline",
        "SBD",
        "brush",
        "SBD",
        "fewer",
        "fewer, + outline",
        "with outline",
    )
    hand = f"hand off by {said.hand_noise:g} px of the screen"
    table(f"Actions to SBD {said.goal}, {said.method} on {said.preset}, {hand} ({machine()})", columns, rows)


def fewer(tools: Effort, outline: Effort, brush: Effort) -> tuple[float, float]:
    """How many times fewer actions than with the brush alone, without and with outlines."""
    return brush.total / max(tools.total, 1), brush.total / max(outline.total, 1)


def _summed(efforts: list[tuple[Effort, ...]]) -> Iterator[Any]:
    together = [Effort(sum((effort.actions for effort in one), Counter())) for one in zip(*efforts, strict=True)]
    for effort in together:
        yield from (effort.total, "")
    middle = [median(ratios) for ratios in zip(*(fewer(*each) for each in efforts), strict=True)]
    yield from (f"{ratio:.1f} (median {half:.1f})" for ratio, half in zip(fewer(*together), middle, strict=True))
    yield _said(together[1].actions)


def _said(actions: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in actions.most_common())


# --- what is mended -----------------------------------------------------------------


def cases(said: argparse.Namespace) -> Iterator[Case]:
    """Draw the images, and predict or damage their labels."""
    if not said.quick:
        from napari_leafseg import load

        segmenter = load(said.method, said.weights)
    # Seeds below 0 are drawn by no training.
    for seed in range(-1, -1 - said.images, -1):
        drawing = draw_plant(said.preset, seed, said.size)
        if said.quick:
            yield Case(damaged(drawing.labels, seed), drawing.labels, _knowing(drawing.labels))
        else:
            yield _predicted(segmenter, drawing.image, drawing.labels)


def _predicted(segmenter: Any, image: NDArray[Any], truth: Labels) -> Case:
    prediction = segmenter.encode(image)

    def prompt(box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        try:
            return segmenter.prompt(prediction, box)
        except ParameterError:
            # Some methods answer points only.
            return segmenter.prompt(prediction, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))

    return Case(segmenter.decode(prediction).labels, truth, prompt)


def _knowing(truth: Labels) -> Prompt:
    """A method that finds the leaf whose box is most like the one drawn."""
    boxes = np.array([(r.start, c.start, r.stop, c.stop) for r, c in ndimage.find_objects(truth)])

    def prompt(box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        return truth == np.abs(boxes - box).sum(axis=1).argmin() + 1

    return prompt


def damaged(truth: Labels, seed: int) -> Labels:
    """What a network gets wrong: leaves in one, in two, missed, and some that are none."""
    rng = np.random.default_rng(abs(seed))
    objects = Objects(truth.astype(np.int32))
    for identity in rng.permutation(objects.ids)[: max(4, len(objects) // 2)].tolist():
        if identity not in objects:
            continue
        rows, columns = objects.box(identity)
        middle = (columns.start + columns.stop) / 2
        near = [
            int(key) for key in np.unique(objects.labels[objects.around([identity], 2)]) if key not in (0, identity)
        ]
        ways: list[Callable[[], Any]] = [
            lambda one=identity, near=near: place.merge(objects, [one, *near[:1]]),
            lambda one=identity, rows=rows, middle=middle: split.by_line(
                objects, [(rows.start - 3, middle), (rows.stop + 2, middle)], one
            ),
            lambda one=identity: place.delete(objects, [one]),
            lambda: place.add(objects, _somewhere(rng, objects.labels.shape)),
        ]
        try:
            edit = ways[rng.integers(len(ways))]()
        except EditError:
            continue
        edit.write(objects.labels)
        objects.update(edit)
    return objects.labels


def _somewhere(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    (row, column), (y, x) = rng.uniform(0.05, 0.95, 2) * shape, np.indices(shape)
    return (y - row) ** 2 + (x - column) ** 2 <= (0.03 * shape[0]) ** 2


# --- the brush ----------------------------------------------------------------------


def mend_with_brush(case: Case, goal: float) -> Effort:
    """Paint until the goal is reached."""
    labels = case.predicted.astype(np.int32)
    wanted = in_ids_of(labels, case.truth)
    hand, effort = Hand(wanted, weights(labels, wanted)), Effort()
    while (score := sbd(labels, case.truth)) < goal and effort.total < _MOST:
        stroke = hand.best(labels)
        if stroke is None:
            break
        paint(labels, hand, stroke)
        effort.actions["brush"] += 1
    effort.sbd = score
    return effort


def paint(labels: Labels, hand: Hand, stroke: Stroke) -> None:
    """Do a stroke."""
    edit = stroke.edit(labels)
    edit.write(labels)
    hand.changed(edit)


# --- the tools ----------------------------------------------------------------------


def mend_with_tools(case: Case, goal: float, tracer: Tracer | None = None) -> Effort:
    """Mend the worst object, again and again, until the goal is reached."""
    mender, effort = Mender(case, tracer), Effort()
    while (score := sbd(mender.labels, case.truth)) < goal and effort.total < _MOST:
        done = mender.mend_worst()
        if done is None:
            break
        effort.actions.update(done)
    effort.sbd = score
    return effort


if __name__ == "__main__":
    main()
