"""The weights that ship: they work at first press, and keep what their cards say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from napari_leafseg import EncodeOptions, load
from napari_leafseg.analysis.scores import Scores, evaluate_pairs
from napari_leafseg.cli import app
from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.tensor_hash import tensor_hash
from napari_leafseg.core.weights import read_header, read_stored
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.layouts import open_folder, samples_of
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.reading import read_labels
from napari_leafseg.data.rosette import draw_plant

NUCLEI = [name for name, path in shipped().items() if read_header(path).card.subject == "nuclei"]
ROSETTE = [name for name, path in shipped().items() if read_header(path).card.subject == "rosette"]


LEAST_SBD = {"deep_embedding": 0.8, "harmonic": 0.85, "leafmask": 0.85, "object_guided": 0.85, "rsis": 0.55}
"""On drawn nuclei, which no file has learned from."""
LEAST_LEAF_SBD = {"deep_embedding": 0.55, "harmonic": 0.6, "leafmask": 0.6, "object_guided": 0.6, "rsis": 0.4}
"""On drawn plants of seeds that no training uses."""


@pytest.mark.parametrize("name", NUCLEI + ROSETTE)
def test_the_numbers_in_the_file_are_those_that_were_written(name: str) -> None:
    path = shipped()[name]
    assert read_header(path).tensor_hash == tensor_hash(read_stored(path))


@pytest.mark.parametrize("name", NUCLEI)
def test_drawn_nuclei_are_segmented(name: str) -> None:
    """The demo's picture looks right: every file, in half precision, on the CPU, at default parameters."""
    segmenter = load(name.removesuffix("-nuclei"), name)
    pairs = []
    for seed in range(2):
        image, labels = draw_nuclei(size=384, count=40, seed=seed)
        pairs.append((segmenter.decode(segmenter.encode(image, EncodeOptions(device="cpu"))).labels, labels))
    assert evaluate_pairs(pairs).sbd >= LEAST_SBD[segmenter.method]


@pytest.mark.parametrize("name", NUCLEI)
def test_the_command_line_gives_the_scripts_labels(name: str, tmp_path: Path) -> None:
    """To the pixel, on a stack and with parameters and object size changed."""
    stack = np.stack([draw_nuclei(size=160, count=12, seed=seed)[0] for seed in range(2)])
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    method = name.removesuffix("-nuclei")
    more = ("--set", "min_area=60", "--object-size", "25", "--device", "cpu", "--out", str(tmp_path / "out"))
    result = CliRunner().invoke(app, ["segment", str(tmp_path / "stack.tif"), "--model", method, *more])
    assert result.exit_code == 0, result.output
    segmenter = load(method, "nuclei")
    options, params = EncodeOptions(object_size=25, device="cpu"), segmenter.defaults.replace(min_area=60)
    wanted = [segmenter.decode(segmenter.encode(plane, options), params).labels for plane in stack]
    np.testing.assert_array_equal(read_labels(tmp_path / "out" / "stack.tif"), np.stack(wanted))


@pytest.mark.parametrize("name", ROSETTE)
def test_drawn_plants_of_every_size_are_segmented(name: str) -> None:
    """Nobody says how large the leaves are: plants of other seeds than any training has seen, at two sizes."""
    segmenter = load(name.removesuffix("-rosette"), name)
    pairs = []
    for size in (200, 512):
        for seed in (-2, -3, -4):
            drawn = draw_plant("arabidopsis-old", seed, size)
            found = segmenter.decode(segmenter.encode(drawn.image, EncodeOptions(device="cpu")))
            pairs.append((found.labels, drawn.labels))
    assert evaluate_pairs(pairs).sbd >= LEAST_LEAF_SBD[segmenter.method]


def test_there_are_weights_for_nuclei_and_for_leaves() -> None:
    """Else the tests above would protect nothing."""
    assert "harmonic-nuclei" in NUCLEI
    assert "leafmask-rosette" in ROSETTE


@pytest.mark.slow
@pytest.mark.parametrize("name", NUCLEI)
def test_the_figures_on_the_card_are_true(name: str, leafseg_data: Path) -> None:
    """Measured again on the validation images that the card names."""
    segmenter = load(name.removesuffix("-nuclei"), name)
    scores = _scores(segmenter, leafseg_data / "dsb2018")
    assert segmenter.card.figures["AP50"] == pytest.approx(scores.ap50, abs=0.01)
    assert segmenter.card.figures["SBD"] == pytest.approx(scores.sbd, abs=0.01)


def _scores(segmenter: object, folder: Path) -> Scores:
    samples = samples_of(open_folder(folder), segmenter.contrast, "val")  # type: ignore[attr-defined]
    options = EncodeOptions(device="cpu")
    predictions = (segmenter.encode_rgb(sample.image, options, never, silent) for sample in samples)  # type: ignore[attr-defined]
    found = (segmenter.decode(prediction).labels for prediction in predictions)  # type: ignore[attr-defined]
    return evaluate_pairs((np.asarray(a), b.labels) for a, b in zip(found, samples, strict=True))
