"""A folder whose images are corrected, weights to begin with, and a run trained on it: small, and all of it real."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from napari_leafseg.core import registry
from napari_leafseg.core.weights import Card, read_header
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.training.fine_tuning import fine_tuning_options
from napari_leafseg.training.request import Request, carry_out
from napari_leafseg.training.runs import RunFolder

METHOD = "harmonic"
TINY = {"batch": 2, "crop": 64, "samples_per_epoch": 4, "drawn_size": 64, "validation_images": 2, "validate_every": 1}


def corrected_folder(root: Path, count: int = 5) -> Path:
    """Write images whose labels are corrected."""
    root.mkdir(parents=True)
    with Project(root) as project:
        for seed in range(count):
            image, labels = draw_nuclei(64, 5, seed=seed)
            file = root / f"cell_{seed}.png"
            Image.fromarray((255 - image).astype(np.uint8)).save(file)
            project.save(file, Change(labels=labels, status=Status.CORRECTED))
    return root


def first_weights(path: Path) -> Path:
    """Write weights that know nothing yet, of drawn nuclei."""
    segmenter = registry.create(METHOD)
    segmenter.card = Card(title="drawn nuclei", subject="nuclei", data="drawings", licence="CC0 1.0")
    segmenter.save(path)
    return path


def trained(images: Path, weights: Path, name: str, epochs: int = 2) -> Path:
    """Fine-tune for a moment; the run's folder, where the window looks for it."""
    run = RunFolder(images / "leafseg" / "runs" / name)
    options = fine_tuning_options(read_header(weights).card, epochs=epochs, **TINY)
    asked = Request(str(images), METHOD, options, weights=str(weights))
    run.begin(asked.options, asked.about(run.root, ("napari-leafseg", "train")), resume=False)
    list(carry_out(asked, run))
    return run.root


def copied(folder: Path, place: Path) -> Path:
    """Copy such a folder, run included, so that a test may change it."""
    shutil.copytree(folder, place)
    return place
