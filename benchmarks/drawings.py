"""What drawn plants are like: leaf counts, cover, areas and contact, whether their labels keep the rules, drawing time.

Times are those of the processor, so that others at work on the machine do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from measuring import machine, table
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.data.drawing import DRAWN, MIXED, draw
from napari_leafseg.data.rosette import PRESETS, draw_plant
from napari_leafseg.widgets import sample_data

ARABIDOPSIS = ("arabidopsis-young", "arabidopsis-old")
LEAST_AREA = 20
SIZE = 512


@dataclass(frozen=True)
class Plant:
    """What is counted of one drawing.

    Attributes
    ----------
    areas
        Visible pixels of each leaf.
    contact
        Share of each leaf's visible border that touches another leaf.
    cover
        Share of the picture that leaves cover.
    faults
        Rules that its labels break, where that was looked for.
    seconds
        To draw it.
    """

    areas: NDArray[np.int64]
    contact: NDArray[np.float64]
    cover: float
    faults: list[str]
    seconds: float


def main(
    plants: Annotated[int, typer.Option(help="How many for the statistics.")] = 500,
    each: Annotated[int, typer.Option(help="How many of every preset to check and time.")] = 60,
    presets: Annotated[list[str] | None, typer.Argument(help="For the statistics.")] = None,
) -> None:
    """Print the two tables, and every rule that is broken."""
    chosen = presets or ARABIDOPSIS
    title = f"{plants} plants of {' and '.join(chosen)}, {SIZE} x {SIZE} pixels"
    table(title, ("", "least", "5 %", "mean", "95 %", "most"), _statistics(list(_drawn(chosen, plants))))
    rows = [_row(preset, list(_drawn([preset], each, check=True))) for preset in DRAWN]
    table(
        f"{each} pictures of each preset, one core ({machine()})",
        ("preset", "median", "95 %", "worst", "objects", "broken rules"),
        rows,
    )
    table(f"File > Open Sample, one core ({machine()})", ("sample", "fastest", "median", "slowest"), _samples())


def _samples() -> list[tuple[str, ...]]:
    """How long the window waits for each sample."""
    samples = (sample_data.plant, sample_data.tray, sample_data.growth, sample_data.nuclei)
    return [(sample.__name__, *(f"{ms:.0f} ms" for ms in _times(sample))) for sample in samples]


def _times(sample: Callable[[], object]) -> tuple[float, float, float]:
    """Draw five times; the fastest, the median and the slowest, in milliseconds."""
    times = []
    for _ in range(5):
        start = time.process_time()
        sample()
        times.append(1000 * (time.process_time() - start))
    return min(times), float(np.median(times)), max(times)


def _drawn(presets: Sequence[str], count: int, *, check: bool = False) -> Iterator[Plant]:
    """Draw from seed 0 on, the presets taking turns."""
    for number in range(count):
        preset, seed = presets[number % len(presets)], number // len(presets)
        start = time.process_time()
        drawing = draw(preset, seed, SIZE)
        seconds = time.process_time() - start
        labels = drawing.labels
        found = [*scraps(labels), *_broken(preset, seed, labels)] if check else []
        yield Plant(np.bincount(labels.ravel())[1:], contact(labels), float((labels > 0).mean()), found, seconds)


def _broken(preset: str, seed: int, labels: NDArray[np.int32]) -> list[str]:
    """Look for leaves in pieces, on plants of a preset with nothing laid over them: what lies across parts leaves."""
    if preset == MIXED:
        return []
    if preset in PRESETS:
        own = PRESETS[preset]
        bare = own.replace(ground=own.ground.replace(string=0, stick=0, drops=0))
        labels = draw_plant(bare, seed, SIZE).labels
    return pieces(labels)


def contact(labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of each object's border, in sides of pixels, that touches another object; the picture's edge is none."""
    border, touching = (np.zeros(labels.max() + 1) for _ in range(2))
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differ = one != other
        for mine, its in ((one[differ], other[differ]), (other[differ], one[differ])):
            border += np.bincount(mine, minlength=len(border))
            touching += np.bincount(mine, its > 0, minlength=len(border))
    return touching[1:] / np.maximum(border[1:], 1)


def scraps(labels: NDArray[np.int32]) -> list[str]:
    """Name the ids that are missing, or have less than 20 pixels."""
    areas = np.bincount(labels.ravel())[1:]
    return [f"id {index} has {area} pixels" for index, area in enumerate(areas, 1) if area < LEAST_AREA]


def pieces(labels: NDArray[np.int32]) -> list[str]:
    """Name the objects that are not one piece though no other object parts them."""
    boxes = enumerate(ndimage.find_objects(labels), 1)
    return [f"id {index} is in pieces" for index, box in boxes if box is not None and _pieces(labels[box], index) > 1]


def _pieces(labels: NDArray[np.int32], index: int) -> int:
    """Pieces of an object that no other object parts."""
    return len(np.unique(ndimage.label(labels > 0, np.ones((3, 3)))[0][labels == index]))


def _statistics(drawn: Sequence[Plant]) -> list[tuple[str, ...]]:
    counts = np.array([len(plant.areas) for plant in drawn])
    areas = np.concatenate([plant.areas for plant in drawn])
    shares = np.concatenate([plant.contact for plant in drawn])
    low, high = np.percentile(areas, (5, 95))
    cover = np.array([plant.cover for plant in drawn])
    return [
        _spread("leaves", counts, "{:.1f}"),
        _spread("cover", cover, "{:.1%}"),
        _spread(f"leaf area, pixels (95 % / 5 % = {high / low:.0f})", areas, "{:.0f}"),
        _spread("border touching other leaves", shares, "{:.1%}"),
    ]


def _spread(name: str, values: NDArray[np.generic], form: str) -> tuple[str, ...]:
    low, high = np.percentile(values, (5, 95))
    return (name, *(form.format(float(v)) for v in (values.min(), low, values.mean(), high, values.max())))


def _row(preset: str, drawn: Sequence[Plant]) -> tuple[str, ...]:
    times = 1000 * np.array([plant.seconds for plant in drawn])
    broken = [f"seed {seed}: {fault}" for seed, plant in enumerate(drawn) for fault in plant.faults]
    objects = np.array([len(plant.areas) for plant in drawn])
    return (
        preset,
        *(f"{value:.0f} ms" for value in (np.median(times), np.percentile(times, 95), times.max())),
        f"{objects.min()} to {objects.max()}",
        "; ".join(broken[:5]) + (f" and {len(broken) - 5} more" if len(broken) > 5 else "") or "none",
    )


if __name__ == "__main__":
    typer.run(main)
