"""What makes drawn plants hard for a model: its scores with one factor at the edge of its range, sorted by harm.

Each plant is drawn calm, and again with one factor at a time (`stress_factors`); differences are paired by plant.
"ordinary" are the same plants with all that training draws at random. None of these pictures is ever trained on:
training draws from presets by name with seeds from 0 up, these from ranges of their own, which are other streams of
random numbers, with seeds below 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from measuring import machine, table
from PIL import Image
from stress_factors import FACTORS, PLANTS, calm, stressed

from napari_leafseg import EncodeOptions, create, load
from napari_leafseg.analysis.scores import ImageScore, score_image
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.rosette import PRESETS, Drawing, Rosette, draw_plant

CALM, ORDINARY = "calm", "ordinary"


def main(
    model: Annotated[str, typer.Option(help="Method.")] = "harmonic",
    weights: Annotated[str, typer.Option(help="Name, run folder or file; '' for an untrained network.")] = "rosette",
    plants: Annotated[int, typer.Option(help="Of each factor.")] = 12,
    only: Annotated[list[str] | None, typer.Option(help="Factors; all if none is given.")] = None,
    size: Annotated[int, typer.Option(help="Of the pictures, in pixels.")] = 512,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    wall: Annotated[Path | None, typer.Option(help="Only write a picture with a row of plants for each.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the scores of every picture as JSON.")] = None,
) -> None:
    """Print the table."""
    names = [CALM, ORDINARY, *(only or FACTORS)]
    if wall is not None:
        Image.fromarray(_wall(names, plants, size)).save(wall)
        return
    segmenter = load(model, weights) if weights else create(model)
    options = EncodeOptions(device=device)
    scores = {name: [_score(segmenter, drawn, options) for drawn in _drawings(name, plants, size)] for name in names}
    title = f"{model} {weights}, {plants} plants each ({machine()})"
    table(title, ("factor", "SBD", "|DiC|", "FBD", "SBD lost", "± SE", "FBD lost"), _rows(scores))
    if out is not None:
        found = {name: [{"SBD": s.sbd, "FBD": s.fbd, "DiC": s.dic} for s in each] for name, each in scores.items()}
        out.write_text(json.dumps({"model": model, "weights": weights, "size": size, "scores": found}, indent=1))


def _drawings(name: str, plants: int, size: int) -> Iterator[Drawing]:
    for at in range(plants):
        preset = PLANTS[at % len(PLANTS)]
        yield draw_plant(_ranges(name, preset), -1 - at, size)


def _ranges(name: str, preset: str) -> Rosette:
    if name == ORDINARY:
        return PRESETS[preset]
    return calm(preset) if name == CALM else stressed(preset, name)


def _score(segmenter: Segmenter, drawn: Drawing, options: EncodeOptions) -> ImageScore:
    found = segmenter.decode(segmenter.encode(drawn.image, options))
    return score_image(found.labels, drawn.labels)


def _rows(scores: dict[str, list[ImageScore]]) -> list[tuple[str, ...]]:
    """One row per factor: the calm plants, and then what does most harm first."""
    base = scores[CALM]
    lost = {name: np.array([b.sbd - s.sbd for b, s in zip(base, each, strict=True)]) for name, each in scores.items()}
    order = [CALM, *sorted((name for name in scores if name != CALM), key=lambda name: -lost[name].mean())]
    return [_row(name, scores[name], base, lost[name]) for name in order]


def _row(name: str, each: list[ImageScore], base: list[ImageScore], lost: np.ndarray) -> tuple[str, ...]:
    figures = (np.mean([s.sbd for s in each]), np.mean([abs(s.dic) for s in each]), np.mean([s.fbd for s in each]))
    if name == CALM:
        return (name, *(f"{value:.3f}" for value in figures), "", "", "")
    error = lost.std(ddof=1) / len(lost) ** 0.5 if len(lost) > 1 else float("nan")
    covered = np.mean([b.fbd for b in base]) - figures[2]
    return (name, *(f"{value:.3f}" for value in figures), f"{lost.mean():+.3f}", f"{error:.3f}", f"{covered:+.3f}")


def _wall(names: list[str], plants: int, size: int) -> np.ndarray:
    """Put the pictures of every factor side by side."""
    rows = [np.concatenate([drawn.image for drawn in _drawings(name, plants, size)], axis=1) for name in names]
    return np.concatenate(rows, axis=0)


if __name__ == "__main__":
    typer.run(main)
