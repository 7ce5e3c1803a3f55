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
from statistics import mean, stdev
from typing import Annotated, Any

import numpy as np
import typer
from measuring import machine, table
from PIL import Image
from stress_factors import FACTORS, PLANTS, calm, stressed

from napari_leafseg import EncodeOptions, create, load
from napari_leafseg.analysis.scores import score_image
from napari_leafseg.core.catalogue import file_hash, find
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.rosette import PRESETS, Drawing, Rosette, draw_plant

Figures = dict[str, float]
"""SBD, FBD and DiC of one picture."""

CALM, ORDINARY = "calm", "ordinary"


def main(
    model: Annotated[str, typer.Option(help="Method.")] = "harmonic",
    weights: Annotated[str, typer.Option(help="Name, run folder or file; '' for an untrained network.")] = "rosette",
    plants: Annotated[int, typer.Option(help="Of each factor.")] = 12,
    only: Annotated[list[str] | None, typer.Option(help="Factors; all if none is given.")] = None,
    size: Annotated[int, typer.Option(help="Of the pictures, in pixels.")] = 512,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    wall: Annotated[Path | None, typer.Option(help="Only write a picture with a row of plants for each.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep the scores of every picture here, and go on from them.")
    ] = None,
) -> None:
    """Print the table."""
    names = [CALM, ORDINARY, *(only or FACTORS)]
    if wall is not None:
        Image.fromarray(_wall(names, plants, size)).save(wall)
        return
    segmenter = load(model, weights) if weights else create(model)
    trained = file_hash(find(model, weights)) if weights else ""
    settings = {"model": model, "weights": trained, "plants": plants, "size": size}
    kept = _kept(out, settings)
    for name in names:
        if name not in kept:
            kept[name] = [
                _score(segmenter, drawn, EncodeOptions(device=device)) for drawn in _drawings(name, plants, size)
            ]
            if out is not None:
                out.write_text(json.dumps({**settings, "scores": kept}, indent=1))
    title = f"{model} {weights}, {plants} plants each ({machine()})"
    columns = ("factor", "SBD", "|DiC|", "FBD", "SBD lost", "± SE", "FBD lost")
    table(title, columns, _rows({name: kept[name] for name in names}))


def _kept(out: Path | None, settings: dict[str, Any]) -> dict[str, list[Figures]]:
    """Read what an earlier run with the same settings has found: it is not measured again."""
    if out is None or not out.exists():
        return {}
    before = json.loads(out.read_text())
    kept: dict[str, list[Figures]] = before.pop("scores")
    return kept if before == settings else {}


def _drawings(name: str, plants: int, size: int) -> Iterator[Drawing]:
    for at in range(plants):
        preset = PLANTS[at % len(PLANTS)]
        yield draw_plant(_ranges(name, preset), -1 - at, size)


def _ranges(name: str, preset: str) -> Rosette:
    if name == ORDINARY:
        return PRESETS[preset]
    return calm(preset) if name == CALM else stressed(preset, name)


def _score(segmenter: Segmenter, drawn: Drawing, options: EncodeOptions) -> Figures:
    found = segmenter.decode(segmenter.encode(drawn.image, options))
    score = score_image(found.labels, drawn.labels)
    return {"SBD": score.sbd, "FBD": score.fbd, "DiC": score.dic}


def _rows(scores: dict[str, list[Figures]]) -> list[tuple[str, ...]]:
    """One row per factor: the calm plants, and then what does most harm first."""
    base = scores[CALM]
    lost = {name: [b["SBD"] - s["SBD"] for b, s in zip(base, each, strict=True)] for name, each in scores.items()}
    order = [CALM, *sorted((name for name in scores if name != CALM), key=lambda name: -mean(lost[name]))]
    return [_row(name, scores[name], base, lost[name]) for name in order]


def _row(name: str, each: list[Figures], base: list[Figures], lost: list[float]) -> tuple[str, ...]:
    covered = mean(s["FBD"] for s in each)
    figures = (
        name,
        f"{mean(s['SBD'] for s in each):.3f}",
        f"{mean(abs(s['DiC']) for s in each):.2f}",
        f"{covered:.3f}",
    )
    if name == CALM:
        return (*figures, "", "", "")
    error = f"{stdev(lost) / len(lost) ** 0.5:.3f}" if len(lost) > 1 else ""
    return (*figures, f"{mean(lost):+.3f}", error, f"{mean(s['FBD'] for s in base) - covered:+.3f}")


def _wall(names: list[str], plants: int, size: int) -> np.ndarray:
    """Put the pictures of every factor side by side."""
    rows = [np.concatenate([drawn.image for drawn in _drawings(name, plants, size)], axis=1) for name in names]
    return np.concatenate(rows, axis=0)


if __name__ == "__main__":
    typer.run(main)
