"""Time of `encode` for every method and preset, on every device there is.

Compact presets see a drawn field of 300 nuclei at 512 x 512, published ones the size they were
published with. Weights are those of a run where one is given, else those that ship, else
untrained, which costs the network the same but may give RoI methods other numbers of objects.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from measuring import device_memory, machine, milliseconds, seconds, table, trained

from napari_leafseg import EncodeOptions, create, methods
from napari_leafseg.core.device import DeviceName, available, choose, describe
from napari_leafseg.data.nuclei import draw_nuclei

SIDE = 512
PUBLISHED = {"leafmask": (640, 678), "deep_embedding": (224, 224), "harmonic": (448, 448), "rsis": (400, 400)}
"""Inputs of the papers that are not 512 x 512."""
REPEATS = 7


def main(
    runs: Annotated[
        Path | None, typer.Option(help="Folder with one training run (or weights file) per method.")
    ] = None,
    paper: Annotated[bool, typer.Option(help="Measure the published networks too.")] = True,
) -> None:
    """Print the table."""
    rows = []
    for method in methods().values():
        for preset in method.presets if paper else method.presets[:1]:
            segmenter = trained(method.name, runs) if preset == "compact" else create(method.name, preset)
            side = PUBLISHED.get(method.name, (SIDE, SIDE)) if preset == "paper" else (SIDE, SIDE)
            rows += [_row(segmenter, preset, side, device) for device in available()]
    columns = ("method", "preset", "parameters", "image", "device", "encode", "images/s", "device memory", "prediction")
    table(f"encode ({machine()})", columns, rows)
    if not torch.cuda.is_available():
        print("CUDA not run: there is no CUDA device.")


def _row(segmenter: Any, preset: str, side: tuple[int, int], device: DeviceName) -> tuple[str, ...]:
    image = _image(side)
    options = EncodeOptions(device=device, tile="auto")
    segmenter.card = segmenter.card.replace(object_size=None)
    with device_memory(device) as memory:
        time = seconds(lambda: segmenter.encode(image, options), REPEATS)
    kept = segmenter.encode(image, options).nbytes / 1e6
    return (
        segmenter.method, preset, _millions(segmenter.network), f"{side[0]} x {side[1]}", describe(choose(device)),
        milliseconds(time), f"{1 / time:.1f}", memory(), f"{kept:.1f} MB",
    )  # fmt: skip


def _image(side: tuple[int, int]) -> np.ndarray[Any, Any]:
    grey = draw_nuclei(size=max(side), count=330, seed=0)[0][: side[0], : side[1]]
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _millions(network: torch.nn.Module) -> str:
    return f"{sum(parameter.numel() for parameter in network.parameters()) / 1e6:.2f} M"


if __name__ == "__main__":
    typer.run(main)
